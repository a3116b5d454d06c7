using System.Text;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Client;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Tests.Client;

public sealed class HostileServerTests : IAsyncLifetime
{
    private static readonly RemotePath Path = new("/file");
    private readonly ScriptedServer _server = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("Welcome to example.org!\nToday is Monday.\n")]
    [InlineData("\x1b[2J\x1b[1;31mhello")]
    public async Task Text_of_a_login_script_is_recognised_and_shown_without_control_characters(string text)
    {
        var connecting = _server.ConnectRawAsync();
        await _server.SendRawAsync(Encoding.UTF8.GetBytes(text));

        var error = await Assert.ThrowsAsync<SftpException>(() => connecting);

        Assert.Equal(SftpErrorCode.ProtocolViolation, error.Code);
        Assert.Contains(text[^6..].Trim(), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.Contains(".bashrc", error.Advice, StringComparison.Ordinal);
        Assert.Equal("scripted", error.Host);
    }

    [Fact]
    public async Task A_server_of_another_version_is_refused()
    {
        var connecting = _server.ConnectRawAsync();
        await _server.SendAsync(SftpPacketType.Version, (ref PacketWriter writer) => writer.Write(2u));

        await ThrowsAsync(SftpErrorCode.Unsupported, connecting);
    }

    [Fact]
    public async Task A_stream_that_ends_before_the_version_is_a_lost_connection()
    {
        var connecting = _server.ConnectRawAsync();
        await _server.CloseAsync();

        await ThrowsAsync(SftpErrorCode.ConnectionLost, connecting);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0x40000u + 1025)]
    [InlineData(uint.MaxValue)]
    public async Task A_packet_of_an_impossible_length_is_a_violation(uint length)
    {
        await using var client = await _server.ConnectAsync();
        var call = client.StatAsync(Path, _server.Token);
        await _server.ReadRequestAsync();

        await _server.SendRawAsync([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);

        await ThrowsAsync(SftpErrorCode.ProtocolViolation, call);
        Assert.False(client.IsConnected);
    }

    [Fact]
    public async Task An_answer_to_a_request_that_was_not_asked_is_a_violation()
    {
        await using var client = await _server.ConnectAsync();
        var call = client.StatAsync(Path, _server.Token);
        var (_, id, _) = await _server.ReadRequestAsync();

        await _server.ReplyAsync(SftpPacketType.Attrs, id + 1, (ref PacketWriter writer) => writer.Write(RemoteFileAttributes.None));

        await ThrowsAsync(SftpErrorCode.ProtocolViolation, call);
    }

    [Theory]
    [InlineData((byte)SftpPacketType.Data)]
    [InlineData((byte)SftpPacketType.Handle)]
    [InlineData((byte)77)]
    public async Task An_answer_of_the_wrong_type_is_a_violation(byte type)
    {
        await using var client = await _server.ConnectAsync();
        var call = client.StatAsync(Path, _server.Token);
        var (_, id, _) = await _server.ReadRequestAsync();

        await _server.ReplyAsync((SftpPacketType)type, id, (ref PacketWriter writer) => writer.Write("x"));

        await ThrowsAsync(SftpErrorCode.ProtocolViolation, call);
    }

    [Fact]
    public async Task A_field_that_is_longer_than_its_packet_is_a_violation()
    {
        await using var client = await _server.ConnectAsync();
        var call = client.ReadLinkAsync(Path, _server.Token);
        var (_, id, _) = await _server.ReadRequestAsync();

        await _server.ReplyAsync(SftpPacketType.Name, id, (ref PacketWriter writer) =>
        {
            writer.Write(1u);
            writer.Write(0xFFFFFFFFu);
        });

        await ThrowsAsync(SftpErrorCode.ProtocolViolation, call);
    }

    [Fact]
    public async Task A_listing_that_announces_more_entries_than_fit_is_a_violation()
    {
        await using var client = await _server.ConnectAsync();
        var listing = Task.Run(async () =>
        {
            await foreach (var _ in client.ReadDirectoryAsync(Path, _server.Token))
            {
            }
        });
        var (_, open, _) = await _server.ReadRequestAsync();
        await _server.ReplyAsync(SftpPacketType.Handle, open, (ref PacketWriter writer) => writer.Write("h"));
        var (_, read, _) = await _server.ReadRequestAsync();

        await _server.ReplyAsync(SftpPacketType.Name, read, (ref PacketWriter writer) => writer.Write(uint.MaxValue));

        await ThrowsAsync(SftpErrorCode.ProtocolViolation, listing);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32 * 1024 + 1)]
    public async Task Data_of_no_length_or_more_than_was_asked_for_is_a_violation(int length)
    {
        await using var client = await _server.ConnectAsync();
        await using var file = await OpenAsync(client);
        var reading = file.ReadRangeAsync(0, long.MaxValue, (_, _, _) => default, _server.Token);
        var (_, read, _) = await _server.ReadRequestAsync();

        await _server.ReplyAsync(SftpPacketType.Data, read, (ref PacketWriter writer) => writer.Write(new byte[length].AsSpan()));

        await ThrowsAsync(SftpErrorCode.ProtocolViolation, reading);
    }

    [Fact]
    public async Task A_handle_of_more_than_256_bytes_is_a_violation()
    {
        await using var client = await _server.ConnectAsync();
        var opening = client.OpenAsync(Path, RemoteOpenFlags.Read, null, _server.Token);
        var (_, open, _) = await _server.ReadRequestAsync();

        await _server.ReplyAsync(SftpPacketType.Handle, open, (ref PacketWriter writer) => writer.Write(new byte[257].AsSpan()));

        await ThrowsAsync(SftpErrorCode.ProtocolViolation, opening);
    }

    [Fact]
    public async Task Everything_that_waits_fails_when_the_connection_ends()
    {
        await using var client = await _server.ConnectAsync();
        var calls = Enumerable.Range(0, 5).Select(_ => client.StatAsync(Path, _server.Token)).ToArray();
        for (var i = 0; i < calls.Length; i++)
            await _server.ReadRequestAsync();

        await _server.CloseAsync();

        foreach (var call in calls)
            await ThrowsAsync(SftpErrorCode.ConnectionLost, call);
        await ThrowsAsync(SftpErrorCode.ConnectionLost, client.StatAsync(Path, _server.Token));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_after_the_time_limit()
    {
        await using var client = await _server.ConnectAsync(TimeSpan.FromMilliseconds(300));

        var error = await ThrowsAsync(SftpErrorCode.Timeout, client.StatAsync(Path, _server.Token));

        Assert.True(error.IsTransient);
        Assert.False(client.IsConnected);
    }

    [Fact]
    public async Task A_channel_without_requests_may_be_silent_for_longer_than_the_time_limit()
    {
        await using var client = await _server.ConnectAsync(TimeSpan.FromMilliseconds(200));
        await Task.Delay(600);

        var call = client.StatAsync(Path, _server.Token);
        var (_, id, _) = await _server.ReadRequestAsync();
        await _server.ReplyAsync(SftpPacketType.Attrs, id, (ref PacketWriter writer) => writer.Write(new RemoteFileAttributes { Size = 7 }));

        Assert.Equal(7, (await call).Size);
    }

    [Fact]
    public async Task A_handle_that_arrives_after_the_caller_gave_up_is_closed()
    {
        await using var client = await _server.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var opening = client.OpenAsync(Path, RemoteOpenFlags.Read, null, cancellation.Token);
        var (_, open, _) = await _server.ReadRequestAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);

        await _server.ReplyAsync(SftpPacketType.Handle, open, (ref PacketWriter writer) => writer.Write("late"));

        var (type, _, rest) = await _server.ReadRequestAsync();
        Assert.Equal(SftpPacketType.Close, type);
        Assert.Equal("late", Encoding.UTF8.GetString(rest[4..]));
    }

    [Fact]
    public async Task Answers_may_come_in_any_order()
    {
        await using var client = await _server.ConnectAsync();
        await using var file = await OpenAsync(client);
        using var content = new MemoryStream();
        var reading = file.ReadRangeAsync(0, 3 * 32 * 1024, (_, block, token) => content.WriteAsync(block, token), _server.Token);
        var requests = new[] { await _server.ReadRequestAsync(), await _server.ReadRequestAsync(), await _server.ReadRequestAsync() };

        foreach (var i in new[] { 2, 0, 1 })
        {
            var data = new byte[32 * 1024];
            data.AsSpan().Fill((byte)(i + 1));
            await _server.ReplyAsync(SftpPacketType.Data, requests[i].Id, (ref PacketWriter writer) => writer.Write(data.AsSpan()));
        }

        Assert.Equal(3 * 32 * 1024, await reading);
        Assert.Equal([1, 2, 3], content.ToArray().Chunk(32 * 1024).Select(block => block[0]));
    }

    [Fact]
    public async Task A_write_acknowledged_out_of_order_counts_only_up_to_the_first_gap()
    {
        await using var client = await _server.ConnectAsync();
        await using var file = await OpenAsync(client);
        var left = 3;
        var writing = file.WriteRangeAsync(
            0, long.MaxValue, (_, buffer, _) => ValueTask.FromResult(left-- > 0 ? buffer.Length : 0), null, _server.Token);
        var ids = new[] { await _server.ReadRequestAsync(), await _server.ReadRequestAsync(), await _server.ReadRequestAsync() };

        await StatusAsync(ids[2].Id, SftpStatusCode.Ok);
        await StatusAsync(ids[0].Id, SftpStatusCode.Ok);
        await StatusAsync(ids[1].Id, SftpStatusCode.PermissionDenied);

        await ThrowsAsync(SftpErrorCode.PermissionDenied, writing);
        Assert.Equal(32 * 1024, file.AcknowledgedLength);
    }

    [Theory]
    [InlineData((uint)SftpStatusCode.NoSuchFile, SftpErrorCode.NotFound)]
    [InlineData((uint)SftpStatusCode.PermissionDenied, SftpErrorCode.PermissionDenied)]
    [InlineData((uint)SftpStatusCode.Failure, SftpErrorCode.Unknown)]
    [InlineData((uint)SftpStatusCode.BadMessage, SftpErrorCode.InvalidArgument)]
    [InlineData((uint)SftpStatusCode.ConnectionLost, SftpErrorCode.ConnectionLost)]
    [InlineData((uint)SftpStatusCode.OpUnsupported, SftpErrorCode.Unsupported)]
    [InlineData((uint)SftpStatusCode.FileAlreadyExists, SftpErrorCode.AlreadyExists)]
    [InlineData((uint)SftpStatusCode.NoSpaceOnFilesystem, SftpErrorCode.DiskFull)]
    [InlineData((uint)SftpStatusCode.QuotaExceeded, SftpErrorCode.QuotaExceeded)]
    [InlineData((uint)SftpStatusCode.DirNotEmpty, SftpErrorCode.NotEmpty)]
    [Trait("Requirement", "UT-030C-14")]
    [Trait("Requirement", "NFR-030C-29")]
    [Trait("Requirement", "SFTP-020")]
    [Trait("Requirement", "SFTP-021")]
    [Trait("Requirement", "SFTP-022")]
    public async Task Each_status_has_its_error_code_with_path_and_host(uint status, SftpErrorCode code)
    {
        await using var client = await _server.ConnectAsync();
        var call = client.StatAsync(Path, _server.Token);
        var (_, id, _) = await _server.ReadRequestAsync();

        await StatusAsync(id, (SftpStatusCode)status, "some\x1b[31mthing");

        var error = await ThrowsAsync(code, call);
        Assert.Equal("/file", error.Path);
        Assert.Equal("scripted", error.Host);
        Assert.Contains("/file", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task A_status_without_message_and_language_is_understood()
    {
        await using var client = await _server.ConnectAsync();
        var call = client.RemoveFileAsync(Path, _server.Token);
        var (_, id, _) = await _server.ReadRequestAsync();

        await _server.ReplyAsync(SftpPacketType.Status, id, (ref PacketWriter writer) => writer.Write(0u));

        await call;
    }

    [Fact]
    public async Task Random_answers_end_in_an_error_and_never_in_a_hang()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            await using var server = new ScriptedServer();
            await using var client = await server.ConnectAsync();
            var call = client.StatAsync(Path, server.Token);
            var (_, id, _) = await server.ReadRequestAsync();
            var random = new Random(seed);
            var junk = new byte[random.Next(0, 64)];
            random.NextBytes(junk);
            var types = new[] { SftpPacketType.Status, SftpPacketType.Attrs, SftpPacketType.Name, SftpPacketType.Data };

            await server.ReplyAsync(types[seed % 4], id, (ref PacketWriter writer) => writer.Write(junk.AsSpan()));
            await server.CloseAsync();

            // Junk may happen to be attributes; anything else is an error of the one family.
            var error = await Record.ExceptionAsync(() => call);
            Assert.True(error is null or SftpException, $"seed {seed}: {error}");
        }
    }

    [Fact]
    public async Task Extensions_that_were_not_announced_are_not_used()
    {
        await using var client = await _server.ConnectAsync();

        await ThrowsAsync(SftpErrorCode.Unsupported, client.PosixRenameAsync(Path, Path, _server.Token));
        await ThrowsAsync(SftpErrorCode.Unsupported, client.GetStatisticsAsync(Path, _server.Token));

        _ = client.StatAsync(Path, _server.Token);
        Assert.Equal(SftpPacketType.Stat, (await _server.ReadRequestAsync()).Type);
    }

    private async Task<IRemoteFile> OpenAsync(SftpClient client)
    {
        var opening = client.OpenAsync(Path, RemoteOpenFlags.Read, null, _server.Token);
        var (_, open, _) = await _server.ReadRequestAsync();
        await _server.ReplyAsync(SftpPacketType.Handle, open, (ref PacketWriter writer) => writer.Write("h"));
        return await opening;
    }

    private Task StatusAsync(uint id, SftpStatusCode code, string message = "") =>
        _server.ReplyAsync(SftpPacketType.Status, id, (ref PacketWriter writer) =>
        {
            writer.Write((uint)code);
            writer.Write(message);
            writer.Write("");
        });

    private static async Task<SftpException> ThrowsAsync(SftpErrorCode code, Task task)
    {
        var error = await Assert.ThrowsAsync<SftpException>(() => task);
        Assert.Equal(code, error.Code);
        return error;
    }
}
