using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Creates the directories of an upload on the server.</summary>
internal sealed class RemoteFolders(
    TransferContext context,
    Func<string, SftpException, CancellationToken, ValueTask> report) : IFolderMaker, IDisposable
{
    private const int RequestsAtOnce = 32;

    private readonly RemoteDirectories _directories = new(context.FileSystem, context.Probe);
    private readonly SemaphoreSlim _requests = new(RequestsAtOnce);

    public async Task<bool> CreateAsync(TransferFolder folder, CancellationToken cancellationToken)
    {
        var permissions = PermissionMapping.WhileFilling(Permissions(folder));
        await _requests.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!folder.IsRoot || context.Options.CreateParentDirectories)
                return await _directories.EnsureAsync(
                    folder.RemotePath,
                    permissions,
                    SftpDefaults.DirectoryPermissions,
                    cancellationToken).ConfigureAwait(false);
            return await _directories.EnsureOneAsync(folder.RemotePath, permissions, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _requests.Release();
        }
    }

    public async Task FinishAsync(TransferFolder folder, CancellationToken cancellationToken)
    {
        var options = context.Options;
        if (!options.PreservePermissions && !options.PreserveTimestamps)
            return;
        var attributes = new RemoteFileAttributes
        {
            Mode = options.PreservePermissions ? Permissions(folder) : null,
            Modified = options.PreserveTimestamps ? folder.Source.Modified : null,
            Accessed = options.PreserveTimestamps ? folder.Source.Accessed ?? folder.Source.Modified : null,
        };
        await _requests.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await context.FileSystem.SetAttributesAsync(folder.RemotePath, attributes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            context.Ledger.Warn($"Times and permissions of '{TerminalText.Clean(folder.RemotePath.Value)}' are not the source's: {e.Message}");
        }
        finally
        {
            _requests.Release();
        }
    }

    public ValueTask FailedAsync(TransferFolder folder, SftpException error, CancellationToken cancellationToken) =>
        report(folder.LocalPath, error, cancellationToken);

    public void Dispose() => _requests.Dispose();

    private uint Permissions(TransferFolder folder) =>
        PermissionMapping.ForDirectory(folder.Source.Permissions, context.Options.PreservePermissions);
}
