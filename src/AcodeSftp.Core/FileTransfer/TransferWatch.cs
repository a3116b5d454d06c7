using System.Diagnostics;

namespace AcodeSftp.FileTransfer;

/// <summary>Ends a transfer whose time is up, or in which nothing moves any more.</summary>
internal sealed class TransferWatch(TransferContext context, Action<SftpException> abort)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Watches until it is stopped.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>A task that ends when it is stopped.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var options = context.Options;
        var lastActivity = -1L;
        var lastMoved = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            var activity = context.Meter.Activity;
            if (activity != lastActivity || context.Meter.IsVerifying)
                lastMoved = Stopwatch.GetTimestamp();
            lastActivity = activity;
            if (IsOver(options.Timeout, context.Meter.Elapsed))
                abort(TimedOut(
                    $"The transfer was not done within {options.Timeout.TotalSeconds:0.###} s.",
                    "Allow it more time. A large file goes on where it broke off."));
            else if (IsOver(options.IdleTimeout, Stopwatch.GetElapsedTime(lastMoved)))
                abort(TimedOut(
                    $"Nothing was transferred for {options.IdleTimeout.TotalSeconds:0.###} s.",
                    "Check the line to the server."));
        }
    }

    private static bool IsOver(TimeSpan limit, TimeSpan time) => limit != Timeout.InfiniteTimeSpan && time >= limit;

    private SftpException TimedOut(string message, string advice) => new(SftpErrorCode.Timeout, message)
    {
        Host = context.Connection.HostName,
        Advice = advice,
    };
}
