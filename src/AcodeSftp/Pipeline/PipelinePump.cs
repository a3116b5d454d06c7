using System.Threading.Channels;

namespace AcodeSftp.Shell.Pipeline;

/// <summary>
/// Lets work run on threads of the pool while PowerShell's pipeline thread, the only one that may write output, does what
/// the work posts. The queue between them is bounded: work that produces faster than the pipeline takes is held back.
/// Knows nothing of PowerShell. <see cref="Start"/>, <see cref="Drain"/>, <see cref="Finish"/> and <see cref="Dispose"/>
/// are called by the pipeline thread alone.
/// </summary>
internal sealed class PipelinePump : IDisposable
{
    private const int Capacity = 512;

    /// <summary>How long stopped work is waited for. What does not end by then is left to end by itself.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(700);

    private readonly Channel<Action> _items = Channel.CreateBounded<Action>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    private readonly CancellationTokenSource _cancel;
    private readonly CancellationToken _stop;
    private readonly TimeSpan _interval;
    private readonly Action? _tick;
    private Task _work = Task.CompletedTask;
    private long _nextTick;
    private bool _stopAwaited;

    /// <summary>Creates a pump.</summary>
    /// <param name="stop">Set when the pipeline is being stopped.</param>
    /// <param name="tick">Done by the pipeline thread every <paramref name="interval"/> while work runs; null for nothing.</param>
    /// <param name="interval">Time between ticks.</param>
    public PipelinePump(CancellationToken stop, Action? tick = null, TimeSpan interval = default)
    {
        _stop = stop;
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _tick = tick;
        _interval = interval > TimeSpan.Zero ? interval : TimeSpan.FromMilliseconds(200);
        _nextTick = Environment.TickCount64 + (long)_interval.TotalMilliseconds;
    }

    /// <summary>Starts work on a thread of the pool. Called once.</summary>
    /// <param name="work">The work; its token is set when the pipeline stops or the pump is disposed.</param>
    public void Start(Func<CancellationToken, Task> work)
    {
        var token = _cancel.Token;
        _work = Task.Run(
            async () =>
            {
                try
                {
                    await work(token).ConfigureAwait(false);
                }
                finally
                {
                    _items.Writer.TryComplete();
                }
            },
            CancellationToken.None);
    }

    /// <summary>Has the pipeline thread do something, in the order posted. Waits while the queue is full.</summary>
    /// <param name="action">What to do.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask PostAsync(Action action) => _items.Writer.WriteAsync(action, _cancel.Token);

    /// <summary>Has the pipeline thread do something, unless the queue is full or the work has ended.</summary>
    /// <param name="action">What to do.</param>
    /// <returns>Whether it is queued.</returns>
    public bool TryPost(Action action) => _items.Writer.TryWrite(action);

    /// <summary>Has the pipeline thread do something and waits for what comes of it.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="function">What to do.</param>
    /// <returns>What came of it.</returns>
    public async Task<T> InvokeAsync<T>(Func<T> function)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(() =>
        {
            try
            {
                answer.SetResult(function());
            }
            catch (Exception e)
            {
                // It is the asker's to deal with, not the pipeline's.
                answer.SetException(e);
            }
        }).ConfigureAwait(false);
        return await answer.Task.WaitAsync(_cancel.Token).ConfigureAwait(false);
    }

    /// <summary>Does what has been posted so far, without waiting for more.</summary>
    public void Drain()
    {
        while (!_stop.IsCancellationRequested && _items.Reader.TryRead(out var action))
            action();
        TickIfDue();
    }

    /// <summary>
    /// Does what is posted until the work ends, and throws what the work threw. When the pipeline is stopped it gives the
    /// work a moment to end and returns.
    /// </summary>
    public void Finish()
    {
        while (!_stop.IsCancellationRequested)
        {
            Drain();
            var more = _items.Reader.WaitToReadAsync(_stop);
            if (more.IsCompletedSuccessfully)
            {
                if (!more.Result)
                    break;
                continue;
            }

            Wait(more.AsTask());
        }

        if (_stop.IsCancellationRequested)
        {
            AwaitStopped();
            return;
        }

        _work.GetAwaiter().GetResult();
    }

    /// <summary>Stops work that still runs, and gives it a moment to end.</summary>
    public void Dispose()
    {
        if (!_work.IsCompleted)
        {
            _ = _cancel.CancelAsync();
            AwaitStopped();
        }

        // Work that was stopped may still hold the token, whose source is then left to the collector.
        if (!_cancel.IsCancellationRequested)
            _cancel.Dispose();
    }

    private void Wait(Task<bool> more)
    {
        while (!more.IsCompleted)
        {
            var untilTick = _tick is null ? -1 : (int)Math.Clamp(_nextTick - Environment.TickCount64, 0, int.MaxValue);
            Task.WaitAny([more], untilTick, CancellationToken.None);
            TickIfDue();
        }
    }

    private void TickIfDue()
    {
        if (_tick is null || _stop.IsCancellationRequested || Environment.TickCount64 < _nextTick)
            return;
        _nextTick = Environment.TickCount64 + (long)_interval.TotalMilliseconds;
        _tick();
    }

    private void AwaitStopped()
    {
        if (_stopAwaited)
            return;
        _stopAwaited = true;
        Task.WaitAny([_work], StopGrace);
        _ = _work.ContinueWith(
            static work => _ = work.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
