namespace AcodeSftp.OpenSsh.Mux;

/// <summary>
/// What the channels of one connection share to size their receive windows: how far the peer is, and how much may be under
/// way in all. More than this made nothing faster at 50 and 100 ms; and OpenSSH's master keeps what its client has not read.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ReceiveWindows(TimeProvider time)
{
    private const long MostInAll = 32 * 1024 * 1024;

    private readonly object _lock = new();
    private long _inAll;
    private long _roundTrip = long.MaxValue;

    /// <summary>Now, in the clock's own ticks.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>The shortest time in which an opening was answered, in the clock's ticks; the greatest number before.</summary>
    public long RoundTrip => Volatile.Read(ref _roundTrip);

    /// <summary>Tells that an opening was answered.</summary>
    /// <param name="sent">When it was sent.</param>
    public void OnAnswer(long sent)
    {
        lock (_lock)
            _roundTrip = Math.Min(_roundTrip, Math.Max(1, Now - sent));
    }

    /// <summary>Adds the window that a channel begins with, whatever it is.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
            _inAll += bytes;
    }

    /// <summary>Takes as much of what is wanted as may be under way besides.</summary>
    public long Take(long wanted)
    {
        lock (_lock)
        {
            var taken = Math.Clamp(wanted, 0, Math.Max(0, MostInAll - _inAll));
            _inAll += taken;
            return taken;
        }
    }

    /// <summary>Gives back the window of a channel that is over.</summary>
    public void Return(long bytes)
    {
        lock (_lock)
            _inAll -= bytes;
    }
}

/// <summary>
/// The receive window of one channel (RFC 4254, section 5.2). It follows the path: twice what gets through in a round trip,
/// so that it grows as long as that makes the channel faster, and never where there is no distance. Not thread-safe.
/// </summary>
internal sealed class ReceiveWindow
{
    // What is not worth a message yet is missing from the window: with two messages up to half of it.
    private const int MessagesPerWindow = 16;

    private readonly ReceiveWindows _windows;
    private long _consumed;
    private long _measured;
    private long _measuredSince;

    /// <summary>Begins with a size.</summary>
    /// <param name="size">How many bytes the peer may send before we have read them.</param>
    /// <param name="windows">Those of the connection.</param>
    public ReceiveWindow(long size, ReceiveWindows windows)
    {
        (Size, Left, _windows) = (size, size, windows);
        windows.Add(size);
    }

    /// <summary>How many bytes the peer may send before we have read them.</summary>
    public long Size { get; private set; }

    /// <summary>How many of them it may send still.</summary>
    public long Left { get; private set; }

    /// <summary>Tells that data has come.</summary>
    public void Use(int count)
    {
        if (_measuredSince == 0)
            _measuredSince = _windows.Now;
        Left -= count;
    }

    /// <summary>Tells that data was read.</summary>
    /// <param name="count">How many bytes.</param>
    /// <returns>How many more the peer may send; 0 where it is not worth a message yet.</returns>
    public long Consume(int count)
    {
        _consumed += count;
        if (_consumed < Size / MessagesPerWindow)
            return 0;
        _measured += _consumed;
        var more = _consumed + Grow();
        _consumed = 0;
        Left += more;
        return more;
    }

    /// <summary>Gives its room to others.</summary>
    public void Release()
    {
        _windows.Return(Size);
        Size = 0;
    }

    // Data comes in bursts of a window, so that less than two round trips say nothing of the rate.
    private long Grow()
    {
        var roundTrip = _windows.RoundTrip;
        var now = _windows.Now;
        if (roundTrip == long.MaxValue || now - _measuredSince < 2 * roundTrip)
            return 0;
        var wanted = 2.0 * roundTrip * _measured / (now - _measuredSince);
        (_measured, _measuredSince) = (0, now);
        if (wanted <= Size)
            return 0;
        var more = _windows.Take((long)wanted - Size);
        Size += more;
        return more;
    }
}
