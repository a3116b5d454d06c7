using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>Connections and their channels, whichever transport made them.</summary>
public abstract class ConnectionTests(SshdFixture sshd, string transport)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [SkippableFact]
    [Trait("Requirement", "FR-030C-01")]
    [Trait("Requirement", "SSH-19")]
    public async Task A_connection_knows_its_host_its_account_and_its_server()
    {
        await using var connection = await TestTransports.Get(transport).ConnectAsync(sshd.ConnectionOptions());

        Assert.Equal("127.0.0.1", connection.HostName);
        Assert.Equal(sshd.Server.Port, connection.Port);
        Assert.Equal(sshd.Server.UserName, connection.UserName);
        Assert.StartsWith("OpenSSH_", connection.ServerVersion, StringComparison.Ordinal);
        Assert.True(connection.IsConnected);
        Assert.False(connection.Disconnected.IsCancellationRequested);
    }

    [SkippableFact]
    [Trait("Requirement", "AC-002")]
    [Trait("Requirement", "FR-030C-03")]
    public async Task Several_sftp_channels_work_at_once()
    {
        await using var connection = await TestTransports.Get(transport).ConnectAsync(sshd.ConnectionOptions());
        await using var first = await connection.OpenSftpAsync();
        await using var second = await connection.OpenSftpAsync();
        await using var third = await connection.OpenSftpAsync();

        var answers = await Task.WhenAll(
            first.RealPathAsync(new RemotePath(".")),
            second.RealPathAsync(new RemotePath(".")),
            third.RealPathAsync(new RemotePath(".")));

        Assert.Single(answers.Distinct());
    }

    [SkippableFact]
    public async Task A_ping_makes_a_round_trip()
    {
        await using var connection = await TestTransports.Get(transport).ConnectAsync(sshd.ConnectionOptions());

        var time = await connection.PingAsync();

        Assert.InRange(time, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(5));
    }

    [SkippableFact]
    public async Task A_ping_is_no_channel_that_stays_open()
    {
        await using var connection = await TestTransports.Get(transport).ConnectAsync(sshd.ConnectionOptions());

        // The server allows ten sessions on a connection.
        for (var i = 0; i < 30; i++)
            await connection.PingAsync();

        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 0"));
        Assert.Equal(0, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
    }

    [SkippableFact]
    public async Task The_first_sftp_channel_is_given_back_and_lent_again()
    {
        await using var connection = await TestTransports.Get(transport).ConnectAsync(sshd.ConnectionOptions());
        var first = await connection.OpenSftpAsync();
        await first.DisposeAsync();

        Assert.False(first.IsConnected);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.RealPathAsync(new RemotePath(".")));
        Assert.True(connection.IsConnected);
        await using var again = await connection.OpenSftpAsync();
        Assert.StartsWith("/", (await again.RealPathAsync(new RemotePath("."))).ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task More_sessions_than_the_server_allows_are_refused_and_the_others_live_on()
    {
        Skip.If(transport == TestTransports.OpenSshProcesses, "Each channel is the only one on a connection of its own.");
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["MaxSessions 2"] });
        await using var connection = await TestTransports.Get(transport).ConnectAsync(server.ConnectionOptions());
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("cat"));
        // Over SSH.NET, files and commands have a connection each.
        await using var second = transport == TestTransports.SshNet
            ? await connection.ExecuteAsync(new RemoteCommandRequest("cat"))
            : null;

        var error = await Assert.ThrowsAsync<SftpException>(() => connection.ExecuteAsync(new RemoteCommandRequest("true")));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.Contains("MaxSessions", error.Advice, StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", error.Host);
        await command.StandardInput.WriteAsync("x"u8.ToArray());
        await command.StandardInput.DisposeAsync();
        Assert.Equal(0, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
    }

    [SkippableFact]
    public async Task More_commands_of_a_session_than_the_server_allows_take_turns()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["MaxSessions 3"] });
        await using var session = SshdSession.New(server.ConnectionOptions(), transport: transport);

        var results = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(i => session.InvokeCommandAsync($"sleep 0.1; echo {i}")));

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"{i}\n"), results.Select(result => result.StandardOutput));
        Assert.Equal(0, session.ReconnectCount);
    }

    [SkippableFact]
    public async Task A_server_without_sftp_is_connected_and_has_no_sftp_for_good()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = null });
        await using var connection = await TestTransports.Get(transport).ConnectAsync(server.ConnectionOptions());

        var error = await Assert.ThrowsAsync<SftpException>(() => connection.OpenSftpAsync());

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.False(error.IsTransient);
        Assert.Contains("SFTP subsystem", error.Message, StringComparison.Ordinal);
        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task Sftp_or_nothing_is_nothing_on_a_server_without_sftp()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = null });
        var options = server.ConnectionOptions() with { FileProtocol = FileProtocolChoice.Sftp };

        var error = await Assert.ThrowsAsync<SftpException>(() => TestTransports.Get(transport).ConnectAsync(options));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.Contains("SFTP subsystem", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("true")]
    [InlineData("exec sleep 20")]
    public async Task Text_of_a_login_script_in_place_of_sftp_is_shown(string then)
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings
        {
            ConfigLines = [$"ForceCommand echo Welcome to the jungle; [ \"$SSH_ORIGINAL_COMMAND\" = internal-sftp ] && {then}"],
        });

        var error = await Assert.ThrowsAsync<SftpException>(() => TestTransports.Get(transport).ConnectAsync(
            server.ConnectionOptions() with { ConnectTimeout = TimeSpan.FromSeconds(10) }));

        Assert.Equal(SftpErrorCode.ProtocolViolation, error.Code);
        Assert.Contains("Welcome to the jungle", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Aes_gcm_is_used_where_nothing_else_is_asked_for()
    {
        Skip.IfNot(System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported, "No AES instructions.");
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["LogLevel DEBUG1"] });

        await using (await TestTransports.Get(transport).ConnectAsync(server.ConnectionOptions()))
        {
        }

        Assert.Contains("cipher: aes128-gcm@openssh.com", server.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-18")]
    public async Task A_server_that_does_not_answer_is_a_timeout()
    {
        using var silent = new SilentServer();

        var error = await Assert.ThrowsAsync<SftpException>(() => TestTransports.Get(transport).ConnectAsync(
            sshd.ConnectionOptions() with { Port = silent.Port, ConnectTimeout = TimeSpan.FromMilliseconds(700) }));

        Assert.Equal(SftpErrorCode.Timeout, error.Code);
        Assert.Equal("127.0.0.1", error.Host);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-023")]
    public async Task A_refused_port_is_unavailable()
    {
        using var silent = new SilentServer();
        var port = silent.Port;
        silent.Dispose();

        var error = await Assert.ThrowsAsync<SftpException>(() =>
            TestTransports.Get(transport).ConnectAsync(sshd.ConnectionOptions() with { Port = port }));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.True(error.IsTransient);
        Assert.Contains("refused", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-024")]
    public async Task When_the_server_goes_away_everything_pending_fails_as_a_lost_connection()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var connection = await TestTransports.Get(transport).ConnectAsync(server.ConnectionOptions());
        await using var files = await connection.OpenSftpAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("echo up; sleep 20"));
        await command.StandardOutput.ReadExactlyAsync(new byte[3]).AsTask().WaitAsync(Patience);
        var reading = command.StandardOutput.ReadAsync(new byte[1]).AsTask();
        var signalled = new TaskCompletionSource();
        connection.Disconnected.Register(signalled.SetResult);

        await server.KillAsync();

        await signalled.Task.WaitAsync(Patience);
        Assert.False(connection.IsConnected);
        await AssertLostAsync(() => command.Completion.WaitAsync(Patience));
        if (transport != TestTransports.OpenSshProcesses)
            await AssertLostAsync(() => reading.WaitAsync(Patience));
        await AssertLostAsync(() => files.StatAsync(new RemotePath("/")).WaitAsync(Patience));
        await AssertLostAsync(() => connection.ExecuteAsync(new RemoteCommandRequest("true")).WaitAsync(Patience));
        await AssertLostAsync(() => connection.OpenSftpAsync().WaitAsync(Patience));
        await AssertLostAsync(() => connection.PingAsync().WaitAsync(Patience));
    }

    private static async Task AssertLostAsync(Func<Task> operation)
    {
        var error = await Assert.ThrowsAsync<SftpException>(operation);
        Assert.Equal(SftpErrorCode.ConnectionLost, error.Code);
        Assert.Equal("127.0.0.1", error.Host);
    }
}
