using System.Runtime.ExceptionServices;
using AcodeSftp.Files;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace AcodeSftp.SshNet;

/// <summary>
/// A file through SSH.NET. Whole files go by its pipelined calls, which open the path once more; a range that begins later,
/// and what fits into one block, goes over the handle at hand, one request at a time.
/// </summary>
internal sealed class SshNetFile : IRemoteFile
{
    private const int BlockSize = 32 * 1024;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly SshNetConnection _connection;
    private readonly SftpFileStream _stream;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly bool _isNew;
    private long _acknowledged;
    private bool _isClosed;

    /// <summary>Takes over an open file.</summary>
    /// <param name="connection">Its connection.</param>
    /// <param name="path">The path it was opened by.</param>
    /// <param name="stream">SSH.NET's stream.</param>
    /// <param name="isNew">Whether it was empty when it was opened.</param>
    public SshNetFile(SshNetConnection connection, RemotePath path, SftpFileStream stream, bool isNew) =>
        (_connection, Path, _stream, _isNew) = (connection, path, stream, isNew);

    /// <inheritdoc/>
    public RemotePath Path { get; }

    /// <inheritdoc/>
    public long AcknowledgedLength => Interlocked.Read(ref _acknowledged);

    /// <inheritdoc/>
    /// <remarks>The size is that of this file, wherever its path leads by now; SSH.NET gives the rest by path only.</remarks>
    public async Task<RemoteFileAttributes> GetAttributesAsync(CancellationToken cancellationToken = default)
    {
        var size = await WithStreamAsync("look at", stream => stream.Length, cancellationToken).ConfigureAwait(false);
        try
        {
            var byPath = await _connection.CallAsync(
                "look at",
                Path.Value,
                sftp => SshNetAttributes.From(sftp.GetAttributes(Path.Value)),
                cancellationToken).ConfigureAwait(false);
            return byPath with { Size = size };
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
        {
            return new RemoteFileAttributes { Size = size };
        }
    }

    /// <inheritdoc/>
    public async Task SetAttributesAsync(RemoteFileAttributes attributes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        if (attributes.Size is { } size)
            await WithStreamAsync("cut", stream => stream.SetLength(size), cancellationToken).ConfigureAwait(false);
        var others = attributes with { Size = null };
        if (others == RemoteFileAttributes.None)
            return;
        await _connection.CallAsync(
            "change",
            Path.Value,
            sftp =>
            {
                var file = sftp.Get(Path.Value);
                SshNetAttributes.Change(file.Attributes, others, _connection.HostName, Path.Value);
                file.UpdateStatus();
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<long> ReadRangeAsync(
        long offset, long length, RemoteBlockSink sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (length <= 0)
            return 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (offset > 0 || length <= BlockSize)
            return await ReadBlocksAsync(offset, length, sink, cancellationToken).ConfigureAwait(false);
        var target = new SinkStream(sink, length, stop.Token);
        var reading = Blocking.RunAsync(() => Download(target));
        return await FollowAsync(reading, target, "read", stop, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<long> WriteRangeAsync(
        long offset,
        long length,
        RemoteBlockSource source,
        Action<long>? acknowledged = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        Interlocked.Exchange(ref _acknowledged, 0);
        if (length < long.MaxValue)
            source = UpTo(offset + length, source);
        var block = new byte[BlockSize];
        var filled = await source(offset, block, cancellationToken).ConfigureAwait(false);
        if (offset > 0 || !_isNew)
            return await WriteBlocksAsync(offset, block, filled, source, acknowledged, cancellationToken).ConfigureAwait(false);
        var next = new byte[BlockSize];
        var more = filled == 0 ? 0 : await source(filled, next, cancellationToken).ConfigureAwait(false);
        if (more == 0)
            return await WriteBlocksAsync(offset, block, filled, NoMore, acknowledged, cancellationToken).ConfigureAwait(false);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var input = new SourceStream(
            [block.AsMemory(0, filled), next.AsMemory(0, more)],
            source,
            _connection.Sftp.OperationTimeout,
            arrived =>
            {
                Interlocked.Exchange(ref _acknowledged, arrived);
                acknowledged?.Invoke(arrived);
            },
            stop.Token);
        var writing = Blocking.RunAsync(() => Upload(input));
        return await FollowAsync(writing, input, "write", stop, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task CopyRangeAsync(
        long offset, long length, IRemoteFile destination, long destinationOffset, CancellationToken cancellationToken = default) =>
        throw SshNetErrors.Unsupported($"use {SftpExtensions.CopyData}", _connection.HostName, Path.Value);

    /// <inheritdoc/>
    public Task<RemoteFileSystemStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        _connection.CallAsync(
            "read the statistics of",
            Path.Value,
            sftp => SshNetFileSystem.Statistics(sftp.GetStatus(Path.Value)),
            cancellationToken);

    /// <inheritdoc/>
    public Task FlushToDiskAsync(CancellationToken cancellationToken = default) =>
        throw SshNetErrors.Unsupported($"use {SftpExtensions.FSync}", _connection.HostName, Path.Value);

    /// <inheritdoc/>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await _connection.CallAsync(
            "close",
            Path.Value,
            _ =>
            {
                _stream.Dispose();
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            Blocking.Forget(_stream.Dispose);
        }

        return ValueTask.CompletedTask;
    }

    private static RemoteBlockSource UpTo(long end, RemoteBlockSource source) => (offset, buffer, cancellationToken) =>
        offset < end
            ? source(offset, buffer[..(int)Math.Min(buffer.Length, end - offset)], cancellationToken)
            : ValueTask.FromResult(0);

    private static ValueTask<int> NoMore(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => ValueTask.FromResult(0);

    private void Download(SinkStream target)
    {
        try
        {
            _connection.Sftp.DownloadFile(Path.Value, target);
        }
        catch (EndOfRangeException)
        {
            // All that was asked for has been read.
        }
    }

    private void Upload(SourceStream input)
    {
        try
        {
            _connection.Sftp.UploadFile(input, Path.Value, canOverride: true, length => input.Acknowledge((long)length));
        }
        catch (Exception e) when (input.Failure is null && _connection.IsConnected && e is SshOperationTimeoutException or TimeoutException)
        {
            // SSH.NET before 2025.1 waits for a refused write as if it was unanswered; one more write tells the reason.
            _stream.Seek(AcknowledgedLength, SeekOrigin.Begin);
            _stream.Write([0], 0, 1);
            _stream.Flush();
            throw;
        }
    }

    // The call is on a thread of its own and cannot be cancelled; its stream can make it end.
    private async Task<long> FollowAsync(
        Task moving, RangeStream stream, string operation, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _connection.Disconnected);
        try
        {
            await WatchAsync(moving, stream, either.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Not what the stream says to being stopped.
            var failure = stream.Failure;
            await stop.CancelAsync().ConfigureAwait(false);
            moving.Forget();
            if (failure is not null && _connection.IsConnected)
                ExceptionDispatchInfo.Throw(failure);
            if (SshNetConnection.IsCancelled(e, cancellationToken))
                throw;
            throw await _connection.ExplainAsync(e, operation, Path.Value).ConfigureAwait(false);
        }

        stream.ThrowFailure();
        stream.Finish();
        return stream.Moved;
    }

    // While nothing moves, the server is asked whether its disk is full: SSH.NET before 2025.1 waits for a write that was refused
    // until time is over.
    private async Task WatchAsync(Task moving, RangeStream stream, CancellationToken cancellationToken)
    {
        while (stream is SourceStream)
        {
            var before = (stream.Moved, AcknowledgedLength);
            await Task.WhenAny(moving, Task.Delay(LookInterval, cancellationToken)).ConfigureAwait(false);
            if (moving.IsCompleted || cancellationToken.IsCancellationRequested)
                break;
            if (before == (stream.Moved, AcknowledgedLength) && stream.Moved > AcknowledgedLength && await IsDiskFullAsync().ConfigureAwait(false))
                throw new SshException("Failure");
        }

        await moving.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsDiskFullAsync()
    {
        try
        {
            return await GetStatisticsAsync(CancellationToken.None).ConfigureAwait(false) is { TotalBlocks: > 0, AvailableBlocks: 0 };
        }
        catch (SftpException)
        {
            return false;
        }
    }

    private async Task<long> ReadBlocksAsync(long offset, long length, RemoteBlockSink sink, CancellationToken cancellationToken)
    {
        var block = new byte[BlockSize];
        var done = 0L;
        while (done < length)
        {
            var (position, wanted) = (offset + done, (int)Math.Min(block.Length, length - done));
            var count = await WithStreamAsync(
                "read",
                stream =>
                {
                    stream.Seek(position, SeekOrigin.Begin);
                    return stream.ReadAtLeast(block.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
                },
                cancellationToken).ConfigureAwait(false);
            if (count == 0)
                break;
            await sink(position, block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            done += count;
        }

        return done;
    }

    private async Task<long> WriteBlocksAsync(
        long offset, byte[] block, int filled, RemoteBlockSource source, Action<long>? acknowledged, CancellationToken cancellationToken)
    {
        var done = 0L;
        while (filled > 0)
        {
            var (position, count) = (offset + done, filled);
            await WithStreamAsync(
                "write",
                stream =>
                {
                    stream.Seek(position, SeekOrigin.Begin);
                    stream.Write(block, 0, count);
                    stream.Flush();
                },
                cancellationToken).ConfigureAwait(false);
            done += count;
            Interlocked.Exchange(ref _acknowledged, done);
            acknowledged?.Invoke(done);
            filled = await source(offset + done, block, cancellationToken).ConfigureAwait(false);
        }

        return done;
    }

    private Task<bool> WithStreamAsync(string operation, Action<SftpFileStream> use, CancellationToken cancellationToken) =>
        WithStreamAsync(
            operation,
            stream =>
            {
                use(stream);
                return true;
            },
            cancellationToken);

    private async Task<T> WithStreamAsync<T>(string operation, Func<SftpFileStream, T> use, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        var call = _connection.CallAsync(operation, Path.Value, _ => use(_stream), CancellationToken.None);
        _ = call.ContinueWith(_ => _turn.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return await call.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
