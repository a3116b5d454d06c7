using System.Runtime.CompilerServices;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>One direction of a channel, or both, as a stream.</summary>
internal sealed class SshChannelStream : SequentialStream
{
    private readonly SshChannel _channel;
    private readonly ReceiveQueue? _source;
    private readonly bool _canWrite;
    private readonly Action _onDispose;
    private int _isDisposed;

    private SshChannelStream(SshChannel channel, ReceiveQueue? source, bool canWrite, Action onDispose)
    {
        _channel = channel;
        _source = source;
        _canWrite = canWrite;
        _onDispose = onDispose;
    }

    /// <inheritdoc/>
    public override bool CanRead => _source is not null && _isDisposed == 0;

    /// <inheritdoc/>
    public override bool CanWrite => _canWrite && _isDisposed == 0;

    /// <summary>Data in both directions; disposing it closes the channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <returns>The stream.</returns>
    public static SshChannelStream Duplex(SshChannel channel) =>
        new(channel, channel.Output, canWrite: true, () => _ = channel.DisposeAsync().AsTask());

    /// <summary>Data to the peer; disposing it sends the end of the data.</summary>
    /// <param name="channel">The channel.</param>
    /// <returns>The stream.</returns>
    public static SshChannelStream Input(SshChannel channel) => new(channel, null, canWrite: true, channel.SendEof);

    /// <summary>Data from the peer; what comes after it is disposed is dropped.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="source">Which of its two kinds of data.</param>
    /// <returns>The stream.</returns>
    public static SshChannelStream Output(SshChannel channel, ReceiveQueue source) =>
        new(channel, source, canWrite: false, () => channel.Consumed(source.Abandon()));

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var source = _source ?? throw new NotSupportedException("This stream is for writing.");
        var read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _channel.Consumed(read);
        return read;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_canWrite)
            throw new NotSupportedException("This stream is for reading.");
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return _channel.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0)
            _onDispose();
        base.Dispose(disposing);
    }
}
