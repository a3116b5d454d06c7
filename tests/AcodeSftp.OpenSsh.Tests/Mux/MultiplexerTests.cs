using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Tests.Mux;

/// <summary>What the multiplexer makes of a peer that dies, misbehaves or talks nonsense.</summary>
public sealed class MultiplexerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static TheoryData<string, byte[]> Violations => new()
    {
        { "length 0", [0, 0, 0, 0] },
        { "length 1", [0, 0, 0, 1, 0] },
        { "length of 2 GiB", [0x7F, 0xFF, 0xFF, 0xFF, 0, 94] },
        { "length of 4 GiB", [0xFF, 0xFF, 0xFF, 0xFF, 0, 94] },
        { "more padding than message", [0, 0, 0, 3, 9, 94, 0] },
        { "unknown type", [0, 0, 0, 2, 0, 200] },
        { "no channel", [0, 0, 0, 2, 0, 94] },
        { "cut off", [0, 0, 0, 8, 0, 94, 0, 0, 0, 0, 0, 0] },
        { "a channel that there is not", ScriptedPeer.Message(ChannelMessageType.ChannelEof, 77).Frame.ToArray() },
        { "data longer than the message", ScriptedPeer.Message(ChannelMessageType.ChannelData, 0).Add(5000).Frame.ToArray() },
        { "data beyond the window", ScriptedPeer.Data(0, 1001).Frame.ToArray() },
        { "data beyond the packet size", ScriptedPeer.Data(0, 601).Frame.ToArray() },
        { "unknown extended data", ScriptedPeer.Message(ChannelMessageType.ChannelExtendedData, 0).Add(2).Add("x").Frame.ToArray() },
        { "confirmed twice", ScriptedPeer.Confirmation(0, 1, 1).Frame.ToArray() },
        { "refused when open", ScriptedPeer.Message(ChannelMessageType.ChannelOpenFailure, 0).Add(1).Add("").Add("").Frame.ToArray() },
        { "an answer to no request", ScriptedPeer.Message(ChannelMessageType.ChannelSuccess, 0).Frame.ToArray() },
        {
            "data after its end",
            [
                .. ScriptedPeer.Message(ChannelMessageType.ChannelEof, 0).Frame.ToArray(),
                .. ScriptedPeer.Data(0, 1).Frame.ToArray(),
            ]
        },
        {
            "a second packet beyond the window",
            [.. ScriptedPeer.Data(0, 600).Frame.ToArray(), .. ScriptedPeer.Data(0, 401).Frame.ToArray()]
        },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task What_the_protocol_does_not_allow_ends_the_connection_and_fails_what_waits(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync(new SshChannelSettings { ReceiveWindow = 1000, MaxPacket = 600, KeepsErrorOutput = true }, window: 0);
        var writing = channel.WriteAsync(new byte[1], default).AsTask();
        var reading = channel.ErrorOutput.ReadAsync(new byte[1], default).AsTask();

        await peer.SendAsync(bytes);

        await peer.ExpectEndAsync();
        Assert.Equal(SftpErrorCode.ProtocolViolation, (await Assert.ThrowsAsync<SftpException>(() => writing.WaitAsync(Patience))).Code);
        Assert.Equal(SftpErrorCode.ProtocolViolation, (await Assert.ThrowsAsync<SftpException>(() => channel.Closed.WaitAsync(Patience))).Code);
        if (what != "data after its end")
            await Assert.ThrowsAsync<SftpException>(() => reading.WaitAsync(Patience));
        await Assert.ThrowsAsync<SftpException>(() => peer.Multiplexer.OpenSessionAsync(new SshChannelSettings(), default));
        Assert.False(peer.Multiplexer.IsConnected);
    }

    [Fact]
    public async Task A_window_of_more_than_4_GiB_ends_the_connection()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync(window: 1);

        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelWindowAdjust, 0).Add(uint.MaxValue));

        var error = await Assert.ThrowsAsync<SftpException>(() => channel.Closed.WaitAsync(Patience));
        Assert.Equal(SftpErrorCode.ProtocolViolation, error.Code);
    }

    [Fact]
    public async Task The_end_of_the_stream_fails_everything_that_waits_with_its_reason()
    {
        var (ours, theirs) = await ScriptedPeer.ConnectedPairAsync();
        await using var multiplexer = new ChannelMultiplexer(ours, new ChannelMultiplexerOptions
        {
            Host = "peer",
            DescribeLoss = () => ValueTask.FromResult(new SftpException(SftpErrorCode.ConnectionLost, "last words")),
        });
        var opening = multiplexer.OpenSessionAsync(new SshChannelSettings(), default);

        await theirs.DisposeAsync();

        var error = await Assert.ThrowsAsync<SftpException>(() => opening.WaitAsync(Patience));
        Assert.Equal((SftpErrorCode.ConnectionLost, "last words"), (error.Code, error.Message));
    }

    [Fact]
    public async Task Disposing_fails_everything_that_waits()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync(window: 0);
        var writing = channel.WriteAsync(new byte[1], default).AsTask();
        var reading = channel.Output.ReadAsync(new byte[1], default).AsTask();
        var request = channel.RequestAsync("exec", message => message.Add("x"), default);

        await peer.Multiplexer.DisposeAsync().AsTask().WaitAsync(Patience);

        foreach (var task in (Task[])[writing, reading, request, channel.Closed])
            Assert.Equal(SftpErrorCode.ConnectionLost, (await Assert.ThrowsAsync<SftpException>(() => task.WaitAsync(Patience))).Code);
    }

    [Fact]
    public async Task A_channel_that_the_peer_wants_to_open_is_refused()
    {
        await using var peer = await ScriptedPeer.StartAsync();

        await peer.SendAsync(new ChannelMessageWriter(ChannelMessageType.ChannelOpen).Add("x11").Add(5).Add(1000).Add(1000));

        Assert.Equal(5u, (await peer.ExpectAsync(ChannelMessageType.ChannelOpenFailure)).Recipient);
        Assert.True(peer.Multiplexer.IsConnected);
    }

    [Fact]
    public async Task A_global_request_that_wants_an_answer_is_declined()
    {
        await using var peer = await ScriptedPeer.StartAsync();

        await peer.SendAsync(new ChannelMessageWriter(ChannelMessageType.GlobalRequest).Add("hostkeys-00@openssh.com").Add(false));
        await peer.SendAsync(new ChannelMessageWriter(ChannelMessageType.GlobalRequest).Add("keepalive@openssh.com").Add(true));

        await peer.ExpectAsync(ChannelMessageType.RequestFailure);
        await peer.ExpectSilenceAsync();
    }

    [Fact]
    public async Task A_channel_request_that_is_not_known_is_declined_where_it_wants_an_answer()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await peer.OpenAsync();

        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelRequest, 0).Add("eow@openssh.com").Add(false));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelRequest, 0).Add("keepalive@openssh.com").Add(true));

        Assert.Equal(1000u, (await peer.ExpectAsync(ChannelMessageType.ChannelFailure)).Recipient);
        await peer.ExpectSilenceAsync();
    }

    [Fact]
    public async Task Requests_that_are_never_read_do_not_fill_the_memory()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await peer.OpenAsync();
        var request = ScriptedPeer.Message(ChannelMessageType.ChannelRequest, 0).Add("").Add(true).Frame.ToArray();
        var burst = Enumerable.Repeat(request, 10_000).SelectMany(bytes => bytes).ToArray();

        // Nobody reads the answers; in the end the connection is given up, and writing to it fails.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (!timer.IsCancellationRequested)
                await peer.SendAsync(burst);
        });

        Assert.False(peer.Multiplexer.IsConnected);
    }

    [Fact]
    public async Task Messages_may_arrive_in_pieces_of_any_size()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync();
        byte[] bytes =
        [
            .. ScriptedPeer.Data(0, 7, (byte)'a').Frame.ToArray(),
            .. new ChannelMessageWriter(ChannelMessageType.Ignore).Add("nothing").Frame.ToArray(),
            .. ScriptedPeer.Data(0, 5, (byte)'b').Frame.ToArray(),
        ];

        foreach (var b in bytes)
            await peer.SendAsync([b]);

        var read = new byte[12];
        await SshChannelStream.Duplex(channel).ReadExactlyAsync(read).AsTask().WaitAsync(Patience);
        Assert.Equal("aaaaaaabbbbb"u8.ToArray(), read);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_bytes_end_the_connection_and_neither_hang_nor_crash_it(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            await using var peer = await ScriptedPeer.StartAsync();
            var channel = await peer.OpenAsync();
            var reading = DrainAsync(SshChannelStream.Duplex(channel));
            try
            {
                for (var i = random.Next(1, 20); i > 0; i--)
                    await peer.SendAsync(RandomMessage(random));
            }
            catch (IOException)
            {
                // Given up on already.
            }

            peer.Close();
            await reading.WaitAsync(Patience);
            await peer.Multiplexer.DisposeAsync().AsTask().WaitAsync(Patience);
            Assert.False(peer.Multiplexer.IsConnected);
        }
    }

    // Mostly well formed on the outside and for the channel that is open, so that they get far.
    private static byte[] RandomMessage(Random random)
    {
        var payload = new byte[random.Next(0, 40)];
        random.NextBytes(payload);
        if (payload.Length >= 4 && random.Next(4) > 0)
            payload.AsSpan(0, 4).Clear();
        if (payload.Length >= 8 && random.Next(2) > 0)
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(4), random.Next(payload.Length));
        var type = (byte)(random.Next(8) > 0 ? random.Next(90, 101) : random.Next(256));
        return [0, 0, 0, (byte)(payload.Length + 2), (byte)(random.Next(20) > 0 ? 0 : random.Next(256)), type, .. payload];
    }

    private static async Task DrainAsync(Stream stream)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null);
        }
        catch (SftpException)
        {
            // What every round is to end with, unless the peer happened to say something sensible.
        }
    }
}
