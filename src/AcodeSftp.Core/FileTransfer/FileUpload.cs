using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Segments;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Uploads one file: to a temporary file beside the destination, verified there, given its times and permissions there,
/// and then put in place in one step.
/// </summary>
internal sealed class FileUpload(TransferContext context) : IFileMover
{
    // How long a cancelled transfer waits for the server to tidy up before it leaves that to go on by itself.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(400);

    // What every server takes in one request.
    private const int ShortSize = 32 * 1024;

    private readonly UploadTargets _targets = new(context);
    private readonly RemoteDestination _destination = new(context);
    private readonly UploadAttributes _attributes = new(context);
    private readonly CommitStrategy _commit = new(context.FileSystem, context.Probe);

    private TransferOptions Options => context.Options;

    private IRemoteFileSystem FileSystem => context.FileSystem;

    public async Task<TransferredFile> MoveAsync(
        FileItem item,
        ProgressMeter.FileProgress progress,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        using var source = LocalSource.Open(item.LocalPath);
        var journal = new ResumeJournal(
            context.ResumeManager,
            source.Path,
            context.Url(item.RemotePath),
            source.Size,
            source.Modified);

        var lanes = context.Lanes.Open(source.Size);
        await using var _ = lanes.ConfigureAwait(false);

        // Looking at the destination and opening the temporary file take one round trip together.
        var looking = item.Folder is { IsNew: true } ? Task.FromResult<RemoteFileAttributes?>(null) : _destination.LookAsync(item.RemotePath, cancellationToken);
        UploadTarget target;
        try
        {
            target = await _targets.OpenAsync(item, item.RemotePath, source, journal, isRetry, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // What is in the way says more than why nothing can be put beside it.
            _destination.RequireReplaceable(item.RemotePath, await looking.ConfigureAwait(false));
            throw;
        }

        var destination = item.RemotePath;
        RemoteFileAttributes? replaced = null;
        try
        {
            replaced = await looking.ConfigureAwait(false);
            if (replaced is { FileType: RemoteFileType.SymbolicLink } && Options.Overwrite)
            {
                // What a link leads to is replaced, not the link: that is what writing to it means everywhere else.
                (destination, replaced) = await _destination.ResolveAsync(destination, cancellationToken).ConfigureAwait(false);
                if (target.IsTemporary)
                {
                    await DiscardAsync(target, journal).ConfigureAwait(false);
                    await target.DisposeAsync().ConfigureAwait(false);
                    target = await _targets.OpenAsync(item, destination, source, journal, isRetry, cancellationToken).ConfigureAwait(false);
                }
            }

            _destination.RequireReplaceable(destination, replaced);
            var file = await TransferAsync(item, source, target, lanes, destination, replaced, journal, progress, cancellationToken)
                .ConfigureAwait(false);
            await journal.ClearAsync().ConfigureAwait(false);
            await target.DisposeAsync().ConfigureAwait(false);
            return file;
        }
        catch (Exception e)
        {
            await SettleAsync(e, target, replaced, source.Size, journal, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<TransferredFile> TransferAsync(
        FileItem item,
        LocalSource source,
        UploadTarget target,
        FileLanes lanes,
        RemotePath destination,
        RemoteFileAttributes? replaced,
        ResumeJournal journal,
        ProgressMeter.FileProgress progress,
        CancellationToken cancellationToken)
    {
        progress.StartAt(target.Start);
        if (target.Start > 0)
            await context.TellAsync(
                new TransferResumedEvent(context.TransferId, source.Path, target.Start, source.Size, DateTimeOffset.UtcNow),
                cancellationToken).ConfigureAwait(false);

        using var followed = Options.VerifyChecksum
            ? await context.Hashing.FollowAsync(target.Path, source.Size).ConfigureAwait(false)
            : null;

        // The server takes requests in order, so these need not wait for each other, and for a file of one request not for
        // that either. The file is looked at by its path: what has that path is put in place, and somebody else could have
        // taken it.
        var content = new UploadContent(context, source, target, progress) { Journal = journal, Followed = followed };
        var writing = content.WriteAsync(lanes, cancellationToken);
        var isShort = source.Size > 0 && source.Size <= Math.Min(ShortSize, Options.ChunkSizeBytes) && Options.BandwidthLimit is null;
        if (!isShort)
            await writing.ConfigureAwait(false);
        var checksum = isShort ? null : ComputeChecksumAsync(target, source.Size, followed, cancellationToken);
        var wanted = _attributes.Wanted(item.Source, source, replaced);
        var setting = _attributes.SetAsync(target.File, item.Source, wanted, cancellationToken);
        var looking = FileSystem.LStatAsync(target.Path, cancellationToken);
        var closing = target.File.CloseAsync(cancellationToken);
        await Task.WhenAll(writing, setting, looking, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var size = await writing.ConfigureAwait(false);
        source.RequireUnchanged();
        checksum ??= ComputeChecksumAsync(target, size, followed, cancellationToken);
        var problem = await setting.ConfigureAwait(false);
        var found = await looking.ConfigureAwait(false);
        try
        {
            await closing.ConfigureAwait(false);
            await lanes.Closing.ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await context.Probe.ExplainWriteAsync(e, target.Path, cancellationToken).ConfigureAwait(false);
        }

        if (Options.VerifySize && found.Size is { } arrived && arrived != size)
            throw TransferFaults.WrongSize(item.LocalPath, size, arrived);
        var sent = target.Hash?.Current();
        var received = await checksum.ConfigureAwait(false);
        if (received is not null && received != sent)
            throw TransferFaults.WrongChecksum(item.LocalPath, sent!, received);
        if (received is null && context.RequiresChecksum)
            throw TransferFaults.NoChecksum(item.LocalPath);
        if (target.IsTemporary)
            await _commit.CommitAsync(target.Path, destination, Options.Overwrite, cancellationToken).ConfigureAwait(false);

        if (UploadAttributes.Unkept(wanted, found) is { } unkept)
            context.Ledger.Warn($"'{TerminalText.Clean(destination.Value)}' did not get the source's {unkept}{(problem is null ? "." : ": " + problem.Message)}");
        return new TransferredFile(item.LocalPath, item.RemotePath.Value, size, sent)
        {
            Verification = received is not null
                ? TransferVerification.Checksum
                : found.Size is null || !Options.VerifySize ? TransferVerification.None : TransferVerification.Size,
            ResumedFrom = target.Start,
            RemoteFile = context.Describe(item.RemotePath, found with { Size = size, Mode = found.Mode ?? wanted.Mode }),
        };
    }

    // Null where none is wanted or the server has no tool for it. What was hashed on the way counts where it is right: if it
    // is not, the file as it is now decides.
    private async Task<string?> ComputeChecksumAsync(
        UploadTarget target,
        long size,
        FollowedHash? followed,
        CancellationToken cancellationToken)
    {
        if (!Options.VerifyChecksum)
            return null;
        using var _ = context.Meter.Verifying();
        if (followed is not null
            && await followed.EndAsync(cancellationToken).ConfigureAwait(false) is { } received
            && received == target.Hash?.Current())
            return received;
        // Its place among the few commands for large files is needed by another.
        followed?.Dispose();
        return await context.Hashing.HashAsync(target.Path, null, size, cancellationToken).ConfigureAwait(false);
    }

    // After a failure either nothing is left on the server, or what the next attempt can go on with.
    private async Task SettleAsync(
        Exception failure,
        UploadTarget target,
        RemoteFileAttributes? replaced,
        long size,
        ResumeJournal journal,
        CancellationToken cancellationToken)
    {
        var mayGoOn = failure is OperationCanceledException or SftpException { IsTransient: true };
        var isWorthIt = target is { IsTemporary: true, CanBeFound: true, SureLength: > 0 }
            && size >= ResumeJournal.MinimumSize
            && Options.EnableResume;
        var settling = mayGoOn && isWorthIt
            ? KeepAsync(target, journal)
            : target.IsTemporary || replaced is null
                ? DiscardAsync(target, journal)
                : Task.CompletedTask;
        // The next attempt, of whomever, begins when this one has let go of the temporary file.
        target.BeginEnding();
        var releasing = ReleaseAsync(settling, target);
        await releasing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAny(releasing, Task.Delay(Grace, CancellationToken.None)).ConfigureAwait(false);
    }

    private static async Task ReleaseAsync(Task settling, UploadTarget target)
    {
        await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await target.DisposeAsync().ConfigureAwait(false);
    }

    private async Task KeepAsync(UploadTarget target, ResumeJournal journal)
    {
        await journal.SaveAsync(target.Hash, target.SureLength, CancellationToken.None).ConfigureAwait(false);
        if (!context.Line.IsStanding)
            return;
        try
        {
            // Behind what is acknowledged there may be holes. By its handle, which is good for nothing but this file and
            // does not outlive its connection.
            await target.File.SetAttributesAsync(
                new RemoteFileAttributes { Size = target.SureLength },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SftpException or ObjectDisposedException)
        {
            // The proof will find out.
        }
    }

    private async Task DiscardAsync(UploadTarget target, ResumeJournal journal)
    {
        await journal.ClearAsync().ConfigureAwait(false);
        if (!context.Line.IsStanding)
            return;
        try
        {
            await target.File.DisposeAsync().ConfigureAwait(false);
            await FileSystem.RemoveFileAsync(target.Path, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // The next transfer of the same file finds it and replaces it.
        }
    }
}
