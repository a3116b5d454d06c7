using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>
/// Wakes one waiter, without allocating for it. A signal that nobody waits for is remembered, once.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly object _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core;
    private bool _isSet;
    private bool _isWaiting;

    /// <summary>Wakes the waiter, or the next one.</summary>
    /// <param name="inline">
    /// Whether the waiter goes on at once on this thread, which must hold no lock then, and not on one of the thread pool.
    /// </param>
    public void Set(bool inline = false)
    {
        lock (_lock)
        {
            if (!_isWaiting)
            {
                _isSet = true;
                return;
            }

            _isWaiting = false;
            _core.RunContinuationsAsynchronously = !inline;
        }

        _core.SetResult(true);
    }

    /// <summary>Waits for a signal. One waiter at a time.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends with the signal.</returns>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_isSet)
            {
                _isSet = false;
                return default;
            }

            if (_isWaiting)
                throw new InvalidOperationException("Two operations of one kind at once on a stream.");
            _core.Reset();
            _isWaiting = true;
        }

        var wait = new ValueTask(this, _core.Version);
        return cancellationToken.CanBeCanceled ? WaitCancellablyAsync(wait, cancellationToken) : wait;
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitCancellablyAsync(ValueTask wait, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(
            static (signal, token) => ((AsyncSignal)signal!).Cancel(token), this);
        await using (registration.ConfigureAwait(false))
            await wait.ConfigureAwait(false);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_isWaiting)
                return;
            _isWaiting = false;
            _core.RunContinuationsAsynchronously = true;
        }

        _core.SetException(new OperationCanceledException(cancellationToken));
    }
}
