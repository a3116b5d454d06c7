using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Tests.Mux;

/// <summary>A message that the peer received.</summary>
internal sealed record ReceivedMessage(ChannelMessageType Type, byte[] Payload)
{
    public ChannelMessageReader Read() => new(Payload);

    /// <summary>The recipient's channel, the first field of most messages.</summary>
    public uint Recipient => BinaryPrimitives.ReadUInt32BigEndian(Payload);
}

/// <summary>The other end of a <see cref="ChannelMultiplexer"/>: sends and expects exactly what a test says.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly NetworkStream _stream;

    private ScriptedPeer(NetworkStream stream, ChannelMultiplexer multiplexer) => (_stream, Multiplexer) = (stream, multiplexer);

    /// <summary>What is tested.</summary>
    public ChannelMultiplexer Multiplexer { get; }

    public static async Task<ScriptedPeer> StartAsync(TimeSpan? replyTimeout = null)
    {
        var (ours, theirs) = await ConnectedPairAsync();
        return new ScriptedPeer(theirs, new ChannelMultiplexer(ours, new ChannelMultiplexerOptions
        {
            Host = "peer",
            ReplyTimeout = replyTimeout ?? Patience,
        }));
    }

    /// <summary>Two ends of one connection.</summary>
    public static async Task<(NetworkStream Ours, NetworkStream Theirs)> ConnectedPairAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        var server = await listener.AcceptSocketAsync();
        server.NoDelay = true;
        return (new NetworkStream(client.Client, ownsSocket: true), new NetworkStream(server, ownsSocket: true));
    }

    public static ChannelMessageWriter Message(ChannelMessageType type, uint recipient) => ChannelMessageWriter.To(type, recipient);

    public static ChannelMessageWriter Data(uint recipient, int length, byte value = 0) =>
        Message(ChannelMessageType.ChannelData, recipient).Add(new string((char)value, length));

    public ValueTask SendAsync(ChannelMessageWriter message) => SendAsync(message.Frame.ToArray());

    public ValueTask SendAsync(byte[] bytes) => _stream.WriteAsync(bytes);

    public async Task<ReceivedMessage> ReceiveAsync()
    {
        using var timer = new CancellationTokenSource(Patience);
        var header = new byte[4];
        await _stream.ReadExactlyAsync(header, timer.Token);
        var body = new byte[BinaryPrimitives.ReadUInt32BigEndian(header)];
        await _stream.ReadExactlyAsync(body, timer.Token);
        Assert.Equal(0, body[0]);
        return new ReceivedMessage((ChannelMessageType)body[1], body[2..]);
    }

    public async Task<ReceivedMessage> ExpectAsync(ChannelMessageType type)
    {
        var message = await ReceiveAsync();
        Assert.Equal(type, message.Type);
        return message;
    }

    /// <summary>Nothing comes for a while.</summary>
    public async Task ExpectSilenceAsync()
    {
        await Task.Delay(150);
        Assert.False(_stream.DataAvailable, "Something was sent that should not have been.");
    }

    /// <summary>The connection is closed by what is tested.</summary>
    public async Task ExpectEndAsync()
    {
        using var timer = new CancellationTokenSource(Patience);
        try
        {
            var buffer = new byte[4096];
            while (await _stream.ReadAsync(buffer, timer.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Closed with something of ours unread.
        }
    }

    /// <summary>Opens a channel, whose number at this end is 1000 more than at the other.</summary>
    public async Task<SshChannel> OpenAsync(
        SshChannelSettings? settings = null, uint window = 1 << 20, uint maxPacket = 32 * 1024)
    {
        var opening = Multiplexer.OpenSessionAsync(settings ?? new SshChannelSettings { KeepsErrorOutput = true }, default);
        var id = ReadOpening(await ExpectAsync(ChannelMessageType.ChannelOpen));
        await SendAsync(Confirmation(id, window, maxPacket));
        return await opening.WaitAsync(Patience);
    }

    public static ChannelMessageWriter Confirmation(uint id, uint window, uint maxPacket) =>
        Message(ChannelMessageType.ChannelOpenConfirmation, id).Add(1000 + id).Add(window).Add(maxPacket);

    public static uint ReadOpening(ReceivedMessage message)
    {
        var reader = message.Read();
        Assert.Equal("session", reader.ReadText());
        return reader.ReadUInt32();
    }

    public void Close() => _stream.Dispose();

    public async ValueTask DisposeAsync()
    {
        await Multiplexer.DisposeAsync().AsTask().WaitAsync(Patience);
        await _stream.DisposeAsync();
    }
}
