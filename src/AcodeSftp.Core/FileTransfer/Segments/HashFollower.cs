namespace AcodeSftp.FileTransfer.Segments;

/// <summary>
/// Hashes a file in order while its pieces move in any: it follows behind them and reads what is in the system's cache
/// still. One step at a time; steps are asked for from any thread.
/// </summary>
/// <param name="path">The local file.</param>
/// <param name="hash">The hash; null where only the notes are wanted.</param>
/// <param name="read">Reads the local file.</param>
/// <param name="noteAsync">Told after each step, before the next begins.</param>
internal sealed class HashFollower(string path, ContentHash? hash, HashFollower.LocalRead read, Func<Task> noteAsync)
{
    private const int BufferSize = 256 * 1024;

    private readonly object _lock = new();
    private readonly byte[] _buffer = hash is null ? [] : new byte[BufferSize];
    private Task _last = Task.CompletedTask;

    public delegate int LocalRead(Span<byte> buffer, long offset);

    private Task Completion
    {
        get
        {
            lock (_lock)
                return _last;
        }
    }

    /// <summary>Has it follow, without waiting for it.</summary>
    /// <param name="end">How far the file may be hashed; less than before is fine.</param>
    public void Follow(long end)
    {
        lock (_lock)
            _last = StepAsync(_last, end);
    }

    /// <summary>Waits for the move that it follows, and then for its own end.</summary>
    /// <param name="moving">The move.</param>
    /// <returns>A task that ends when nothing reads the file any more, and fails as the move did or else a step.</returns>
    public async Task CompleteAsync(Task moving)
    {
        await moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await moving.ConfigureAwait(false);
        await Completion.ConfigureAwait(false);
    }

    private async Task StepAsync(Task before, long end)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (hash is not null && hash.Length < end)
        {
            var count = read(_buffer.AsSpan(0, (int)Math.Min(BufferSize, end - hash.Length)), hash.Length);
            if (count == 0)
                throw TransferFaults.SourceChanged(path, end, hash.Length);
            hash.Append(_buffer.AsSpan(0, count));
        }

        await noteAsync().ConfigureAwait(false);
    }
}
