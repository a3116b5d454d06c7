using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>The place on this machine that a download is for.</summary>
internal sealed class LocalDestination(TransferContext context)
{
    private TransferOptions Options => context.Options;

    /// <summary>
    /// Where a file goes. A link that was named is the user's own and is followed; below a directory that was named none is.
    /// </summary>
    /// <param name="item">The file.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="SftpException">What is there must not be replaced.</exception>
    public string Find(FileItem item)
    {
        var path = item.LocalPath;
        try
        {
            var found = LocalEntry.TryRead(path, followLinks: false);
            if (found is { Type: RemoteFileType.SymbolicLink } && item.Folder is null && Options.Overwrite
                && LocalEntry.TryRead(path, followLinks: true) is { } target)
            {
                path = LocalPaths.RealPath(path);
                found = target;
            }

            if (found is { Type: RemoteFileType.Directory })
                throw TransferFaults.Exists(path, isDirectory: true);
            if (found is not null && !Options.Overwrite)
                throw TransferFaults.Exists(path, isDirectory: false);
            if (found is not null && !TransferFaults.IsReplaceable(found.Type))
                throw TransferFaults.NotReplaceable(path);
            return path;
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "look at", path);
        }
    }

    /// <summary>Creates the directory that a file goes into.</summary>
    /// <param name="destination">The file.</param>
    public static void CreateParent(string destination)
    {
        var parent = Path.GetDirectoryName(destination)!;
        try
        {
            Directory.CreateDirectory(parent);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "create directory", parent);
        }
    }

    /// <summary>Gives a file that is not in place yet its times and permissions. What cannot be set is a warning.</summary>
    /// <param name="source">The permission bits of the source; null where they are not known.</param>
    /// <param name="modified">The source's last change; null where it is not known.</param>
    /// <param name="target">The file.</param>
    /// <param name="destination">Its place.</param>
    public void SetAttributes(uint? source, DateTimeOffset? modified, DownloadTarget target, string destination)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                var replaced = Options.PreservePermissions ? null : LocalEntry.TryRead(destination, followLinks: false)?.Facts.Permissions;
                var permissions = PermissionMapping.ForFile(source, Options.PreservePermissions, withOwner: false, replaced);
                File.SetUnixFileMode(target.Handle, (UnixFileMode)permissions);
            }

            if (Options.PreserveTimestamps && modified is { } time)
                File.SetLastWriteTimeUtc(target.Handle, time.UtcDateTime);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            // The content is there; a file system without permissions must not make the transfer fail.
            context.Ledger.Warn(LocalErrors.From(e, "set times and permissions of", destination).Message);
        }
    }
}
