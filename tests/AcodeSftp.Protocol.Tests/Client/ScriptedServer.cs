using System.Buffers.Binary;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Client;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Tests.Client;

/// <summary>
/// The other end of a client, byte by byte: for what no honest server sends. Every test that uses it would hang if the
/// client did, so each wait is bounded.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Stream _client;
    private readonly Stream _server;
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(20));

    public ScriptedServer() => (_client, _server) = DuplexPipeStream.CreatePair();

    public CancellationToken Token => _timeout.Token;

    public Task<SftpClient> ConnectRawAsync(TimeSpan? operationTimeout = null) => SftpClient.ConnectAsync(
        _client,
        new SftpClientOptions { Host = "scripted", OperationTimeout = operationTimeout ?? TimeSpan.FromSeconds(10) },
        Token);

    /// <summary>A client that has exchanged versions with a server without extensions.</summary>
    public async Task<SftpClient> ConnectAsync(TimeSpan? operationTimeout = null)
    {
        var connecting = ConnectRawAsync(operationTimeout);
        await ReadPacketAsync();
        await SendAsync(SftpPacketType.Version, (ref PacketWriter writer) => writer.Write(3u));
        return await connecting;
    }

    /// <summary>The next request: its type, its id and the rest.</summary>
    public async Task<(SftpPacketType Type, uint Id, byte[] Fields)> ReadRequestAsync()
    {
        var packet = await ReadPacketAsync();
        return ((SftpPacketType)packet[0], BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(1)), packet[5..]);
    }

    public async Task<byte[]> ReadPacketAsync()
    {
        var length = new byte[4];
        await _server.ReadExactlyAsync(length, Token);
        var packet = new byte[BinaryPrimitives.ReadUInt32BigEndian(length)];
        await _server.ReadExactlyAsync(packet, Token);
        return packet;
    }

    public async Task SendAsync(SftpPacketType type, SftpClient.RequestFields fields)
    {
        var writer = PacketWriter.BeginWithoutId(type);
        fields(ref writer);
        await SendRawAsync(writer.Finish().Memory.ToArray());
    }

    public Task ReplyAsync(SftpPacketType type, uint id, SftpClient.RequestFields fields) => SendAsync(
        type,
        (ref PacketWriter writer) =>
        {
            writer.Write(id);
            fields(ref writer);
        });

    public async Task SendRawAsync(byte[] bytes) => await _server.WriteAsync(bytes, Token);

    public ValueTask CloseAsync() => _server.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _timeout.Dispose();
    }
}
