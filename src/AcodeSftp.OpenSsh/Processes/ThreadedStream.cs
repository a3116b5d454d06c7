using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>
/// One direction of a socket, worked by a thread of its own that sleeps in the kernel until data or room is there. What
/// awaits a read or a write goes on on that thread, so a loop of reads, or of writes, never changes threads. Waiting
/// without a thread costs a wake-up of the thread pool for every 200 KB or so, and a worker of the pool spins before it
/// sleeps again: together more processor time than moving the data. Cancelling an operation ends the stream.
/// </summary>
internal sealed class ThreadedStream : SequentialStream, IValueTaskSource<int>, IValueTaskSource
{
    private readonly Socket _socket;
    private readonly bool _isWriter;
    private readonly object _lock = new();
    private ManualResetValueTaskSourceCore<int> _completion;
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _cancellationToken;
    private Memory<byte> _buffer;
    private ReadOnlyMemory<byte> _data;
    private bool _isBusy;
    private bool _isWanted;
    private bool _isDisposed;
    private Thread? _thread;

    /// <summary>Takes over one direction of a socket.</summary>
    /// <param name="socket">The socket, on which no asynchronous operation has been begun; owned from now on.</param>
    /// <param name="isWriter">Whether the stream is for writing; otherwise it is for reading.</param>
    public ThreadedStream(Socket socket, bool isWriter) => (_socket, _isWriter) = (socket, isWriter);

    /// <inheritdoc/>
    public override bool CanRead => !_isWriter;

    /// <inheritdoc/>
    public override bool CanWrite => _isWriter;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(this, Begin(buffer, default, cancellationToken));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(this, Begin(default, buffer, cancellationToken));

    int IValueTaskSource<int>.GetResult(short token) => _completion.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _completion.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            End();
        base.Dispose(disposing);
    }

    private short Begin(Memory<byte> buffer, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        short version;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_isBusy)
                throw new InvalidOperationException("Two operations of one kind at once on a stream.");
            _completion.Reset();
            version = _completion.Version;
            (_isBusy, _isWanted) = (true, true);
            (_buffer, _data, _cancellationToken) = (buffer, data, cancellationToken);
            _cancellation = cancellationToken.UnsafeRegister(static stream => ((ThreadedStream)stream!).End(), this);
            if (_thread is null)
            {
                _thread = new Thread(Work) { IsBackground = true, Name = _isWriter ? "ssh input" : "ssh output" };
                _thread.UnsafeStart();
            }
            else if (_thread != Thread.CurrentThread)
            {
                Monitor.Pulse(_lock);
            }
        }

        return version;
    }

    // The thread may be asleep in the kernel, and what wakes it there is the end of the connection. It closes the socket
    // when it has let go of the buffer.
    private void End()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            Monitor.Pulse(_lock);
            if (_thread is null)
                _socket.Dispose();
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    private void Work()
    {
        while (TakeWork())
        {
            var result = 0;
            Exception? error = null;
            try
            {
                result = _isWriter ? Send(_data.Span) : _socket.Receive(_buffer.Span);
            }
            catch (SocketException e)
            {
                error = new IOException(e.Message, e);
            }
            catch (ObjectDisposedException e)
            {
                error = e;
            }

            _cancellation.Dispose();
            if (_cancellationToken.IsCancellationRequested)
                error = new OperationCanceledException(_cancellationToken);
            lock (_lock)
                _isBusy = false;
            if (error is null)
                _completion.SetResult(result);
            else
                _completion.SetException(error);
        }

        _socket.Dispose();
    }

    private bool TakeWork()
    {
        lock (_lock)
        {
            while (!_isWanted && !_isDisposed)
                Monitor.Wait(_lock);
            (var isWanted, _isWanted) = (_isWanted, false);
            return isWanted;
        }
    }

    private int Send(ReadOnlySpan<byte> data)
    {
        var sent = 0;
        while (sent < data.Length)
            sent += _socket.Send(data[sent..]);
        return sent;
    }
}
