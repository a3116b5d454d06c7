namespace AcodeSftp.SshNet;

/// <summary>A stream in one direction.</summary>
internal abstract class OneWayStream : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>One of a command's outputs. SSH.NET's own stream blocks whoever reads it, and cannot be cancelled.</summary>
/// <param name="source">SSH.NET's stream.</param>
/// <param name="ending">Ends, or fails, when the command has ended.</param>
internal sealed class CommandOutput(Stream source, Func<Task> ending) : OneWayStream
{
    // How long after the end of the output it is known whether the command or the connection has ended.
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(1);

    private readonly byte[] _block = new byte[64 * 1024];
    private Task<int>? _reading;
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty)
            return 0;
        if (_start == _end)
        {
            // A read that was given up goes on, and what it finds is the next one's.
            _reading ??= source.Length > 0
                ? Task.FromResult(source.Read(_block, 0, _block.Length))
                : Blocking.RunAsync(() => source.Read(_block, 0, _block.Length));
            (_start, _end) = (0, await _reading.WaitAsync(cancellationToken).ConfigureAwait(false));
            _reading = null;
            if (_end == 0)
                await Task.WhenAny(ending(), Task.Delay(Doubt, cancellationToken)).ConfigureAwait(false);
            if (ending() is { IsFaulted: true } failed)
                await failed.ConfigureAwait(false);
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _block.AsSpan(_start, count).CopyTo(buffer.Span);
        _start += count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}

/// <summary>A command's input. SSH.NET's own stream blocks whoever writes while the server takes nothing.</summary>
/// <param name="target">SSH.NET's stream.</param>
/// <param name="running">The command.</param>
/// <param name="host">The host it runs on.</param>
internal sealed class CommandInput(Stream target, Task running, string host) : OneWayStream
{
    private bool _isClosed;

    /// <summary>Ends when the end of the input has been sent, if that has begun.</summary>
    public Task Closing { get; private set; } = Task.CompletedTask;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (running.IsCompleted)
            throw Ended(null);
        // The library's call may outlive this one, and the caller's buffer.
        var block = buffer.ToArray();
        var writing = Blocking.RunAsync(() => target.Write(block, 0, block.Length));
        try
        {
            if (await Task.WhenAny(writing, running).WaitAsync(cancellationToken).ConfigureAwait(false) == writing)
            {
                await writing.ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Ended(e);
        }

        throw Ended(null);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private SftpException Ended(Exception? cause) =>
        new(SftpErrorCode.Unavailable, "The command has ended and reads no more input.", cause)
        {
            Host = host,
            IsTransientOverride = false,
        };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isClosed)
        {
            _isClosed = true;
            if (!running.IsCompleted)
                Closing = Blocking.EndAsync(target.Dispose);
        }

        base.Dispose(disposing);
    }
}
