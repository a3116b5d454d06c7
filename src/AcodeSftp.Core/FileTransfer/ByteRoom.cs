namespace AcodeSftp.FileTransfer;

/// <summary>
/// Room for so many bytes that many share: whoever comes when it is full waits for those before, in order. Thread-safe.
/// </summary>
/// <param name="size">How many bytes fit.</param>
internal sealed class ByteRoom(long size)
{
    private readonly object _lock = new();
    private readonly Queue<Waiter> _waiting = new();
    private long _free = size;

    /// <summary>Takes room.</summary>
    /// <param name="bytes">How much; at most what fits.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when it is taken; <see cref="Leave"/> gives it back.</returns>
    public Task EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0 || _free < bytes)
            {
                var waiter = new Waiter(bytes);
                _waiting.Enqueue(waiter);
                return WaitAsync(waiter, cancellationToken);
            }

            _free -= bytes;
            return Task.CompletedTask;
        }
    }

    /// <summary>Gives room back.</summary>
    /// <param name="bytes">As much as was taken.</param>
    public void Leave(long bytes)
    {
        lock (_lock)
        {
            _free += bytes;
            LetIn();
        }
    }

    private async Task WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        await using (registration.ConfigureAwait(false))
        {
            try
            {
                await waiter.Task.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Whoever gives up may have been what those behind it wait for.
                lock (_lock)
                    LetIn();
                throw;
            }
        }
    }

    // Under the lock.
    private void LetIn()
    {
        while (_waiting.TryPeek(out var first) && (first.Task.IsCompleted || _free >= first.Bytes))
        {
            _waiting.Dequeue();
            if (first.TrySetResult())
                _free -= first.Bytes;
        }
    }

    private sealed class Waiter(long bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Bytes { get; } = bytes;
    }
}
