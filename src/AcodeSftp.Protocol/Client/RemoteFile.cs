using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>An open file of an <see cref="SftpClient"/>.</summary>
internal sealed class RemoteFile(SftpClient client, RemotePath path, byte[] handle) : IRemoteFile
{
    private long _acknowledgedLength;
    private int _closed;

    public RemotePath Path => path;

    public long AcknowledgedLength => Interlocked.Read(ref _acknowledgedLength);

    public Task<RemoteFileAttributes> GetAttributesAsync(CancellationToken cancellationToken = default) =>
        client.CallAsync(
            SftpPacketType.FStat,
            new RequestSubject("get the attributes of", path),
            (ref PacketWriter writer) => writer.Write(Handle),
            SftpClient.Attributes,
            cancellationToken);

    public Task SetAttributesAsync(RemoteFileAttributes attributes, CancellationToken cancellationToken = default) =>
        client.CallAsync(
            SftpPacketType.FSetStat,
            new RequestSubject("set the attributes of", path),
            (ref PacketWriter writer) =>
            {
                writer.Write(Handle);
                writer.Write(attributes);
            },
            Replies.Ok,
            cancellationToken);

    public Task<long> ReadRangeAsync(
        long offset,
        long length,
        RemoteBlockSink sink,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return new RangeReader(client, Open, new RequestSubject("read", path), sink)
            .ReadAsync(offset, length, cancellationToken);
    }

    public Task<long> WriteRangeAsync(
        long offset,
        long length,
        RemoteBlockSource source,
        Action<long>? acknowledged = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        Interlocked.Exchange(ref _acknowledgedLength, 0);
        return new RangeWriter(
            client,
            Open,
            new RequestSubject("write", path),
            source,
            sure =>
            {
                Interlocked.Exchange(ref _acknowledgedLength, sure);
                acknowledged?.Invoke(sure);
            }).WriteAsync(offset, length, cancellationToken);
    }

    public Task CopyRangeAsync(
        long offset,
        long length,
        IRemoteFile destination,
        long destinationOffset,
        CancellationToken cancellationToken = default)
    {
        if (destination is not RemoteFile other || !other.IsOn(client))
            throw new ArgumentException("The destination is not an open file of the same channel.", nameof(destination));
        return client.CallUnboundedAsync(
            SftpExtensions.CopyData,
            new RequestSubject("copy", path),
            (ref PacketWriter writer) =>
            {
                writer.Write(Handle);
                writer.Write(offset);
                writer.Write(length);
                writer.Write(other.Handle);
                writer.Write(destinationOffset);
            },
            Replies.Ok,
            cancellationToken);
    }

    public Task<RemoteFileSystemStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        client.CallExtendedAsync(
            SftpExtensions.FStatVfs,
            new RequestSubject("get the file system statistics of", path),
            (ref PacketWriter writer) => writer.Write(Handle),
            SftpClient.Statistics,
            cancellationToken);

    public Task FlushToDiskAsync(CancellationToken cancellationToken = default) =>
        client.CallUnboundedAsync(
            SftpExtensions.FSync,
            new RequestSubject("flush", path),
            (ref PacketWriter writer) => writer.Write(Handle),
            Replies.Ok,
            cancellationToken);

    public Task CloseAsync(CancellationToken cancellationToken = default) =>
        Interlocked.Exchange(ref _closed, 1) == 0
            ? client.CloseHandleAsync(handle, path, cancellationToken)
            : Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
            client.CloseUnheard(handle);
        return ValueTask.CompletedTask;
    }

    private ReadOnlySpan<byte> Handle => Open;

    private byte[] Open
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
            return handle;
        }
    }

    private bool IsOn(SftpClient other) => ReferenceEquals(client, other);
}
