using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>Which way bytes go through a relay.</summary>
public enum RelayDirection
{
    /// <summary>From the client to the server.</summary>
    ToServer,

    /// <summary>From the server to the client.</summary>
    ToClient,
}

/// <summary>How a relay ends a connection.</summary>
public enum CutKind
{
    /// <summary>Both sides are told that it was reset.</summary>
    Reset,

    /// <summary>Nothing more goes the way of the cut, and the one who would get it is told so; the other way stays open.</summary>
    HalfClose,

    /// <summary>Nothing goes through any more, and nobody is told.</summary>
    Stall,

    /// <summary>Nothing is done to it but <see cref="CuttingRelay.OnCut"/>.</summary>
    None,
}

/// <summary>Where a relay ends a connection.</summary>
/// <param name="Direction">Which way the bytes go that are counted.</param>
/// <param name="After">After how many bytes, of all connections together.</param>
/// <param name="Kind">How.</param>
public sealed record Cut(RelayDirection Direction, long After, CutKind Kind);

/// <summary>
/// Stands between clients and a server on the loopback interface, counts what goes through, delays it where asked to, and
/// cuts connections after exactly so many bytes.
/// </summary>
public sealed class CuttingRelay : IAsyncDisposable
{
    private const int BufferSize = 64 * 1024;
    private const int BlocksOnTheWay = 4096;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _serverPort;
    private readonly object _lock = new();
    private readonly Queue<Cut>[] _cuts = [new(), new()];
    private readonly long[] _bytes = new long[2];
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private int _cutCount;

    /// <summary>Starts a relay.</summary>
    /// <param name="serverPort">The server's port on 127.0.0.1.</param>
    public CuttingRelay(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How long a byte takes one way.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>What else is done at a cut, before the bytes behind it go on.</summary>
    public Func<Cut, Task>? OnCut { get; set; }

    /// <summary>How many cuts were made.</summary>
    public int Cuts => Volatile.Read(ref _cutCount);

    /// <summary>How many bytes went through, of all connections together.</summary>
    /// <param name="direction">Which way.</param>
    /// <returns>Their number.</returns>
    public long Bytes(RelayDirection direction) => Interlocked.Read(ref _bytes[(int)direction]);

    /// <summary>Plans a cut.</summary>
    /// <param name="cut">The cut; those of one direction in the order of their places.</param>
    public void Plan(Cut cut)
    {
        lock (_lock)
            _cuts[(int)cut.Direction].Enqueue(cut);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Task[] connections;
        lock (_lock)
            connections = [.. _connections];
        await Task.WhenAll(connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                lock (_lock)
                {
                    _connections.RemoveAll(static connection => connection.IsCompleted);
                    _connections.Add(RelayAsync(client));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
                var pair = new Pair(client, server, _stop.Token);
                await Task.WhenAll(
                    PumpAsync(pair, client, server, RelayDirection.ToServer),
                    PumpAsync(pair, server, client, RelayDirection.ToClient));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One of the two is gone. A client that cannot be served is told so at once.
            }
        }
    }

    private async Task PumpAsync(Pair pair, Socket source, Socket destination, RelayDirection direction)
    {
        try
        {
            if (Latency > TimeSpan.Zero)
                await PumpLateAsync(pair, source, destination, direction);
            else
                await PumpAtOnceAsync(pair, source, destination, direction);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            pair.Reset();
        }
    }

    private async Task PumpAtOnceAsync(Pair pair, Socket source, Socket destination, RelayDirection direction)
    {
        var buffer = new byte[BufferSize];
        while (await source.ReceiveAsync(buffer, pair.End) is > 0 and var count)
        {
            if (!await PassAsync(pair, destination, direction, buffer.AsMemory(0, count)))
                return;
        }

        destination.Shutdown(SocketShutdown.Send);
    }

    // What comes later need not wait for what came before: that is what tells a long line from a thin one.
    private async Task PumpLateAsync(Pair pair, Socket source, Socket destination, RelayDirection direction)
    {
        var onTheWay = Channel.CreateBounded<(long Due, byte[] Bytes)>(BlocksOnTheWay);
        var arriving = Task.Run(async () =>
        {
            await foreach (var (due, bytes) in onTheWay.Reader.ReadAllAsync(pair.End))
            {
                var rest = TimeSpan.FromMilliseconds(due - Environment.TickCount64);
                if (rest > TimeSpan.Zero)
                    await Task.Delay(rest, pair.End);
                if (!await PassAsync(pair, destination, direction, bytes))
                    return;
            }

            destination.Shutdown(SocketShutdown.Send);
        });
        var buffer = new byte[BufferSize];
        while (!arriving.IsCompleted && await source.ReceiveAsync(buffer, pair.End) is > 0 and var count)
            await onTheWay.Writer.WriteAsync(
                (Environment.TickCount64 + (long)Latency.TotalMilliseconds, buffer[..count]),
                pair.End);
        onTheWay.Writer.Complete();
        await arriving;
    }

    // Whether the connection goes on after that.
    private async Task<bool> PassAsync(Pair pair, Socket destination, RelayDirection direction, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (pair.IsStalled)
                await Task.Delay(Timeout.Infinite, pair.End);
            var cut = NextCut(direction, bytes.Length, out var length);
            await SendAsync(destination, bytes[..length], pair.End);
            Interlocked.Add(ref _bytes[(int)direction], length);
            bytes = bytes[length..];
            if (cut is not null && !await GoesOnAsync(cut, pair, destination))
                return false;
        }

        return true;
    }

    // Where a cut lies within the next bytes, only those before it may go.
    private Cut? NextCut(RelayDirection direction, int available, out int length)
    {
        length = available;
        lock (_lock)
        {
            if (!_cuts[(int)direction].TryPeek(out var cut) || cut.After > Bytes(direction) + available)
                return null;
            length = (int)Math.Max(0, cut.After - Bytes(direction));
            return _cuts[(int)direction].Dequeue();
        }
    }

    private async Task<bool> GoesOnAsync(Cut cut, Pair pair, Socket destination)
    {
        Interlocked.Increment(ref _cutCount);
        if (OnCut is { } also)
            await also(cut);
        switch (cut.Kind)
        {
            case CutKind.None:
                return true;
            case CutKind.HalfClose:
                destination.Shutdown(SocketShutdown.Send);
                return false;
            case CutKind.Stall:
                // Both sockets stay open, and neither is read any more, until the relay ends.
                pair.IsStalled = true;
                await Task.Delay(Timeout.Infinite, pair.End);
                return false;
            default:
                pair.Reset();
                return false;
        }
    }

    private static async Task SendAsync(Socket destination, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await destination.SendAsync(bytes, cancellationToken)..];
    }

    // The two halves of one relayed connection.
    private sealed class Pair(Socket client, Socket server, CancellationToken end)
    {
        private volatile bool _isStalled;

        public CancellationToken End => end;

        public bool IsStalled
        {
            get => _isStalled;
            set => _isStalled = value;
        }

        public void Reset()
        {
            foreach (var socket in (Socket[])[client, server])
            {
                try
                {
                    // Closing without lingering is what sends a reset.
                    socket.LingerState = new LingerOption(true, 0);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // Closed already.
                }

                socket.Dispose();
            }
        }
    }
}
