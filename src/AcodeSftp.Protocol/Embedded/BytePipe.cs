using System.Buffers;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>
/// A pipe in memory with bounded room: one side writes, the other reads, and each waits for the other. Ending it lets the
/// reader have what is still in it.
/// </summary>
internal sealed class BytePipe(int capacity = BytePipe.DefaultCapacity)
{
    private const int DefaultCapacity = 512 * 1024;
    private readonly object _lock = new();
    private readonly byte[] _ring = ArrayPool<byte>.Shared.Rent(capacity);
    private TaskCompletionSource? _change;
    private int _start;
    private int _count;
    private bool _ended;
    private bool _abandoned;

    public Stream Reader => new ReadSide(this);

    public Stream Writer => new WriteSide(this);

    /// <summary>No more will be written.</summary>
    public void End() => Set(ref _ended);

    /// <summary>No more will be read: a write fails from now on.</summary>
    public void Abandon() => Set(ref _abandoned);

    private void Set(ref bool flag)
    {
        lock (_lock)
        {
            flag = true;
            SignalChange();
        }
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (_count > 0 || buffer.IsEmpty)
                {
                    var length = Math.Min(buffer.Length, _count);
                    var first = Math.Min(length, _ring.Length - _start);
                    _ring.AsSpan(_start, first).CopyTo(buffer.Span);
                    _ring.AsSpan(0, length - first).CopyTo(buffer.Span[first..]);
                    _start = (_start + length) % _ring.Length;
                    _count -= length;
                    SignalChange();
                    return length;
                }

                if (_ended || _abandoned)
                    return 0;
                change = NextChange();
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            Task change;
            lock (_lock)
            {
                if (_ended || _abandoned)
                    throw new IOException("The other end of the pipe is closed.");
                var length = Math.Min(bytes.Length, _ring.Length - _count);
                if (length > 0)
                {
                    var at = (_start + _count) % _ring.Length;
                    var first = Math.Min(length, _ring.Length - at);
                    bytes.Span[..first].CopyTo(_ring.AsSpan(at));
                    bytes.Span[first..length].CopyTo(_ring);
                    _count += length;
                    bytes = bytes[length..];
                    SignalChange();
                    continue;
                }

                change = NextChange();
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Both are called under the lock.
    private Task NextChange() =>
        (_change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void SignalChange()
    {
        _change?.TrySetResult();
        _change = null;
    }

    private sealed class ReadSide(BytePipe pipe) : SequentialStream
    {
        public override bool CanRead => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            pipe.ReadAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            pipe.Abandon();
            base.Dispose(disposing);
        }
    }

    private sealed class WriteSide(BytePipe pipe) : SequentialStream
    {
        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            pipe.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            pipe.End();
            base.Dispose(disposing);
        }
    }
}

/// <summary>Two pipes as one stream: what is written goes to one, what is read comes from the other.</summary>
internal sealed class DuplexPipeStream(BytePipe incoming, BytePipe outgoing) : SequentialStream
{
    private readonly Stream _reader = incoming.Reader;
    private readonly Stream _writer = outgoing.Writer;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>Two streams of which each reads what the other writes.</summary>
    public static (Stream Client, Stream Server) CreatePair()
    {
        var up = new BytePipe();
        var down = new BytePipe();
        return (new DuplexPipeStream(down, up), new DuplexPipeStream(up, down));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _reader.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        outgoing.End();
        incoming.Abandon();
        base.Dispose(disposing);
    }
}
