using System.Runtime.ExceptionServices;
using AcodeSftp.Files;

namespace AcodeSftp.SshNet;

/// <summary>Ends a download of SSH.NET's when enough was read.</summary>
internal sealed class EndOfRangeException : Exception;

/// <summary>
/// What SSH.NET's pipelined calls read from or write to, on the thread of the call. What fails here is kept: SSH.NET might
/// dress it up as something else.
/// </summary>
internal abstract class RangeStream : OneWayStream
{
    /// <summary>How many bytes have passed.</summary>
    public long Moved { get; protected set; }

    /// <summary>What failed here, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Throws what failed here.</summary>
    public void ThrowFailure()
    {
        if (Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Takes note that the call has ended as it should.</summary>
    public virtual void Finish()
    {
    }

    /// <summary>Keeps what failed.</summary>
    /// <param name="failure">What.</param>
    protected void Fail(Exception failure) => Failure ??= failure;
}

/// <summary>Hands what is read to whoever asked for it, up to a length.</summary>
/// <param name="sink">Who asked.</param>
/// <param name="length">The length, in bytes.</param>
/// <param name="cancellationToken">Ends the download.</param>
internal sealed class SinkStream(RemoteBlockSink sink, long length, CancellationToken cancellationToken) : RangeStream
{
    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        var wanted = (int)Math.Min(count, length - Moved);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            sink(Moved, buffer.AsMemory(offset, wanted), cancellationToken).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }

        Moved += wanted;
        if (Moved >= length)
            throw new EndOfRangeException();
    }
}

/// <summary>
/// Gives what is to be written, and knows what of it has arrived. SSH.NET sends without bound and reports what arrived on
/// threads of its own, in any order; so this keeps the number of bytes under way within limits, and counts as arrived only
/// what has no gap before it.
/// </summary>
/// <param name="first">The blocks that are there already.</param>
/// <param name="source">Gives the rest.</param>
/// <param name="patience">How long nothing may arrive.</param>
/// <param name="acknowledged">Told the length that has arrived, from any thread, growing.</param>
/// <param name="cancellationToken">Ends the upload.</param>
internal sealed class SourceStream(
    IEnumerable<ReadOnlyMemory<byte>> first,
    RemoteBlockSource source,
    TimeSpan patience,
    Action<long> acknowledged,
    CancellationToken cancellationToken) : RangeStream
{
    private const long MostUnderWay = 8L << 20;

    private readonly Queue<ReadOnlyMemory<byte>> _ready = new(first);
    private readonly Queue<long> _sent = new();
    private readonly HashSet<long> _arrivedEarly = [];
    private ReadOnlyMemory<byte> _rest;
    private long _arrived;
    private bool _isOver;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_isOver)
            return 0;
        try
        {
            _isOver = !WaitForRoom();
            var read = _isOver ? 0 : Take(buffer.AsMemory(offset, count));
            Moved += read;
            if (read > 0)
            {
                lock (_sent)
                    _sent.Enqueue(Moved);
            }

            return read;
        }
        catch (Exception e)
        {
            // Not thrown: SSH.NET closes the file on the server only when the upload ends as it should.
            Fail(e);
            _isOver = true;
            return 0;
        }
    }

    /// <summary>Takes note of a block that has arrived.</summary>
    /// <param name="end">Where it ends.</param>
    public void Acknowledge(long end)
    {
        lock (_sent)
        {
            _arrivedEarly.Add(end);
            var before = _arrived;
            while (_sent.TryPeek(out var next) && _arrivedEarly.Remove(next))
                _arrived = _sent.Dequeue();
            if (_arrived == before)
                return;
            acknowledged(_arrived);
            Monitor.PulseAll(_sent);
        }
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        lock (_sent)
        {
            // What is reported from now on is old.
            _sent.Clear();
            if (_arrived < Moved)
                acknowledged(_arrived = Moved);
        }
    }

    private int Take(Memory<byte> buffer)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_rest.IsEmpty && !_ready.TryDequeue(out _rest))
            return source(Moved, buffer, cancellationToken).AsTask().GetAwaiter().GetResult();
        var count = Math.Min(_rest.Length, buffer.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    // False when nothing arrives any more: SSH.NET then finds out why, or that time is over.
    private bool WaitForRoom()
    {
        lock (_sent)
        {
            while (Moved - _arrived > MostUnderWay)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var before = _arrived;
                if (!Monitor.Wait(_sent, patience) && _arrived == before)
                    return false;
            }
        }

        return true;
    }
}
