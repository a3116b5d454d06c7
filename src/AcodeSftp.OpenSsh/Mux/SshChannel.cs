using System.Runtime.CompilerServices;
using AcodeSftp.Connections;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>How a channel is opened.</summary>
internal sealed record SshChannelSettings
{
    /// <summary>The session window of OpenSSH itself, and the best value where there is no distance to speak of.</summary>
    public const int DefaultWindow = 2 * 1024 * 1024;

    /// <summary>How many bytes the peer may send before we have read them, to begin with.</summary>
    public int ReceiveWindow { get; init; } = DefaultWindow;

    /// <summary>How many bytes of data the peer may put into one message.</summary>
    public int MaxPacket { get; init; } = 64 * 1024;

    /// <summary>Whether error output is kept for a reader; otherwise it is dropped as it comes.</summary>
    public bool KeepsErrorOutput { get; init; }

    /// <summary>
    /// Whether what reads and writes goes on on the thread that reads for all channels. It must be quick and never block
    /// then, as a protocol client is: to hand each packet to the thread pool costs more processor time than to move it.
    /// </summary>
    public bool GoesOnInline { get; init; }
}

/// <summary>
/// A session channel (RFC 4254, sections 5 and 6), with flow control in both directions. The multiplexer hands it the
/// messages that arrive, one at a time; everything else may be called from any thread.
/// </summary>
internal sealed partial class SshChannel : IAsyncDisposable
{
    private readonly ChannelMultiplexer _multiplexer;
    private readonly SshChannelSettings _settings;
    private readonly object _lock = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<RemoteCommandExit> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<TaskCompletionSource<bool>> _replies = new();
    private readonly AsyncSignal _windowGrew = new();
    private uint _remoteId;
    private int _maxDataSent;
    private long _sendWindow;
    private readonly ReceiveWindow _receiveWindow;
    private readonly long _openingSent;
    private bool _isOpen;
    private bool _hasSentEof;
    private bool _hasSentClose;
    private bool _hasReceivedEof;
    private bool _hasReceivedClose;
    private SftpException? _fault;
    private int? _exitCode;
    private string? _exitSignal;

    public SshChannel(ChannelMultiplexer multiplexer, uint localId, SshChannelSettings settings)
    {
        _multiplexer = multiplexer;
        _settings = settings;
        _receiveWindow = new ReceiveWindow(settings.ReceiveWindow, multiplexer.Windows);
        _openingSent = multiplexer.Windows.Now;
        LocalId = localId;
        Output = new ReceiveQueue();
        ErrorOutput = new ReceiveQueue();
        // Nobody has to wait for the end; a fault that nobody sees is no unobserved exception.
        _closed.Task.Forget();
    }

    /// <summary>Our number of the channel.</summary>
    public uint LocalId { get; }

    /// <summary>What the peer sent as data.</summary>
    public ReceiveQueue Output { get; }

    /// <summary>What the peer sent as extended data of type 1 (standard error).</summary>
    public ReceiveQueue ErrorOutput { get; }

    /// <summary>Ends when the peer has closed the channel; fails when the connection ends first.</summary>
    public Task<RemoteCommandExit> Closed => _closed.Task;

    /// <summary>Ends when the peer has answered the opening.</summary>
    internal Task Opened => _opened.Task;

    /// <summary>Whether both sides have closed it, so that its number may be forgotten.</summary>
    internal bool IsOver
    {
        get
        {
            lock (_lock)
                return _hasSentClose && _hasReceivedClose;
        }
    }

    /// <summary>Sends data, as the peer's window allows.</summary>
    /// <param name="data">The data.</param>
    /// <param name="cancellationToken">Stops; some of the data may have been sent.</param>
    /// <returns>A task that ends when all data is on its way.</returns>
    /// <exception cref="SftpException">The channel or the connection has ended.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            var length = TakeWindow(data.Length);
            if (length == 0)
            {
                await _windowGrew.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            try
            {
                await _multiplexer.Sender.SendDataAsync(_remoteId, data[..length], cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                lock (_lock)
                    _sendWindow += length;
                throw;
            }

            data = data[length..];
        }
    }

