using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AcodeSftp.Bench;

/// <summary>
/// A relay on a free loopback port that hands each byte on after a fixed time, and at most so many a second: distance,
/// without root and for its users alone. Each direction has a thread that reads and one that writes, for timers of a
/// millisecond are too coarse and tasks would compete with what is measured.
/// </summary>
internal sealed class DelayRelay : IDisposable
{
    private const int BlockLength = 256 * 1024;

    // More than any contender has under way: 64 MiB fill a path of 100 ms at 5 Gbit/s.
    private const int BlocksUnderWay = 4096;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly TimeSpan _delay;
    private readonly long _bytesPerSecond;

    /// <summary>Starts to listen.</summary>
    /// <param name="target">The loopback port to relay to.</param>
    /// <param name="delay">How long each byte takes, one way.</param>
    /// <param name="bytesPerSecond">How many go through in each direction of a connection; 0 for no limit.</param>
    public DelayRelay(int target, TimeSpan delay, long bytesPerSecond = 0)
    {
        (_target, _delay, _bytesPerSecond) = (target, delay, bytesPerSecond);
        _listener.Start();
        Start(Accept);
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private static void Start(Action work) =>
        new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
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
            var near = _listener.AcceptSocket();
            var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
            far.Connect(IPAddress.Loopback, _target);
            near.NoDelay = far.NoDelay = true;
            Relay(near, far);
            Relay(far, near);
        }
    }

    private void Relay(Socket from, Socket to)
    {
        var way = new BlockingCollection<Block>(BlocksUnderWay);
        Start(() => Read(from, way));
        Start(() => Write(way, to));
    }

    private void Read(Socket from, BlockingCollection<Block> way)
    {
        var free = Stopwatch.GetTimestamp();
        try
        {
            while (true)
            {
                var bytes = ArrayPool<byte>.Shared.Rent(BlockLength);
                var length = from.Receive(bytes);
                if (length == 0)
                    return;
                free = Math.Max(Stopwatch.GetTimestamp(), free);
                if (_bytesPerSecond > 0)
                    free += length * Stopwatch.Frequency / _bytesPerSecond;
                way.Add(new Block(bytes, length, free + (long)(_delay.TotalSeconds * Stopwatch.Frequency)));
            }
        }
        finally
        {
            way.CompleteAdding();
        }
    }

    private static void Write(BlockingCollection<Block> way, Socket to)
    {
        try
        {
            foreach (var block in way.GetConsumingEnumerable())
            {
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), block.Due);
                if (wait > TimeSpan.Zero)
                    Thread.Sleep((int)Math.Ceiling(wait.TotalMilliseconds));
                for (var sent = 0; sent < block.Length;)
                    sent += to.Send(block.Bytes, sent, block.Length - sent, SocketFlags.None);
                ArrayPool<byte>.Shared.Return(block.Bytes);
            }
        }
        finally
        {
            to.Shutdown(SocketShutdown.Send);
        }
    }

    private readonly record struct Block(byte[] Bytes, int Length, long Due);
}
