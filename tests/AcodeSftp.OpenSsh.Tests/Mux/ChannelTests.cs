using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Channels;
using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Tests.Mux;

public sealed class ChannelTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Opening_asks_for_a_session_with_the_window_and_packet_size_of_the_settings()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        _ = peer.Multiplexer.OpenSessionAsync(new SshChannelSettings { ReceiveWindow = 12345, MaxPacket = 678 }, default);

        var message = await peer.ExpectAsync(ChannelMessageType.ChannelOpen);

        Assert.Equal("session", ReadOpen(message, out _, out var window, out var maxPacket));
        Assert.Equal(12345u, window);
        Assert.Equal(678u, maxPacket);
    }

    [Fact]
    public async Task A_refused_opening_is_unavailable_and_the_next_one_works()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var opening = peer.Multiplexer.OpenSessionAsync(new SshChannelSettings(), default);
        var id = ScriptedPeer.ReadOpening(await peer.ExpectAsync(ChannelMessageType.ChannelOpen));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelOpenFailure, id).Add(2).Add("open failed").Add(""));

        var error = await Assert.ThrowsAsync<SftpException>(() => opening.WaitAsync(Patience));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.Equal("peer", error.Host);
        Assert.Contains("open failed", error.Message, StringComparison.Ordinal);
        Assert.NotNull(await peer.OpenAsync());
    }

    [Fact]
    public async Task An_opening_that_is_not_answered_is_a_timeout_and_is_closed_if_the_answer_comes_late()
    {
        await using var peer = await ScriptedPeer.StartAsync(replyTimeout: TimeSpan.FromMilliseconds(100));
        var opening = peer.Multiplexer.OpenSessionAsync(new SshChannelSettings(), default);
        var id = ScriptedPeer.ReadOpening(await peer.ExpectAsync(ChannelMessageType.ChannelOpen));

        var error = await Assert.ThrowsAsync<SftpException>(() => opening.WaitAsync(Patience));
        Assert.Equal(SftpErrorCode.Timeout, error.Code);

        await peer.SendAsync(ScriptedPeer.Confirmation(id, 1000, 1000));
        Assert.Equal(1000 + id, (await peer.ExpectAsync(ChannelMessageType.ChannelClose)).Recipient);
    }

    [Fact]
    public async Task A_cancelled_opening_is_closed_when_the_answer_comes()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var opening = peer.Multiplexer.OpenSessionAsync(new SshChannelSettings(), cancellation.Token);
        var id = ScriptedPeer.ReadOpening(await peer.ExpectAsync(ChannelMessageType.ChannelOpen));

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(Patience));
        await peer.SendAsync(ScriptedPeer.Confirmation(id, 1000, 1000));
        Assert.Equal(1000 + id, (await peer.ExpectAsync(ChannelMessageType.ChannelClose)).Recipient);
    }

    [Fact]
    public async Task Data_is_sent_in_packets_that_the_peer_takes_and_stops_at_the_end_of_its_window()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync(window: 250, maxPacket: 100);
        await using var stream = SshChannelStream.Duplex(channel);

        var writing = stream.WriteAsync(new byte[300]).AsTask();

        Assert.Equal([100, 100, 50], await ReceiveDataAsync(3));
        await peer.ExpectSilenceAsync();
        Assert.False(writing.IsCompleted);
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelWindowAdjust, channel.LocalId).Add(30));
        Assert.Equal([30], await ReceiveDataAsync(1));
        await peer.ExpectSilenceAsync();
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelWindowAdjust, channel.LocalId).Add(1000));
        Assert.Equal([20], await ReceiveDataAsync(1));
        await writing.WaitAsync(Patience);

        async Task<List<int>> ReceiveDataAsync(int count)
        {
            var lengths = new List<int>();
            for (var i = 0; i < count; i++)
                lengths.Add(ReadData(await peer.ExpectAsync(ChannelMessageType.ChannelData)).Length);
            return lengths;
        }
    }

    [Fact]
    public async Task The_peer_gets_more_window_when_the_reader_has_read_a_sixteenth_of_it_and_not_before()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync(new SshChannelSettings { ReceiveWindow = 1600, MaxPacket = 1600 });
        await using var stream = SshChannelStream.Duplex(channel);
        await peer.SendAsync(ScriptedPeer.Data(channel.LocalId, 1600));

        await stream.ReadExactlyAsync(new byte[99]).AsTask().WaitAsync(Patience);
        await peer.ExpectSilenceAsync();
        await stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);

        var adjust = await peer.ExpectAsync(ChannelMessageType.ChannelWindowAdjust);
        Assert.Equal(100u, ReadAmount(adjust));
        await peer.SendAsync(ScriptedPeer.Data(channel.LocalId, 100));
        await stream.ReadExactlyAsync(new byte[1500]).AsTask().WaitAsync(Patience);
        Assert.Equal(1500u, ReadAmount(await peer.ExpectAsync(ChannelMessageType.ChannelWindowAdjust)));
        await stream.ReadExactlyAsync(new byte[100]).AsTask().WaitAsync(Patience);
        Assert.Equal(100u, ReadAmount(await peer.ExpectAsync(ChannelMessageType.ChannelWindowAdjust)));
    }

    [Fact]
    public async Task Error_output_that_nobody_wants_gives_its_window_back_by_itself()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync(new SshChannelSettings { ReceiveWindow = 1000, MaxPacket = 1000, KeepsErrorOutput = false });

        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelExtendedData, channel.LocalId).Add(1).Add(new string('e', 600)));

        Assert.Equal(600u, ReadAmount(await peer.ExpectAsync(ChannelMessageType.ChannelWindowAdjust)));
    }

    [Fact]
    public async Task Data_that_came_before_the_end_is_read_before_the_end()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await using var command = new MuxCommand(await peer.OpenAsync());

        await peer.SendAsync(ScriptedPeer.Data(0, 3, (byte)'a'));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelExtendedData, 0).Add(1).Add("err"));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelRequest, 0).Add("exit-status").Add(false).Add(42));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelEof, 0));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelClose, 0));

        Assert.Equal(new RemoteCommandExit(42, null), await command.Completion.WaitAsync(Patience));
        Assert.Equal("aaa", await ReadAllAsync(command.StandardOutput));
        Assert.Equal("err", await ReadAllAsync(command.StandardError));
        Assert.Equal(1000u, (await peer.ExpectAsync(ChannelMessageType.ChannelClose)).Recipient);
    }

    [Fact]
    public async Task The_end_of_the_input_is_sent_once_and_the_output_goes_on()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await using var command = new MuxCommand(await peer.OpenAsync());

        await command.StandardInput.WriteAsync(new byte[5]);
        await command.StandardInput.DisposeAsync();
        await command.StandardInput.DisposeAsync();

        await peer.ExpectAsync(ChannelMessageType.ChannelData);
        await peer.ExpectAsync(ChannelMessageType.ChannelEof);
        await peer.ExpectSilenceAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => command.StandardInput.WriteAsync(new byte[1]).AsTask());
        await peer.SendAsync(ScriptedPeer.Data(0, 2, (byte)'x'));
        await command.StandardOutput.ReadExactlyAsync(new byte[2]).AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_signal_that_ended_the_command_is_reported_without_an_exit_code()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await using var command = new MuxCommand(await peer.OpenAsync());

        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelRequest, 0)
            .Add("exit-signal").Add(false).Add("SEGV").Add(true).Add("").Add(""));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelClose, 0));

        Assert.Equal(new RemoteCommandExit(null, "SEGV"), await command.Completion.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_signal_request_carries_its_name_and_wants_no_answer()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await using var command = new MuxCommand(await peer.OpenAsync());

        await command.SendSignalAsync("INT");

        var message = await peer.ExpectAsync(ChannelMessageType.ChannelRequest);
        Assert.Equal(("signal", false, "INT"), ReadRequest(message));
    }

    [Fact]
    public async Task A_command_is_started_with_its_environment_first()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await using var factory = new MuxChannelFactory(peer.Multiplexer, _ => Task.FromResult(peer.Multiplexer), 1 << 20);
        var starting = factory.ExecuteAsync(
            new RemoteCommandRequest("date") { Environment = new Dictionary<string, string> { ["TZ"] = "UTC" } }, default);
        await peer.SendAsync(ScriptedPeer.Confirmation(ScriptedPeer.ReadOpening(await peer.ReceiveAsync()), 1000, 1000));

        Assert.Equal(("env", false, "TZ"), ReadRequest(await peer.ExpectAsync(ChannelMessageType.ChannelRequest)));
        Assert.Equal(("exec", true, "date"), ReadRequest(await peer.ExpectAsync(ChannelMessageType.ChannelRequest)));
        Assert.False(starting.IsCompleted);
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelSuccess, 0));
        Assert.NotNull(await starting.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_subsystem_has_a_connection_for_itself_which_ends_with_it()
    {
        await using var commands = await ScriptedPeer.StartAsync();
        await using var files = await ScriptedPeer.StartAsync();
        await using var factory = new MuxChannelFactory(commands.Multiplexer, _ => Task.FromResult(files.Multiplexer), 1 << 20);
        var starting = factory.OpenSubsystemAsync("sftp", default);
        await files.SendAsync(ScriptedPeer.Confirmation(ScriptedPeer.ReadOpening(await files.ReceiveAsync()), 1000, 1000));
        await files.ExpectAsync(ChannelMessageType.ChannelRequest);
        // The answer takes a way back that the first data need not wait for.
        var stream = await starting.WaitAsync(Patience);
        await files.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelSuccess, 0));

        await stream.DisposeAsync();

        await files.ExpectAsync(ChannelMessageType.ChannelClose);
        Assert.True(files.Multiplexer.IsConnected);
        await files.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelClose, 0));
        for (var i = 0; i < 100 && files.Multiplexer.IsConnected; i++)
            await Task.Delay(50);
        Assert.False(files.Multiplexer.IsConnected);
        Assert.True(factory.IsConnected);
    }

    [Fact]
    public async Task Ending_the_factory_ends_the_connections_of_subsystems()
    {
        await using var commands = await ScriptedPeer.StartAsync();
        await using var files = await ScriptedPeer.StartAsync();
        var factory = new MuxChannelFactory(commands.Multiplexer, _ => Task.FromResult(files.Multiplexer), 1 << 20);
        var starting = factory.OpenSubsystemAsync("sftp", default);
        await files.SendAsync(ScriptedPeer.Confirmation(ScriptedPeer.ReadOpening(await files.ReceiveAsync()), 1000, 1000));
        await files.ExpectAsync(ChannelMessageType.ChannelRequest);
        await files.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelSuccess, 0));
        await using var stream = await starting.WaitAsync(Patience);
        Assert.True(factory.IsAnyConnected);

        await factory.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.False(factory.IsAnyConnected);
        await Assert.ThrowsAsync<SftpException>(() => stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_refused_subsystem_is_unavailable_for_good_and_its_channel_is_closed()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await using var factory = new MuxChannelFactory(peer.Multiplexer, _ => throw NoMoreConnections(), 1 << 20);
        var starting = factory.OpenSubsystemAsync("sftp", default);
        await peer.SendAsync(ScriptedPeer.Confirmation(ScriptedPeer.ReadOpening(await peer.ReceiveAsync()), 1000, 1000));
        Assert.Equal(("subsystem", true, "sftp"), ReadRequest(await peer.ExpectAsync(ChannelMessageType.ChannelRequest)));

        var stream = await starting.WaitAsync(Patience);
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelFailure, 0));

        var error = await Assert.ThrowsAsync<SftpException>(() => stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience));
        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.False(error.IsTransient);
        await stream.DisposeAsync();
        await peer.ExpectAsync(ChannelMessageType.ChannelClose);
    }

    [Fact]
    public async Task Data_for_a_channel_that_we_have_closed_is_dropped_until_the_peer_closes_it()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        var channel = await peer.OpenAsync(new SshChannelSettings { ReceiveWindow = 1000, MaxPacket = 1000 });
        await channel.DisposeAsync();
        await peer.ExpectAsync(ChannelMessageType.ChannelClose);

        await peer.SendAsync(ScriptedPeer.Data(0, 900));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelRequest, 0).Add("exit-status").Add(false).Add(1));
        await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelClose, 0));
        await peer.ExpectSilenceAsync();

        Assert.NotNull(await peer.OpenAsync());
        Assert.True(peer.Multiplexer.IsConnected);
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_loses_no_data()
    {
        await using var peer = await ScriptedPeer.StartAsync();
        await using var stream = SshChannelStream.Duplex(await peer.OpenAsync());
        using (var cancellation = new CancellationTokenSource(50))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.ReadAsync(new byte[10], cancellation.Token).AsTask());

        await peer.SendAsync(ScriptedPeer.Data(0, 4, (byte)'z'));

        var buffer = new byte[4];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience);
        Assert.Equal("zzzz"u8.ToArray(), buffer);
    }

    [Fact]
    public async Task Megabytes_in_both_directions_arrive_unchanged_and_in_order()
    {
        const int total = 8 * 1024 * 1024;
        await using var peer = await ScriptedPeer.StartAsync();
        await using var stream = SshChannelStream.Duplex(await peer.OpenAsync(window: 1 << 20, maxPacket: 5000));
        var sent = new byte[total];
        new Random(1).NextBytes(sent);
        var received = new byte[total];

        var echo = EchoAsync();
        var writing = stream.WriteAsync(sent).AsTask();
        await stream.ReadExactlyAsync(received).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await writing.WaitAsync(Patience);

        Assert.True(sent.AsSpan().SequenceEqual(received));
        await peer.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => echo.WaitAsync(Patience));

        // Sends back what comes, and keeps to the window that it is given.
        async Task EchoAsync()
        {
            var window = (long)SshChannelSettings.DefaultWindow;
            var waiting = new Queue<byte[]>();
            while (true)
            {
                var message = await peer.ReceiveAsync();
                if (message.Type == ChannelMessageType.ChannelWindowAdjust)
                {
                    window += ReadAmount(message);
                }
                else
                {
                    var data = ReadData(message);
                    waiting.Enqueue(data);
                    await peer.SendAsync(ScriptedPeer.Message(ChannelMessageType.ChannelWindowAdjust, 0).Add((uint)data.Length));
                }

                while (waiting.TryPeek(out var next) && next.Length <= window)
                {
                    window -= next.Length;
                    waiting.Dequeue();
                    var frame = new byte[14 + next.Length];
                    System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame, 10 + next.Length);
                    frame[5] = (byte)ChannelMessageType.ChannelData;
                    System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(10), next.Length);
                    next.CopyTo(frame, 14);
                    await peer.SendAsync(frame);
                }
            }
        }
    }

    private static string ReadOpen(ReceivedMessage message, out uint id, out uint window, out uint maxPacket)
    {
        var reader = message.Read();
        var type = reader.ReadText();
        (id, window, maxPacket) = (reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        return type;
    }

    private static byte[] ReadData(ReceivedMessage message)
    {
        var reader = message.Read();
        reader.ReadUInt32();
        return reader.ReadBytes().ToArray();
    }

    private static uint ReadAmount(ReceivedMessage message)
    {
        var reader = message.Read();
        reader.ReadUInt32();
        return reader.ReadUInt32();
    }

    private static (string Name, bool WantsReply, string Argument) ReadRequest(ReceivedMessage message)
    {
        var reader = message.Read();
        reader.ReadUInt32();
        return (reader.ReadText(), reader.ReadBoolean(), reader.ReadText());
    }

    private static async Task<string> ReadAllAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().WaitAsync(Patience);
    }

    private static SftpException NoMoreConnections() => new(SftpErrorCode.Unsupported, "The master takes no more connections.");
}
