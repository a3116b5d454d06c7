using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Client;

/// <summary>
/// The handles of a channel that are open. Some servers allow few of them, some a single one, and say no more of it than
/// "failure"; whoever is refused one more can wait here until another is closed.
/// </summary>
internal sealed class HandleCount
{
    private readonly object _lock = new();
    private TaskCompletionSource _closed = NewSignal();
    private int _open;

    /// <summary>How many are open or being opened.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
                return _open;
        }
    }

    /// <summary>Ends when the next handle is closed.</summary>
    public Task NextClose
    {
        get
        {
            lock (_lock)
                return _closed.Task;
        }
    }

    /// <summary>A handle is asked for.</summary>
    public void Opening()
    {
        lock (_lock)
            _open++;
    }

    /// <summary>A handle that was asked for was refused.</summary>
    public void Refused()
    {
        lock (_lock)
            _open--;
    }

    /// <summary>A handle was closed.</summary>
    public void Closed()
    {
        TaskCompletionSource closed;
        lock (_lock)
        {
            _open--;
            closed = _closed;
            _closed = NewSignal();
        }

        closed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