    /// <summary>Tells the channel that so many bytes were read, which lets the peer send as many more.</summary>
    /// <param name="count">How many.</param>
    public void Consumed(int count)
    {
        lock (_lock)
        {
            if (_hasSentClose || _hasReceivedEof || _fault is not null)
                return;
            var more = _receiveWindow.Consume(count);
            if (more > 0)
                _multiplexer.Post(ChannelMessageWriter.To(ChannelMessageType.ChannelWindowAdjust, _remoteId).Add((uint)more));
        }
    }

    /// <summary>Says that no more data will be sent. Doing so twice is fine.</summary>
    public void SendEof()
    {
        lock (_lock)
        {
            if (_hasSentEof || _hasSentClose || !_isOpen || _fault is not null)
                return;
            _hasSentEof = true;
            _multiplexer.Post(ChannelMessageWriter.To(ChannelMessageType.ChannelEof, _remoteId));
        }
    }

    /// <summary>Sends a request that wants no answer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fields">Adds what goes with it.</param>
    /// <exception cref="SftpException">The channel or the connection has ended.</exception>
    public void Request(string name, Action<ChannelMessageWriter> fields)
    {
        lock (_lock)
        {
            ThrowIfClosed();
            _multiplexer.Post(RequestMessage(name, false, fields));
        }
    }

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fields">Adds what goes with it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether the peer did it.</returns>
    /// <exception cref="SftpException">The channel or the connection has ended.</exception>
    public Task<bool> RequestAsync(string name, Action<ChannelMessageWriter> fields, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            ThrowIfClosed();
            // Answers come in the order of the requests (RFC 4254, section 5.4).
            _replies.Enqueue(reply);
            _multiplexer.Post(RequestMessage(name, true, fields));
        }

        return reply.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Closes our side; the multiplexer forgets the channel when the peer has closed its own.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync()
    {
        Close();
        Output.Abandon();
        ErrorOutput.Abandon();
        return ValueTask.CompletedTask;
    }

    internal void Fail(SftpException error)
    {
        lock (_lock)
            _fault ??= error;
        _opened.TrySetException(error.Again());
        _ = _opened.Task.Exception;
        Finish(error);
    }

    private void Close()
    {
        lock (_lock)
        {
            if (_hasSentClose)
                return;
            _hasSentClose = true;
            if (_isOpen && _fault is null)
                _multiplexer.Post(ChannelMessageWriter.To(ChannelMessageType.ChannelClose, _remoteId));
        }

        _windowGrew.Set();
    }

    // Streams end, and whoever waits learns how.
    private void Finish(SftpException? error)
    {
        lock (_lock)
            _receiveWindow.Release();
        Func<Exception>? readerError = error is null ? null : error.Again;
        Output.Complete(readerError);
        ErrorOutput.Complete(readerError);
        _windowGrew.Set();
        TaskCompletionSource<bool>[] replies;
        lock (_lock)
        {
            replies = [.. _replies];
            _replies.Clear();
        }

        foreach (var reply in replies)
            reply.TrySetException(error?.Again() ?? ClosedByPeer());
        if (error is null)
            _closed.TrySetResult(new RemoteCommandExit(_exitSignal is null ? _exitCode : null, _exitSignal));
        else
            _closed.TrySetException(error.Again());
    }

    private ChannelMessageWriter RequestMessage(string name, bool wantsReply, Action<ChannelMessageWriter> fields)
    {
        var message = ChannelMessageWriter.To(ChannelMessageType.ChannelRequest, _remoteId).Add(name).Add(wantsReply);
        fields(message);
        return message;
    }

    private int TakeWindow(int wanted)
    {
        lock (_lock)
        {
            ThrowIfClosed();
            if (_hasSentEof)
                throw new ObjectDisposedException(nameof(Stream), "The end of the input was sent already.");
            var length = (int)Math.Min(Math.Min(wanted, _maxDataSent), _sendWindow);
            _sendWindow -= length;
            return length;
        }
    }

    private void ThrowIfClosed()
    {
        if (_fault is { } fault)
            throw fault.Again();
        ObjectDisposedException.ThrowIf(_hasSentClose && !_hasReceivedClose, typeof(Stream));
        if (_hasReceivedClose)
            throw ClosedByPeer();
    }

    private SftpException ClosedByPeer() => new(
        SftpErrorCode.Unavailable,
        "The server has closed the channel: what ran there has ended.")
    {
        Host = _multiplexer.Host,
        IsTransientOverride = false,
    };
}
