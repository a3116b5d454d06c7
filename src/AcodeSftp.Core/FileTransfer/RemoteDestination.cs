using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>The place on the server that an upload is for.</summary>
internal sealed class RemoteDestination(TransferContext context)
{
    /// <summary>Makes sure that what is at the destination may be replaced.</summary>
    /// <param name="path">The destination.</param>
    /// <param name="found">What is there; null for nothing.</param>
    /// <exception cref="SftpException">It may not.</exception>
    public void RequireReplaceable(RemotePath path, RemoteFileAttributes? found)
    {
        if (found is { FileType: RemoteFileType.Directory })
            throw TransferFaults.Exists(path.Value, isDirectory: true);
        if (found is not null && !context.Options.Overwrite)
            throw TransferFaults.Exists(path.Value, isDirectory: false);
        if (found is not null && context.Options.UseAtomicRename && !TransferFaults.IsReplaceable(found.FileType))
            throw TransferFaults.NotReplaceable(path.Value);
    }

    /// <summary>Looks at the destination.</summary>
    /// <returns>What is there, a link not followed; null for nothing, or nothing that may be looked at.</returns>
    public async Task<RemoteFileAttributes?> LookAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            return await context.FileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.NotFound or SftpErrorCode.PermissionDenied)
        {
            return null;
        }
    }

    /// <summary>Finds what a link at the destination leads to, for that is what is replaced and not the link.</summary>
    public async Task<(RemotePath Path, RemoteFileAttributes? Found)> ResolveAsync(
        RemotePath link,
        CancellationToken cancellationToken)
    {
        try
        {
            var found = await context.FileSystem.StatAsync(link, cancellationToken).ConfigureAwait(false);
            return (await context.FileSystem.RealPathAsync(link, cancellationToken).ConfigureAwait(false), found);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
        {
            // A link that leads nowhere is replaced.
            return (link, null);
        }
    }
}
