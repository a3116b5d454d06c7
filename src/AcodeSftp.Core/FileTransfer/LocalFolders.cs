using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Creates the directories of a download on this machine.</summary>
internal sealed class LocalFolders(
    TransferContext context,
    Func<string, SftpException, CancellationToken, ValueTask> report) : IFolderMaker
{
    public Task<bool> CreateAsync(TransferFolder folder, CancellationToken cancellationToken)
    {
        var path = folder.LocalPath;
        try
        {
            // Below the directory that was named nothing is written through a link: an earlier run may have created it
            // because the server said so.
            var found = LocalEntry.TryRead(path, followLinks: folder.IsRoot);
            if (found is { Type: RemoteFileType.Directory })
                return Task.FromResult(false);
            if (found is not null)
                throw new SftpException(
                    SftpErrorCode.AlreadyExists,
                    found.Type == RemoteFileType.SymbolicLink
                        ? $"'{TerminalText.Clean(path)}' is a link; nothing is written through it."
                        : $"'{TerminalText.Clean(path)}' exists already and is no directory.")
                {
                    Path = path,
                };
            if (folder.IsRoot && !context.Options.CreateParentDirectories && !Directory.Exists(Path.GetDirectoryName(path)))
                throw new SftpException(SftpErrorCode.NotFound, $"There is no directory to create '{TerminalText.Clean(path)}' in.")
                {
                    Path = path,
                };
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, (UnixFileMode)PermissionMapping.WhileFilling(Permissions(folder)));
            return Task.FromResult(true);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "create directory", path);
        }
    }

    public Task FinishAsync(TransferFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            if (context.Options.PreservePermissions && folder.Source.Permissions is not null && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(folder.LocalPath, (UnixFileMode)Permissions(folder));
            if (context.Options.PreserveTimestamps && folder.Source.Modified is { } modified)
                Directory.SetLastWriteTimeUtc(folder.LocalPath, modified.UtcDateTime);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            context.Ledger.Warn(LocalErrors.From(e, "set times and permissions of", folder.LocalPath).Message);
        }

        return Task.CompletedTask;
    }

    public ValueTask FailedAsync(TransferFolder folder, SftpException error, CancellationToken cancellationToken) =>
        report(folder.RemotePath.Value, error, cancellationToken);

    private uint Permissions(TransferFolder folder) =>
        PermissionMapping.ForDirectory(folder.Source.Permissions, context.Options.PreservePermissions);
}
