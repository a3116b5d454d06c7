using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Segments;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Downloads one file: to a temporary file beside the destination, verified there, given its times and permissions there,
/// and then put in place in one step.
/// </summary>
internal sealed class FileDownload(TransferContext context) : IFileMover
{
    // A file that fits few requests is asked for in one go with what it is after that.
    private const long SmallSize = 128 * 1024;

    private readonly ResumeProof _proof = new(context);
    private readonly LocalDestination _destination = new(context);

    private TransferOptions Options => context.Options;

    public async Task<TransferredFile> MoveAsync(
        FileItem item,
        ProgressMeter.FileProgress progress,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        // The server hashes its file while it opens and sends it, and reads it from disk but once.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var checksum = ComputeChecksumAsync(item.RemotePath, item.Source.Size, stop.Token);
        try
        {
            return await MoveAsync(item, checksum, progress, isRetry, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            checksum.Forget();
            throw;
        }
    }

    private async Task<TransferredFile> MoveAsync(
        FileItem item,
        Task<string?> checksum,
        ProgressMeter.FileProgress progress,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        var destination = _destination.Find(item);
        var lanes = context.Lanes.Open(item.Source.Size);
        await using var ending = lanes.ConfigureAwait(false);
        var file = await OpenAsync(item.RemotePath, cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        var facts = item.Source;
        if (isRetry)
            facts = SourceFacts.From(await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false)) with
            {
                Permissions = item.Source.Permissions,
            };
        if (Options.MaxFileSize < facts.Size)
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"'{TerminalText.Clean(item.RemotePath.Value)}' has grown to {facts.Size} bytes; {Options.MaxFileSize} are allowed.")
            {
                Path = item.RemotePath.Value,
            };

        var journal = new ResumeJournal(
            context.ResumeManager,
            context.Url(item.RemotePath),
            destination,
            facts.Size,
            facts.Modified);
        using var target = await OpenTargetAsync(item, file, destination, facts, journal, isRetry, cancellationToken).ConfigureAwait(false);
        try
        {
            var result = await TransferAsync(item, file, lanes, checksum, facts, target, destination, journal, progress, cancellationToken)
                .ConfigureAwait(false);
            await journal.ClearAsync().ConfigureAwait(false);
            return result;
        }
        catch (Exception e)
        {
            await SettleAsync(e, target, facts.Size, journal).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<TransferredFile> TransferAsync(
        FileItem item,
        IRemoteFile file,
        FileLanes lanes,
        Task<string?> checksum,
        SourceFacts facts,
        DownloadTarget target,
        string destination,
        ResumeJournal journal,
        ProgressMeter.FileProgress progress,
        CancellationToken cancellationToken)
    {
        progress.StartAt(target.Start);
        if (target.Start > 0)
            await context.TellAsync(
                new TransferResumedEvent(context.TransferId, item.RemotePath.Value, target.Start, facts.Size, DateTimeOffset.UtcNow),
                cancellationToken).ConfigureAwait(false);

        var after = await ReadAsync(item, file, lanes, facts, target, journal, progress, cancellationToken).ConfigureAwait(false);
        var received = target.Hash?.Current();
        // The channels beside this one may have left no room for the command that computes it.
        var sent = await checksum.ConfigureAwait(false)
            ?? (lanes.Count > 0 ? await ComputeChecksumAsync(item.RemotePath, facts.Size, cancellationToken).ConfigureAwait(false) : null);
        if (sent is not null && sent != received)
            throw TransferFaults.WrongChecksum(item.RemotePath.Value, sent, received!);
        if (sent is null && context.RequiresChecksum)
            throw TransferFaults.NoChecksum(item.RemotePath.Value);

        _destination.SetAttributes(item.Source.Permissions, facts.Modified, target, destination);
        cancellationToken.ThrowIfCancellationRequested();
        var size = target.Length;
        target.Commit(destination, Options.Overwrite);
        return new TransferredFile(item.LocalPath, item.RemotePath.Value, size, received)
        {
            Verification = sent is not null
                ? TransferVerification.Checksum
                : Options.VerifySize ? TransferVerification.Size : TransferVerification.None,
            ResumedFrom = target.Start,
            RemoteFile = context.Describe(item.RemotePath, after),
        };
    }

    // Null where none is wanted or the server has no tool for it.
    private async Task<string?> ComputeChecksumAsync(RemotePath path, long size, CancellationToken cancellationToken)
    {
        if (!Options.VerifyChecksum)
            return null;
        using var _ = context.Meter.Verifying();
        return await context.Hashing.HashAsync(path, null, size, cancellationToken).ConfigureAwait(false);
    }

    // Returns what the source is like when the last byte of it is here.
    private async Task<RemoteFileAttributes> ReadAsync(
        FileItem item,
        IRemoteFile file,
        FileLanes lanes,
        SourceFacts facts,
        DownloadTarget target,
        ResumeJournal journal,
        ProgressMeter.FileProgress progress,
        CancellationToken cancellationToken)
    {
        var content = new DownloadContent(context, file, facts.Size, target, progress) { Journal = journal };
        var reading = content.ReadAsync(lanes, cancellationToken);
        // The server takes requests in order: the answer is about the file after it was read.
        var looking = facts.Size is > 0 and <= SmallSize ? file.GetAttributesAsync(cancellationToken) : null;
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        looking ??= file.GetAttributesAsync(cancellationToken);
        await ((Task)looking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await reading.ConfigureAwait(false);
        var after = await looking.ConfigureAwait(false);

        var size = after.Size ?? facts.Size;
        var isPseudoFile = facts.Size == 0 && size == 0;
        if (!isPseudoFile && (size != facts.Size || (facts.Modified is not null && after.Modified is not null && after.Modified != facts.Modified)))
            throw TransferFaults.SourceChanged(item.RemotePath.Value, facts.Size, size);
        if (Options.VerifySize && !isPseudoFile && target.Length != facts.Size)
            throw TransferFaults.WrongSize(item.RemotePath.Value, facts.Size, target.Length);
        return after with { Size = target.Length };
    }

    private async Task<DownloadTarget> OpenTargetAsync(
        FileItem item,
        IRemoteFile file,
        string destination,
        SourceFacts facts,
        ResumeJournal journal,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        var mayResume = Options.EnableResume
            && Options.UseAtomicRename
            && !isRetry
            && facts.Size >= ResumeJournal.MinimumSize;
        var state = mayResume ? await journal.FindAsync(cancellationToken).ConfigureAwait(false) : null;
        if (item.Folder is null && Options.CreateParentDirectories)
            LocalDestination.CreateParent(destination);
        var target = await DownloadTarget.OpenAsync(
            destination,
            TemporaryName.Identity(context.Authority, item.RemotePath.Value),
            Options,
            cancellationToken).ConfigureAwait(false);
        try
        {
            var proven = state is null || !target.CanBeFound
                ? null
                : await _proof.OfDownloadAsync(target.Handle, file, facts.Size, state, cancellationToken).ConfigureAwait(false);
            target.Begin(proven?.Length ?? 0, Options.VerifyChecksum ? proven ?? new ContentHash() : null);
            if (!Options.VerifyChecksum)
                proven?.Dispose();
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    private async Task<IRemoteFile> OpenAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            return await context.FileSystem.OpenAsync(path, RemoteOpenFlags.Read, null, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await context.Probe.ExplainOpenAsync(e, path, cancellationToken).ConfigureAwait(false);
        }
    }

    // After a failure either nothing is left here, or what the next attempt can go on with.
    private async Task SettleAsync(Exception failure, DownloadTarget target, long size, ResumeJournal journal)
    {
        var mayGoOn = failure is OperationCanceledException or SftpException { IsTransient: true };
        var isWorthIt = target is { IsTemporary: true, CanBeFound: true, Length: > 0 }
            && size >= ResumeJournal.MinimumSize
            && Options.EnableResume;
        if (mayGoOn && isWorthIt)
        {
            await journal.SaveAsync(target.Hash, target.Length, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        await journal.ClearAsync().ConfigureAwait(false);
        target.Discard();
    }
}
