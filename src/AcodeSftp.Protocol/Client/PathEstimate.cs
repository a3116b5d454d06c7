namespace AcodeSftp.Protocol.Client;

/// <summary>When a request was sent, and how much had arrived then.</summary>
internal readonly record struct SendMark(long Time, long Delivered);

/// <summary>
/// What the answers on a channel tell of the path to the server: the shortest round trip, and the rate at which data gets
/// through. Twice their product is what ranges keep in flight, and what gets through in ten milliseconds besides: less leaves
/// the path idle, and more only waits in buffers, where it costs memory and processor time. (This is what BBR does for TCP.)
/// Told of answers by one thread, asked by any.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PathEstimate(TimeProvider time)
{
    // Enough to keep the server busy while the client is not, where there is no distance.
    private const int FewestRequests = 3;
    private const int FirstRequests = 8;

    // 16 MiB fills a path of 50 ms at 2.5 Gbit/s; beyond that OpenSSH's own buffers grow faster than the throughput.
    private const long MostBytes = 16 * 1024 * 1024;
    private const int MostRequests = 256;

    // The rate is the highest of about the last hundred answers.
    private const double Forgetting = 0.99;

    // Those who take part have turns on the same processors, and should find something to do when it is theirs.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);

    // Paths change, and what was once the shortest time may be so no more.
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(10);

    private readonly double _turn = Turn.TotalSeconds * time.TimestampFrequency;
    private long _roundTrip = long.MaxValue;
    private long _confirmed;
    private long _drained = long.MaxValue;
    private long _delivered;
    private double _rate;

    /// <summary>The shortest time in which a request was answered lately; null before the first answer.</summary>
    public TimeSpan? RoundTrip =>
        Volatile.Read(ref _roundTrip) is < long.MaxValue and var ticks ? time.GetElapsedTime(0, ticks) : null;

    /// <summary>Marks the sending of a request.</summary>
    public SendMark Mark() => new(time.GetTimestamp(), Volatile.Read(ref _delivered));

    /// <summary>Tells of an answer.</summary>
    /// <param name="sent">The mark of its request.</param>
    /// <param name="length">How many bytes of data the request or its answer carried.</param>
    public void OnAnswer(SendMark sent, int length)
    {
        var now = time.GetTimestamp();
        var elapsed = Math.Max(1, now - sent.Time);
        Measure(now, sent.Time, elapsed);
        if (length == 0)
            return;
        Volatile.Write(ref _delivered, _delivered + length);
        Volatile.Write(ref _rate, Math.Max((double)(_delivered - sent.Delivered) / elapsed, _rate * Forgetting));
    }

    /// <summary>How many requests of a range are to be in flight.</summary>
    /// <param name="requestLength">How many bytes each carries.</param>
    public int RequestsInFlight(int requestLength)
    {
        if (Volatile.Read(ref _drained) != long.MaxValue)
            return FewestRequests;
        var rate = Volatile.Read(ref _rate);
        var wanted = rate > 0
            ? Math.Min(rate * (2.0 * Volatile.Read(ref _roundTrip) + _turn), MostBytes) / requestLength
            : FirstRequests;
        return Math.Clamp((int)wanted + 1, FewestRequests, MostRequests);
    }

    // A shortest time that nothing has come near to for a while is measured anew: by a request that is sent when those before
    // it are through, with few beside it.
    private void Measure(long now, long sent, long elapsed)
    {
        if (sent >= _drained || elapsed - elapsed / 8 <= _roundTrip)
        {
            Volatile.Write(ref _roundTrip, sent >= _drained ? elapsed : Math.Min(elapsed, _roundTrip));
            Volatile.Write(ref _drained, long.MaxValue);
            _confirmed = now;
        }
        else if (_drained == long.MaxValue && time.GetElapsedTime(_confirmed, now) > Validity)
        {
            Volatile.Write(ref _drained, now + elapsed);
        }
    }
}
