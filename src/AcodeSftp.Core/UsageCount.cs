namespace AcodeSftp;

/// <summary>
/// How many of something are in use that a server allows only so many of, and the next time that one is given back.
/// Thread-safe.
/// </summary>
internal sealed class UsageCount
{
    private readonly object _lock = new();
    private TaskCompletionSource _released = NewSignal();
    private int _count;

    /// <summary>How many are in use or asked for.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>Ends when the next one is given back.</summary>
    public Task NextRelease
    {
        get
        {
            lock (_lock)
                return _released.Task;
        }
    }

    /// <summary>One is asked for.</summary>
    /// <returns>Ends when the next one is given back, from this moment on.</returns>
    public Task Add()
    {
        lock (_lock)
        {
            _count++;
            return _released.Task;
        }
    }

    /// <summary>One that was asked for was refused.</summary>
    /// <returns>How many are left.</returns>
    public int Remove()
    {
        lock (_lock)
            return --_count;
    }

    /// <summary>One is given back.</summary>
    public void Release()
    {
        // Whoever finds it uncounted must also find the signal given, or would take it for never in use. What waits for the
        // signal runs elsewhere.
        lock (_lock)
        {
            _count--;
            _released.SetResult();
            _released = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
