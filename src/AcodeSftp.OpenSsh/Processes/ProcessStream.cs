using System.Runtime.CompilerServices;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>
/// Standard input and output of an <c>ssh</c> as one stream, or one of them. Where a pipe breaks it asks for the reason, so
/// that whoever reads or writes learns why <c>ssh</c> ended and not only that it did.
/// </summary>
internal sealed class ProcessStream : SequentialStream
{
    private readonly Stream? _source;
    private readonly Stream? _destination;
    private readonly Func<ValueTask<SftpException>> _describeEnd;
    private readonly Func<ValueTask>? _onDispose;
    private int _isDisposed;

    /// <summary>Joins two streams.</summary>
    /// <param name="source">Where data is read from; null for nowhere.</param>
    /// <param name="destination">Where data is written to; null for nowhere.</param>
    /// <param name="describeEnd">Asked why the process ended.</param>
    /// <param name="onDispose">What else to do at the end; null for nothing.</param>
    public ProcessStream(
        Stream? source,
        Stream? destination,
        Func<ValueTask<SftpException>> describeEnd,
        Func<ValueTask>? onDispose = null)
    {
        _source = source;
        _destination = destination;
        _describeEnd = describeEnd;
        _onDispose = onDispose;
    }

    /// <summary>Asks why the process ended.</summary>
    /// <returns>The error.</returns>
    public ValueTask<SftpException> DescribeEndAsync() => _describeEnd();

    /// <summary>Whether the end of the stream is an error, which it is in the middle of a protocol.</summary>
    public bool EndIsLoss { get; set; }

    /// <inheritdoc/>
    public override bool CanRead => _source is not null;

    /// <inheritdoc/>
    public override bool CanWrite => _destination is not null;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var source = _source ?? throw new NotSupportedException("This stream is for writing.");
        int read;
        try
        {
            read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (_isDisposed == 0)
        {
            // A socket pair says "reset" where the other end is closed with something unread in it.
            read = 0;
        }

        if (read == 0 && EndIsLoss && !buffer.IsEmpty && _isDisposed == 0)
            throw await _describeEnd().ConfigureAwait(false);
        return read;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var destination = _destination ?? throw new NotSupportedException("This stream is for reading.");
        try
        {
            await destination.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (_isDisposed == 0)
        {
            throw await _describeEnd().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _destination?.FlushAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            if (_destination is not null)
                await _destination.DisposeAsync().ConfigureAwait(false);
            if (_source is not null)
                await _source.DisposeAsync().ConfigureAwait(false);
            if (_onDispose is not null)
                await _onDispose().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _destination?.Dispose();
            _source?.Dispose();
            if (_onDispose is not null)
                _ = _onDispose().AsTask();
        }

        base.Dispose(disposing);
    }
}
