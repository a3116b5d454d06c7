namespace AcodeSftp.Protocol.Client;

/// <summary>
/// Lets so many packets wait to be sent and makes the others wait, in order. Whoever waits goes on when nearly all room is
/// free again, not at each packet: waking a thread costs as much as filling a packet. Thread-safe.
/// </summary>
internal sealed class SendGate(int capacity)
{
    private readonly int _refill = capacity / 4;
    private readonly object _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _inside;
    private bool _isOpen;

    /// <summary>Waits for room for one packet.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when there is room.</returns>
    public ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isOpen || (_inside < capacity && _waiting.Count == 0))
            {
                _inside++;
                return ValueTask.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.AddLast(turn);
            return WaitAsync(turn, cancellationToken);
        }
    }

    /// <summary>Tells that a packet was sent or dropped.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _inside--;
            while (_inside <= _refill && _waiting.First is not null)
                LetIn(Math.Min(capacity - _inside, _waiting.Count));
        }
    }

    /// <summary>Lets everybody in from now on: what they send is dropped.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            LetIn(_waiting.Count);
        }
    }

    private void LetIn(int count)
    {
        for (; count > 0; count--)
        {
            var first = _waiting.First!;
            _waiting.RemoveFirst();
            if (first.Value.TrySetResult())
                _inside++;
        }
    }

    private static async ValueTask WaitAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn);
        await using (registration.ConfigureAwait(false))
            await turn.Task.ConfigureAwait(false);
    }
}
