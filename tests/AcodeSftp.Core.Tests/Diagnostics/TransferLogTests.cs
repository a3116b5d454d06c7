using AcodeSftp.Connections;
using AcodeSftp.Diagnostics;
using AcodeSftp.FileTransfer;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;
using Microsoft.Extensions.Logging;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.Diagnostics;

/// <summary>Real transfers on the embedded host, and what the log file says of them.</summary>
public sealed class TransferLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("acode-").FullName;
    private readonly SftpLogSwitch _log = new();
    private JsonLinesLoggerProvider? _file;

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(TransferDirection.Upload)]
    [InlineData(TransferDirection.Download)]
    [Trait("Requirement", "NFR-030C-21")]
    public async Task Every_line_of_a_transfer_is_json_with_its_id_source_and_destination(TransferDirection direction)
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        var isUpload = direction == TransferDirection.Upload;
        var observer = new IdObserver();
        var contents = new[] { RandomBytes(200_000, 1), RandomBytes(0, 2) };
        for (var i = 0; i < contents.Length; i++)
        {
            if (isUpload)
                server.WriteLocal($"tree/sub/{i}", contents[i]);
            else
                server.Host.WriteFile($"/home/user/tree/sub/{i}", contents[i]);
        }

        var local = server.Local("tree");
        const string Remote = "sftp://user@host:22/home/user/tree";
        if (isUpload)
            await channel.UploadAsync(local, "/home/user/tree", server.Upload with { Observer = observer }, null, server.Token);
        else
            await channel.DownloadAsync("/home/user/tree", local, server.Download with { Observer = observer }, null, server.Token);
        var lines = ReadLog().Where(line => line.Category == "AcodeSftp.FileTransfer").ToList();

        Assert.Equal("TransferStarted", lines[0].EventName);
        Assert.Equal("TransferEnded", lines[^1].EventName);
        Assert.Equal(4, lines.Count);
        Assert.All(lines, line => Assert.Equal(observer.Id, line.CorrelationId));
        Assert.All([lines[0], lines[^1]], line =>
        {
            Assert.Equal(isUpload ? local : Remote, line.FieldText("Source"));
            Assert.Equal(isUpload ? Remote : local, line.FieldText("Destination"));
            Assert.Equal(direction.ToString(), line.FieldText("Direction"));
        });
        var files = lines.Where(line => line.EventName == "FileArrived").OrderBy(line => line.FieldText("Source"), StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);
        for (var i = 0; i < files.Count; i++)
        {
            Assert.Equal(isUpload ? Path.Join(local, "sub", $"{i}") : $"{Remote}/sub/{i}", files[i].FieldText("Source"));
            Assert.Equal(isUpload ? $"{Remote}/sub/{i}" : Path.Join(local, "sub", $"{i}"), files[i].FieldText("Destination"));
            Assert.Equal(contents[i].Length, files[i].Field("Size").GetInt64());
        }

        var end = lines[^1];
        Assert.Equal("success", end.FieldText("Outcome"));
        Assert.Equal("Information", end.Level);
        Assert.Equal((2, 0, 200_000), (end.Field("Files").GetInt32(), end.Field("FailedFiles").GetInt32(), end.Field("Bytes").GetInt32()));
        Assert.True(end.Field("DurationSeconds").GetDouble() > 0);
        Assert.True(end.Field("BytesPerSecond").GetDouble() > 0);
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-30")]
    public async Task A_checksum_that_agrees_is_logged_with_the_file()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        var content = RandomBytes(100_000);

        await channel.UploadAsync(server.WriteLocal("a", content), "a", server.Upload, null, server.Token);
        await channel.UploadAsync(server.Local("a"), "b", server.Upload with { VerifyChecksum = false }, null, server.Token);

        var files = ReadLog().Where(line => line.EventName == "FileArrived").ToList();
        Assert.Equal(["Checksum", "Size"], files.Select(line => line.FieldText("Verification")));
        Assert.Equal(Sha256(content), files[0].FieldText("Checksum"));
        Assert.Equal([true, false], ReadLog().Where(line => line.EventName == "TransferEnded").Select(line => line.Field("ChecksumVerified").GetBoolean()));
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-30")]
    public async Task A_checksum_that_does_not_agree_is_logged_each_time()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        server.Host.Options.OnWrite = (_, _, data) => data.Span[0] ^= 1;

        await channel.UploadAsync(server.WriteLocal("a", RandomBytes(1000)), "a", server.Upload, null, server.Token);

        var lines = ReadLog().Where(line => line.Category == "AcodeSftp.FileTransfer").ToList();
        Assert.Equal(["TransferStarted", "FileRepeated", "FileFailed", "TransferEnded"], lines.Select(line => line.EventName));
        Assert.Equal(["Information", "Warning", "Error", "Warning"], lines.Select(line => line.Level));
        Assert.Contains("SHA-256", lines[1].FieldText("Reason"), StringComparison.Ordinal);
        Assert.Equal("ChecksumMismatch", lines[2].FieldText("ErrorType"));
        Assert.Equal("ChecksumMismatch", lines[2].Exception.GetProperty("code").GetString());
        Assert.Equal(server.Local("a"), lines[2].FieldText("Source"));
        Assert.Equal("failure", lines[3].FieldText("Outcome"));
    }

    [Fact]
    public async Task A_file_that_is_continued_says_from_where()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(8_000_000));
        await BreakOffAsync(server, channel, local);

        var result = await channel.UploadAsync(local, "a", server.Upload, null, server.Token);

        var resumedFrom = Assert.Single(result.Files).ResumedFrom;
        Assert.True(resumedFrom > 0);
        var lines = ReadLog();
        Assert.Equal(["failure", "success"], lines.Where(line => line.EventName == "TransferEnded").Select(line => line.FieldText("Outcome")));
        Assert.Equal("ConnectionLost", Assert.Single(lines, line => line.EventName == "FileFailed").FieldText("ErrorCode"));
        var resumed = Assert.Single(lines, line => line.EventName == "FileResumed");
        Assert.Equal(resumedFrom, resumed.Field("Offset").GetInt64());
        Assert.Equal(8_000_000, resumed.Field("Size").GetInt64());
        Assert.Equal(lines[^1].CorrelationId, resumed.CorrelationId);
        Assert.True(lines[^1].Field("Resumed").GetBoolean());
    }

    [Fact]
    public async Task A_transfer_that_is_cancelled_or_of_which_a_part_fails_says_so()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        using var cancelled = new CancellationTokenSource();
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Write")
                cancelled.Cancel();
        };
        var local = server.WriteLocal("a", RandomBytes(4_000_000));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.UploadAsync(local, "a", server.Upload, null, cancelled.Token));
        server.Host.Options.OnRequest = null;

        await channel.UploadBatchAsync([(local, "b"), (server.Local("missing"), "c")], server.Upload, null, server.Token);

        var ends = ReadLog().Where(line => line.EventName == "TransferEnded").ToList();
        Assert.Equal(["cancelled", "partial"], ends.Select(line => line.FieldText("Outcome")));
        Assert.Equal(["Warning", "Warning"], ends.Select(line => line.Level));
        Assert.Equal("2 paths", ends[1].FieldText("Source"));
        Assert.Equal("2 paths on sftp://user@host:22", ends[1].FieldText("Destination"));
        var failed = Assert.Single(ReadLog(), line => line.EventName == "FileFailed");
        Assert.Equal((server.Local("missing"), "FileNotFound"), (failed.FieldText("Source")!, failed.FieldText("ErrorType")!));
    }

    [Fact]
    public async Task A_file_that_was_under_way_when_the_time_was_up_is_logged_as_well()
    {
        var (server, channel) = await StartLoggedAsync(options => options.Latency = TimeSpan.FromMilliseconds(300));
        await using var _ = server;
        server.WriteLocal("tree/a", RandomBytes(1000));

        await channel.UploadAsync(
            server.Local("tree"),
            "tree",
            server.Upload with { Timeout = TimeSpan.FromMilliseconds(600) },
            null,
            server.Token);

        var lines = ReadLog();
        Assert.Contains(lines, line => line.EventName == "FileFailed" && line.FieldText("ErrorType") == "Timeout");
        Assert.Equal("failure", lines.Last(line => line.EventName == "TransferEnded").FieldText("Outcome"));
    }

    [Fact]
    public async Task What_keeps_no_file_from_arriving_is_a_warning_in_the_log()
    {
        var (server, channel) = await StartLoggedAsync(options => options.RefuseSetAttributes = true);
        await using var _ = server;

        var result = await channel.UploadAsync(server.WriteLocal("a"), "a", server.Upload, null, server.Token);

        Assert.NotEmpty(result.Warnings);
        Assert.Equal(result.Warnings, ReadLog().Where(line => line.EventName == "TransferWarning").Select(line => line.FieldText("Reason")));
    }

    [Fact]
    public async Task Names_that_a_terminal_could_take_for_commands_are_logged_harmlessly()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a\x1b[2J\u202Eb\nc", "content");

        await channel.DownloadAsync("/home/user/a\x1b[2J\u202Eb\nc", server.Local("a"), server.Download, null, server.Token);

        var text = File.ReadAllText(_file!.Path);
        Assert.DoesNotContain('\x1b', text);
        Assert.DoesNotContain('\u202E', text);
        var file = Assert.Single(ReadLog(), line => line.EventName == "FileArrived");
        Assert.Equal("sftp://user@host:22/home/user/a\\x1b[2J\\u202eb\\nc", file.FieldText("Source"));
    }

    [Fact]
    public async Task Lines_of_the_session_belong_to_the_transfer_that_needed_it_and_to_no_later_one()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        var session = server.Sessions[0];
        await session.CloseAsync();
        var lost = new TaskCompletionSource();
        session.StateChanged += (_, change) =>
        {
            if (change.NewState == SftpSessionState.Degraded)
                lost.TrySetResult();
        };

        await channel.UploadAsync(server.WriteLocal("a"), "a", server.Upload, null, server.Token);
        server.Host.DropConnections();
        await lost.Task.WaitAsync(server.Token);

        var lines = ReadLog();
        var transfer = lines.First(line => line.EventName == "TransferStarted").CorrelationId;
        var states = lines.Where(line => line.FieldText("NewState") is not null).ToDictionary(line => line.FieldText("OldState") + line.FieldText("NewState"));
        Assert.Equal(transfer, states["ClosedReconnecting"].CorrelationId);
        Assert.Equal(transfer, states["ReconnectingConnected"].CorrelationId);
        Assert.Null(states["ConnectedDegraded"].CorrelationId);
        Assert.Null(states["ConnectingConnected"].CorrelationId);
    }

    [Fact]
    public async Task What_a_connection_does_in_the_background_belongs_to_no_transfer()
    {
        var (server, _) = await StartLoggedAsync();
        await using var _ = server;
        var transport = new TalkativeTransport(_log.CreateLogger("transport"));
        await using var session = new SftpSession(
            9,
            null,
            new SshConnectionOptions { HostName = "host", UserName = "user" },
            new SshTransportChoice(transport, "for a test"),
            new SftpSessionSettings { LoggerFactory = _log });
        await using var channel = await session.OpenSftpAsync(server.Token);
        await session.CloseAsync();

        await channel.UploadAsync(server.WriteLocal("a"), "a", server.Upload, null, server.Token);
        await transport.LastTalk.WaitAsync(server.Token);

        var lines = ReadLog();
        Assert.Equal([null, null], lines.Where(line => line.Category == "transport").Select(line => line.CorrelationId));
        Assert.NotNull(Assert.Single(lines, line => line.FieldText("NewState") == "Reconnecting").CorrelationId);
    }

    [Fact]
    public async Task Transfers_at_the_same_time_do_not_mix_their_ids()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(100_000));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => channel.UploadAsync(local, $"copy{i}", server.Upload, null, server.Token)));

        var transfers = ReadLog().Where(line => line.CorrelationId is not null).GroupBy(line => line.CorrelationId).ToList();
        Assert.Equal(8, transfers.Count);
        Assert.All(transfers, lines =>
        {
            Assert.Equal(["TransferStarted", "FileArrived", "TransferEnded"], lines.Select(line => line.EventName));
            Assert.Single(lines.Select(line => line.FieldText("Destination")).Distinct());
        });
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_does_not_harm_the_transfer()
    {
        var (server, channel) = await StartLoggedAsync();
        await using var _ = server;
        using var broken = new JsonLinesLoggerProvider("x", LogLevel.Trace, null, _ => new MemoryStream([], writable: false), TimeProvider.System);
        _log.Attach(broken);

        var result = await channel.UploadAsync(server.WriteLocal("a"), "a", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.True(broken.Flush(TimeSpan.FromSeconds(10)));
        Assert.NotNull(broken.Failure);
        Assert.Contains(ReadLog(), line => line.EventName == "TransferEnded");
    }

    /// <summary>Uploads a file until half of it is there, and loses the connection.</summary>
    internal static async Task BreakOffAsync(EmbeddedServer server, ISftpChannel channel, string local)
    {
        var writes = 0;
        server.Host.Options.OnWrite = (_, offset, _) =>
        {
            if (offset > 4_000_000 && Interlocked.Increment(ref writes) == 1)
                server.Host.DropConnections();
        };
        var broken = await channel.UploadAsync(local, "a", server.Upload, null, server.Token);
        server.Host.Options.OnWrite = null;
        Assert.Equal(TransferErrorType.ConnectionLost, Assert.Single(broken.Errors).Type);
    }

    private async Task<(EmbeddedServer Server, ISftpChannel Channel)> StartLoggedAsync(
        Action<EmbeddedHostOptions>? configure = null)
    {
        _file = new JsonLinesLoggerProvider(Path.Join(_directory, "log.jsonl"));
        _log.Attach(_file);
        return await StartAsync(configure, EmbeddedServer.OneAttempt with { LoggerFactory = _log });
    }

    private IReadOnlyList<LogLine> ReadLog()
    {
        Assert.True(_file!.Flush(TimeSpan.FromSeconds(10)));
        return LogLine.ReadAll(_file.Path);
    }

    /// <summary>Logs from the background of its connections, as those that read from a process do.</summary>
    private sealed class TalkativeTransport(ILogger logger) : ISshTransport
    {
        private readonly MemoryTransport _memory = new();

        public Task LastTalk { get; private set; } = Task.CompletedTask;

        public string Name => _memory.Name;

        public TransportAvailability Availability => _memory.Availability;

        public Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
        {
            LastTalk = Task.Run(() => logger.LogInformation("Still reading"), CancellationToken.None);
            return _memory.ConnectAsync(options, cancellationToken);
        }
    }

    private sealed class IdObserver : ITransferObserver
    {
        public string? Id { get; private set; }

        public ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken)
        {
            Id = transferEvent.TransferId;
            return default;
        }
    }
}
