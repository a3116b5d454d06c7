using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Puts a finished temporary file in the place of its destination on the server. Where the server can, in one step: at no
/// moment is the destination missing or partial, and without permission to overwrite it is the step itself that refuses.
/// </summary>
/// <param name="fileSystem">The server's files.</param>
/// <param name="probe">Explains what it refuses.</param>
/// <param name="sourceIsOurs">
/// Whether it is known that the source was there, and that nobody else takes it away: then it is gone when the rename is
/// done, and only then.
/// </param>
internal sealed class CommitStrategy(IRemoteFileSystem fileSystem, FailureProbe probe, bool sourceIsOurs = true)
{
    // More than this, and the rename itself may be what the server does not survive.
    private const int MaxLosses = 3;

    /// <summary>Renames <paramref name="source"/> to <paramref name="destination"/>.</summary>
    /// <param name="source">The file (or, for a move, directory) to rename.</param>
    /// <param name="destination">Its new path.</param>
    /// <param name="overwrite">Whether to replace what is there.</param>
    /// <param name="cancellationToken">Gives up before the last step, never in the middle of one.</param>
    /// <returns>A task that ends when it is in place.</returns>
    /// <exception cref="SftpException">It was refused; what was at the destination is there still.</exception>
    public async Task CommitAsync(
        RemotePath source,
        RemotePath destination,
        bool overwrite,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!overwrite)
        {
            await MoveToFreePathAsync(source, destination, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (fileSystem.Server.Supports(SftpExtensions.PosixRename))
        {
            try
            {
                await SurelyAsync(
                    () => fileSystem.PosixRenameAsync(source, destination, cancellationToken),
                    source,
                    destination,
                    cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SftpException e) when (e.Code != SftpErrorCode.Unsupported)
            {
                throw await probe.ExplainReplaceAsync(e, source, destination, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException)
            {
                // Announced and not there, as some gateways in front of OpenSSH do it.
            }
        }

        try
        {
            await RenameAsync(source, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.AlreadyExists)
        {
            await ReplaceBySteppingAsideAsync(source, destination, e).ConfigureAwait(false);
        }
    }

    // The draft lets a plain rename fail where something is in the way (section 6.5), but not every server does: one that
    // has a replacing rename besides can be relied on, any other is asked first.
    private async Task MoveToFreePathAsync(RemotePath source, RemotePath destination, CancellationToken cancellationToken)
    {
        if (!fileSystem.Server.Supports(SftpExtensions.PosixRename))
        {
            try
            {
                var found = await fileSystem.LStatAsync(destination, cancellationToken).ConfigureAwait(false);
                throw FailureProbe.Exists(null, destination, found.FileType);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
            {
                // Free.
            }
        }

        await RenameAsync(source, destination, cancellationToken).ConfigureAwait(false);
    }

    // No reader can be served by this for a moment, but nothing is ever lost: what was there comes back if its successor
    // cannot be put in place. Once begun it is not given up half-way.
    private async Task ReplaceBySteppingAsideAsync(RemotePath source, RemotePath destination, SftpException inTheWay)
    {
        var old = await fileSystem.LStatAsync(destination, CancellationToken.None).ConfigureAwait(false);
        if (old.FileType == RemoteFileType.Directory)
            throw inTheWay;
        var aside = destination.Parent.Combine(TemporaryName.Aside(destination.Name));
        await RenameAsync(destination, aside, CancellationToken.None).ConfigureAwait(false);
        try
        {
            await RenameAsync(source, destination, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            await RollBackAsync(aside, destination, e).ConfigureAwait(false);
            throw;
        }

        try
        {
            await fileSystem.RemoveFileAsync(aside, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // The transfer has succeeded; a left-over of a known name is no reason to call it failed.
        }
    }

    private async Task RollBackAsync(RemotePath aside, RemotePath destination, SftpException cause)
    {
        try
        {
            await RenameAsync(aside, destination, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            throw new SftpException(
                cause.Code,
                $"Could not replace '{TerminalText.Clean(destination.Value)}', nor put the old file back.",
                cause)
            {
                Path = destination.Value,
                Host = cause.Host,
                Advice = $"The old file is at '{TerminalText.Clean(aside.Value)}'; rename it back.",
            };
        }
    }

    private async Task RenameAsync(RemotePath source, RemotePath destination, CancellationToken cancellationToken)
    {
        try
        {
            await SurelyAsync(
                () => fileSystem.RenameAsync(source, destination, cancellationToken),
                source,
                destination,
                cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await probe.ExplainRenameAsync(e, source, destination, cancellationToken).ConfigureAwait(false);
        }
    }

    // A connection that is lost during a rename leaves open whether it was done. The source tells: it is gone then. Only
    // where it is still there is the rename repeated; and where the lost one is carried out late, the repeated one is
    // refused, and the source tells again.
    private async Task SurelyAsync(
        Func<Task> rename,
        RemotePath source,
        RemotePath destination,
        CancellationToken cancellationToken)
    {
        for (var losses = 0; ; losses++)
        {
            try
            {
                await rename().ConfigureAwait(false);
                return;
            }
            catch (SftpException e) when (sourceIsOurs && IsLoss(e) && losses < MaxLosses)
            {
                if (await IsDoneAsync(source, destination, cancellationToken).ConfigureAwait(false))
                    return;
            }
            catch (SftpException e) when (losses > 0 && !IsLoss(e))
            {
                if (await IsDoneAsync(source, destination, cancellationToken).ConfigureAwait(false))
                    return;
                throw;
            }
        }
    }

    private static bool IsLoss(SftpException error) => error.Code is SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout;

    private async Task<bool> IsDoneAsync(RemotePath source, RemotePath destination, CancellationToken cancellationToken) =>
        !await IsThereAsync(source, cancellationToken).ConfigureAwait(false)
        && await IsThereAsync(destination, cancellationToken).ConfigureAwait(false);

    private async Task<bool> IsThereAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            await fileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
        {
            return false;
        }
    }
}
