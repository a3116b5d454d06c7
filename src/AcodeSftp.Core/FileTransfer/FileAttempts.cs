using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Moves one file in as many attempts as that is worth. One that a lost connection or a server gone silent broke off is
/// followed by another, which goes on from what is proven to have arrived; one whose content arrived wrong by a second,
/// which begins anew. Whatever would fail again is not tried again.
/// </summary>
internal sealed class FileAttempts(TransferContext context, IFileMover mover)
{
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    /// <summary>Moves a file.</summary>
    /// <param name="item">The file.</param>
    /// <param name="path">Its source path.</param>
    /// <param name="cancellationToken">Stops; no further attempt is made.</param>
    /// <returns>What arrived.</returns>
    public async Task<TransferredFile> MoveAsync(FileItem item, string path, CancellationToken cancellationToken)
    {
        var progress = context.Meter.Begin(path);
        var failures = new FailureCount(context.Line.Retry.MaxAttempts);
        var distrustful = false;
        while (true)
        {
            try
            {
                var file = await mover.MoveAsync(item, progress, distrustful, cancellationToken).ConfigureAwait(false);
                progress.Reach(file.Size);
                return file;
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.ChecksumMismatch && !distrustful)
            {
                // A bit that fell over on the way is not likely to do so twice. A source that was changed may still be
                // changing: a file that is cut is short before its time of modification is another.
                context.Telemetry.Repeated(path, e);
                distrustful = true;
                await Task.Delay(Settling, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (MayPass(e) && CanBeginAnew(item) && failures.Add(progress.Furthest))
            {
                context.Telemetry.TriedAgain(path, e, progress.Furthest);
                await WaitAsync(failures.InRow, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Does something small that can be done again from its start.</summary>
    /// <param name="path">The source path.</param>
    /// <param name="attempt">What to do.</param>
    /// <param name="cancellationToken">Stops; no further attempt is made.</param>
    /// <returns>A task that ends when it is done.</returns>
    public async Task RunAsync(string path, Func<Task> attempt, CancellationToken cancellationToken)
    {
        var failures = new FailureCount(context.Line.Retry.MaxAttempts);
        while (true)
        {
            try
            {
                await attempt().ConfigureAwait(false);
                return;
            }
            catch (SftpException e) when (MayPass(e) && failures.Add(0))
            {
                context.Telemetry.TriedAgain(path, e, 0);
                await WaitAsync(failures.InRow, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Connecting itself has been repeated by the time it fails, and is not repeated here.
    private bool MayPass(SftpException error) =>
        error is { Code: SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout, IsTransient: true } && context.Line.IsReachable;

    // Not what is taken from a stream of many files, nor what would stand in its own way.
    private bool CanBeginAnew(FileItem item) =>
        item.Offer is null && (context.Options.UseAtomicRename || context.Options.Overwrite);

    // The first attempt follows at once: if the server is not back yet, it is connecting that waits.
    private async Task WaitAsync(int failuresInRow, CancellationToken cancellationToken)
    {
        if (failuresInRow > 1)
            await Task.Delay(context.Line.Retry.DelayAfter(failuresInRow - 1), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    // Failures that follow each other without the file having come further than it ever was. A large file over a line that
    // is cut again and again arrives, and one that is cut at the same place again and again does not go on for ever.
    private sealed class FailureCount(int most)
    {
        private long _furthest;

        public int InRow { get; private set; }

        // Whether another attempt may follow.
        public bool Add(long furthest)
        {
            InRow = furthest > _furthest ? 1 : InRow + 1;
            _furthest = Math.Max(furthest, _furthest);
            return InRow < most;
        }
    }
}
