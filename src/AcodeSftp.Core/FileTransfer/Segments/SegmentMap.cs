namespace AcodeSftp.FileTransfer.Segments;

/// <summary>A piece of a file that one channel moves.</summary>
/// <param name="start">Where in the file it begins.</param>
/// <param name="length">How many bytes it has.</param>
internal sealed class Segment(long start, long length)
{
    public long Length => length;

    /// <summary>How many of its bytes have arrived, from its start and without a gap.</summary>
    public long Done { get; set; }

    public long Start => start;

    /// <summary>Where the next byte to move lies.</summary>
    public long Position => start + Done;

    /// <summary>How many bytes are left to move.</summary>
    public long Left => length - Done;
}

/// <summary>
/// Which pieces of a range of a file are to be moved, under way and done. They are given out in order, and only what has
/// arrived before the first that is not done counts as sure. Thread-safe.
/// </summary>
/// <param name="start">Where the range begins.</param>
/// <param name="end">Where it ends.</param>
/// <param name="onSure">Told <see cref="SureEnd"/> as it grows, one call at a time; must be quick.</param>
internal sealed class SegmentMap(long start, long end, Action<long> onSure)
{
    /// <summary>How long a piece is while much is left: a few of them fill the window of a channel.</summary>
    internal const long Longest = 8 * Request;

    /// <summary>How long a piece is at the end, but for the last.</summary>
    internal const long Shortest = 2 * Request;

    // What OpenSSH takes in one request.
    private const long Request = 255 * 1024;

    // The less is left the shorter they are, so that all channels are done at about the same time.
    private const int ShareOfRest = 32;

    private readonly object _lock = new();
    private readonly List<Segment> _open = [];
    private readonly Queue<Segment> _returned = new();
    private long _taken = start;

    /// <summary>Where the bytes end that have arrived without a gap.</summary>
    public long SureEnd
    {
        get
        {
            lock (_lock)
                return Sure;
        }
    }

    /// <summary>Where the pieces end that were given out.</summary>
    public long TakenEnd
    {
        get
        {
            lock (_lock)
                return _taken;
        }
    }

    private long Sure => _open.Count == 0 ? _taken : _open[0].Position;

    /// <summary>Takes the next piece.</summary>
    /// <returns>The piece; null where none is left to take.</returns>
    public Segment? Take()
    {
        lock (_lock)
        {
            if (_returned.TryDequeue(out var returned))
                return returned;
            if (_taken == end)
                return null;
            var left = end - _taken;
            var segment = new Segment(_taken, Math.Min(left, Math.Clamp(left / ShareOfRest / Request * Request, Shortest, Longest)));
            _taken += segment.Length;
            _open.Add(segment);
            return segment;
        }
    }

    /// <summary>Tells how much of a piece has arrived.</summary>
    /// <param name="segment">The piece.</param>
    /// <param name="done">Bytes from its start, without a gap.</param>
    public void Reach(Segment segment, long done)
    {
        lock (_lock)
        {
            var before = Sure;
            segment.Done = Math.Max(done, segment.Done);
            if (segment.Left == 0)
                _open.Remove(segment);
            if (Sure > before)
                onSure(Sure);
        }
    }

    /// <summary>Gives back a piece that could not be finished; what has arrived of it counts.</summary>
    /// <param name="segment">The piece.</param>
    public void Return(Segment segment)
    {
        lock (_lock)
            _returned.Enqueue(segment);
    }
}
