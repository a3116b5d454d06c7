using System.Buffers;
using System.Runtime.CompilerServices;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>
/// Data that has arrived on a channel and has not been read, in pooled blocks. One side adds, another reads; what may be
/// in it is bounded by the channel's window.
/// </summary>
internal sealed class ReceiveQueue
{
    private const int BlockLength = 64 * 1024;

    private readonly object _lock = new();
    private readonly Queue<byte[]> _blocks = new();
    private readonly AsyncSignal _arrival = new();
    private byte[]? _last;
    private int _start;
    private int _end;
    private bool _isComplete;
    private Func<Exception>? _error;
    private bool _isAbandoned;

    /// <summary>Adds data.</summary>
    /// <param name="data">The data.</param>
    /// <param name="inline">Whether a reader that waits goes on on this thread, see <see cref="AsyncSignal.Set"/>.</param>
    /// <returns>False where nobody will read it.</returns>
    public bool Add(ReadOnlySpan<byte> data, bool inline = false)
    {
        lock (_lock)
        {
            if (_isAbandoned)
                return false;
            while (!data.IsEmpty)
            {
                if (_last is null || _end == _last.Length)
                {
                    _last = ArrayPool<byte>.Shared.Rent(BlockLength);
                    _blocks.Enqueue(_last);
                    _end = 0;
                }

                var part = Math.Min(data.Length, _last.Length - _end);
                data[..part].CopyTo(_last.AsSpan(_end));
                _end += part;
                data = data[part..];
            }
        }

        _arrival.Set(inline);
        return true;
    }

    /// <summary>Says that nothing more comes.</summary>
    /// <param name="error">Makes what readers get after the data; null for the end of the stream.</param>
    public void Complete(Func<Exception>? error)
    {
        lock (_lock)
        {
            if (_isComplete)
                return;
            (_isComplete, _error) = (true, error);
        }

        _arrival.Set();
    }

    /// <summary>Says that nobody will read, and lets go of what is there.</summary>
    /// <returns>How many bytes were there.</returns>
    public int Abandon()
    {
        var dropped = 0;
        lock (_lock)
        {
            _isAbandoned = true;
            while (_blocks.TryDequeue(out var block))
            {
                dropped += (block == _last ? _end : block.Length) - _start;
                _start = 0;
                ArrayPool<byte>.Shared.Return(block);
            }

            _last = null;
            _end = 0;
        }

        _arrival.Set();
        return dropped;
    }

    /// <summary>Reads what is there, or waits for it.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Stops waiting; no data is lost.</param>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
            return 0;
        int read;
        while ((read = TryRead(destination.Span)) < 0)
            await _arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
        return read;
    }

    // -1 where there is nothing yet.
    private int TryRead(Span<byte> destination)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isAbandoned, typeof(Stream));
            var total = 0;
            while (total < destination.Length && _blocks.TryPeek(out var block))
            {
                var end = block == _last ? _end : block.Length;
                var part = Math.Min(destination.Length - total, end - _start);
                block.AsSpan(_start, part).CopyTo(destination[total..]);
                total += part;
                _start += part;
                if (_start < end)
                    break;
                ReleaseFirst(block);
            }

            if (total > 0 || !_isComplete)
                return total > 0 ? total : -1;
            return _error is null ? 0 : throw _error();
        }
    }

    private void ReleaseFirst(byte[] block)
    {
        _blocks.Dequeue();
        ArrayPool<byte>.Shared.Return(block);
        _start = 0;
        if (block == _last)
            (_last, _end) = (null, 0);
    }
}
