namespace AcodeSftp.FileTransfer;

/// <summary>
/// Keeps the files of one transfer together below a number of bytes a second. Whoever moves a block books it and waits
/// until the line would have carried what was booked before. Thread-safe.
/// </summary>
internal sealed class BandwidthLimiter(long bytesPerSecond, TimeProvider clock)
{
    private readonly object _lock = new();
    private long _freeAt = clock.GetTimestamp();

    /// <summary>Books a block.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it may go.</returns>
    public async ValueTask WaitAsync(int bytes, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            _freeAt = Math.Max(_freeAt, now);
            wait = clock.GetElapsedTime(now, _freeAt);
            _freeAt += (long)((double)bytes / bytesPerSecond * clock.TimestampFrequency);
        }

        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(false);
    }
}
