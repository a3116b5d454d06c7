using System.Threading.Channels;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>
/// The packets that wait to be sent: so many, and behind them those who wait to add theirs. Packets go out in the order in
/// which they were given, for a server handles them in that order. Whoever waits goes on when nearly all room is free
/// again, not at each packet: waking a thread costs as much as filling a packet. Thread-safe.
/// </summary>
internal sealed class OutgoingQueue(int capacity)
{
    private readonly int _refill = capacity / 4;
    private readonly object _lock = new();
    private readonly LinkedList<Waiter> _waiting = new();

    // The loop that sends goes on at once on the thread that adds a packet, up to where it would wait.
    private readonly Channel<OutgoingPacket> _ready = Channel.CreateUnbounded<OutgoingPacket>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    private int _inside;
    private bool _isClosed;

    /// <summary>The packets to send. Each that was sent is followed by a call of <see cref="Sent"/>.</summary>
    public ChannelReader<OutgoingPacket> Ready => _ready.Reader;

    /// <summary>Adds a packet, when there is room.</summary>
    /// <param name="packet">The packet; the queue's once the task ends well, and otherwise still the caller's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where nothing is sent any more.</returns>
    public ValueTask<bool> AddAsync(OutgoingPacket packet, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_isClosed && (_inside >= capacity || _waiting.Count > 0))
            {
                var waiter = new Waiter(packet);
                _waiting.AddLast(waiter);
                return WaitAsync(waiter, cancellationToken);
            }

            _inside++;
        }

        return ValueTask.FromResult(_ready.Writer.TryWrite(packet));
    }

    /// <summary>Tells that a packet was sent or dropped; by the one who takes them.</summary>
    public void Sent()
    {
        lock (_lock)
        {
            _inside--;
            if (_inside > _refill)
                return;
            while (_inside < capacity && _waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                if (first.Value.TrySetResult(true))
                {
                    _ready.Writer.TryWrite(first.Value.Packet);
                    _inside++;
                }
            }
        }
    }

    /// <summary>Takes no more packets.</summary>
    public void Close()
    {
        Waiter[] waiting;
        lock (_lock)
        {
            _isClosed = true;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        _ready.Writer.TryComplete();
        foreach (var waiter in waiting)
            waiter.TrySetResult(false);
    }

    private static async ValueTask<bool> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        await using (registration.ConfigureAwait(false))
            return await waiter.Task.ConfigureAwait(false);
    }

    private sealed class Waiter(OutgoingPacket packet) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public OutgoingPacket Packet { get; } = packet;
    }
}
