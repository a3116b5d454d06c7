using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AcodeSftp.Bench;

/// <summary>
/// A relay on a loopback port that hands each byte on after a fixed time, and at most so many a second: distance, without
/// root and for its users alone.
/// </summary>
/// <remarks>
/// It shares the cores with what is measured, so it is woken as seldom as can be: each direction has a thread that reads
/// what has come every half millisecond and one that sends what is due, in blocks that are used again. With no delay and no
/// limit one thread does both.
/// </remarks>
internal sealed class DelayRelay : IDisposable
{
    private const int BlockLength = 512 * 1024;
    private const int SocketBuffer = 4 * 1024 * 1024;

    // Of 512 KiB each, and mostly empty: 100 of them are 50 ms.
    private const int BlocksUnderWay = 256;

    // A thousandth of the shortest round trip that it is used for is 10 us, a hundredth of it 100: this is what it may be
    // late by in each direction.
    private static readonly long Pause = Stopwatch.Frequency / 2000;

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly int _target;
    private readonly long _delay;
    private readonly long _bytesPerSecond;

    /// <summary>Starts to listen.</summary>
    /// <param name="port">The loopback port to listen on.</param>
    /// <param name="target">The loopback port to relay to.</param>
    /// <param name="delay">How long each byte takes, one way.</param>
    /// <param name="bytesPerSecond">How many go through in each direction of a connection; 0 for no limit.</param>
    public DelayRelay(int port, int target, TimeSpan delay, long bytesPerSecond)
    {
        (_target, _bytesPerSecond) = (target, bytesPerSecond);
        _delay = (long)(delay.TotalSeconds * Stopwatch.Frequency);
        // The sockets that it accepts have its buffers.
        SetBuffers(_listener);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        Start(Accept);
    }

    public void Dispose() => _listener.Dispose();

    private static void SetBuffers(Socket socket) => (socket.ReceiveBufferSize, socket.SendBufferSize) = (SocketBuffer, SocketBuffer);

    private static void Start(Action work) =>
        new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // One of the ends has gone, and so does the relay between them.
            }
        })
        {
            IsBackground = true,
        }.Start();

    private void Accept()
    {
        while (true)
        {
            var near = _listener.Accept();
            var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
            SetBuffers(far);
            far.Connect(IPAddress.Loopback, _target);
            near.NoDelay = far.NoDelay = true;
            Relay(near, far);
            Relay(far, near);
        }
    }

    private void Relay(Socket from, Socket to)
    {
        if (_delay == 0 && _bytesPerSecond == 0)
        {
            Start(() => Copy(from, to));
            return;
        }

        var way = new DelayLine(BlockLength, BlocksUnderWay);
        Start(() => Read(from, way));
        Start(() => Write(way, to));
    }

    private static void Copy(Socket from, Socket to)
    {
        var block = new byte[BlockLength];
        try
        {
            while (from.Receive(block) is > 0 and var length)
                Send(to, block, length);
        }
        finally
        {
            to.Shutdown(SocketShutdown.Send);
        }
    }

    private void Read(Socket from, DelayLine way)
    {
        var free = 0L;
        try
        {
            while (true)
            {
                var bytes = way.TakeEmpty();
                var length = from.Receive(bytes);
                if (length == 0)
                    return;
                var now = Stopwatch.GetTimestamp();
                free = Math.Max(now, free);
                if (_bytesPerSecond > 0)
                    free += length * Stopwatch.Frequency / _bytesPerSecond;
                way.Add(new Block(bytes, length, free + _delay));
                // What comes in the meantime is one block, and one wake-up less for each packet in it.
                if (length < BlockLength)
                    SleepUntil(now + Pause);
            }
        }
        finally
        {
            way.Complete();
        }
    }

    private static void Write(DelayLine way, Socket to)
    {
        try
        {
            while (way.Take() is { } block)
            {
                SleepUntil(block.Due);
                Send(to, block.Bytes, block.Length);
                way.Return(block.Bytes);
            }
        }
        finally
        {
            // Whoever reads must not wait for room for ever.
            way.Complete();
            to.Shutdown(SocketShutdown.Send);
        }
    }

    private static void Send(Socket to, byte[] bytes, int length)
    {
        for (var sent = 0; sent < length;)
            sent += to.Send(bytes, sent, length - sent, SocketFlags.None);
    }

    // Thread.Sleep knows whole milliseconds only. The clock of Stopwatch is CLOCK_MONOTONIC here.
    private static void SleepUntil(long timestamp)
    {
        const int monotonic = 1;
        const int absolute = 1;
        if (timestamp <= Stopwatch.GetTimestamp())
            return;
        var until = new TimeSpec(timestamp / Stopwatch.Frequency, timestamp % Stopwatch.Frequency * (1_000_000_000 / Stopwatch.Frequency));
        _ = clock_nanosleep(monotonic, absolute, until, 0);
    }

    [DllImport("libc")]
#pragma warning disable IDE1006, SYSLIB1054 // The function's own name; a source generator for one call is too much.
    private static extern int clock_nanosleep(int clock, int flags, in TimeSpec until, nint remaining);
#pragma warning restore IDE1006, SYSLIB1054

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}

/// <summary>Bytes that were read, to be sent when they are due.</summary>
internal readonly record struct Block(byte[] Bytes, int Length, long Due);

/// <summary>A queue of blocks between a reader and a writer, which use the same few again.</summary>
internal sealed class DelayLine(int blockLength, int capacity)
{
    private readonly object _lock = new();
    private readonly Queue<Block> _blocks = new(capacity);

    // The one that was last used is still in the cache of the processor.
    private readonly Stack<byte[]> _empty = new(capacity);
    private int _made;
    private bool _isComplete;

    /// <summary>Takes a block to read into, and waits for one while too many are under way.</summary>
    public byte[] TakeEmpty()
    {
        lock (_lock)
        {
            while (_empty.Count == 0 && _made == capacity && !_isComplete)
                Monitor.Wait(_lock);
            if (_empty.TryPop(out var bytes))
                return bytes;
            ObjectDisposedException.ThrowIf(_isComplete, this);
            _made++;
        }

        return GC.AllocateUninitializedArray<byte>(blockLength);
    }

    public void Return(byte[] bytes)
    {
        lock (_lock)
        {
            _empty.Push(bytes);
            if (_empty.Count == 1 && _made == capacity)
                Monitor.PulseAll(_lock);
        }
    }

    public void Add(Block block)
    {
        lock (_lock)
        {
            _blocks.Enqueue(block);
            if (_blocks.Count == 1)
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>The next block, or null when no more will come.</summary>
    public Block? Take()
    {
        lock (_lock)
        {
            while (_blocks.Count == 0 && !_isComplete)
                Monitor.Wait(_lock);
            return _blocks.TryDequeue(out var block) ? block : null;
        }
    }

    public void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            Monitor.PulseAll(_lock);
        }
    }
}
