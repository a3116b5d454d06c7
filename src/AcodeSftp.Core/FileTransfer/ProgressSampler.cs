using System.Diagnostics;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Looks at a transfer's counters eight times a second and tells what has changed, at least once a second and once at the
/// end.
/// </summary>
internal sealed class ProgressSampler(TransferContext context, IProgress<TransferProgress>? progress)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(125);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMilliseconds(875);

    private long _lastTold = Stopwatch.GetTimestamp();
    private long _lastActivity;

    /// <summary>Samples until it is stopped.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>A task that ends when it is stopped.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            var activity = context.Meter.Activity;
            var moved = activity != _lastActivity;
            _lastActivity = activity;
            if (moved || Stopwatch.GetElapsedTime(_lastTold) >= LongestSilence)
                await TellAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tells how far the transfer is.</summary>
    /// <param name="cancellationToken">Stops waiting for the observer.</param>
    /// <returns>A task that ends when it is told.</returns>
    public async Task TellAsync(CancellationToken cancellationToken)
    {
        if (progress is null && context.Options.Observer is null)
            return;
        _lastTold = Stopwatch.GetTimestamp();
        var sample = context.Meter.Sample();
        progress?.Report(sample);
        await context.TellAsync(new TransferProgressEvent(context.TransferId, sample), cancellationToken).ConfigureAwait(false);
    }
}
