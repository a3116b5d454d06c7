using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.SshNet.Tests;

/// <summary>Commands through SSH.NET, and the traps on the way.</summary>
[Collection(SshdCollection.Name)]
public sealed class CommandTests(SshdFixture sshd)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    [SkippableFact]
    public async Task Output_error_output_and_exit_code_come_apart()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("echo out; echo err >&2; exit 7"));

        var (output, error) = (ReadAsync(command.StandardOutput), ReadAsync(command.StandardError));

        Assert.Equal("out\n", await output.WaitAsync(Limit));
        Assert.Equal("err\n", await error.WaitAsync(Limit));
        Assert.Equal(new RemoteCommandExit(7, null), await command.Completion.WaitAsync(Limit));
    }

    [SkippableFact]
    public async Task Output_streams_while_the_command_runs()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("echo first; read line; echo $line"));
        using var reader = new StreamReader(command.StandardOutput);

        Assert.Equal("first", await reader.ReadLineAsync().WaitAsync(Limit));
        Assert.False(command.Completion.IsCompleted);
        await command.StandardInput.WriteAsync("second\n"u8.ToArray());

        Assert.Equal("second", await reader.ReadLineAsync().WaitAsync(Limit));
        Assert.Equal(0, (await command.Completion.WaitAsync(Limit)).ExitCode);
    }

    [SkippableFact]
    public async Task Input_arrives_whole_and_its_end_is_told()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("sha256sum"));
        var content = new byte[5_000_000];
        new Random(1).NextBytes(content);

        await command.StandardInput.WriteAsync(content).AsTask().WaitAsync(Limit);
        await command.StandardInput.DisposeAsync();

        var hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content));
        Assert.StartsWith(hash, await ReadAsync(command.StandardOutput).WaitAsync(Limit), StringComparison.OrdinalIgnoreCase);
    }

    // Trap: SSH.NET tells the end of an input only if there was something in it.
    [SkippableFact]
    public async Task A_command_that_reads_an_empty_input_ends()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(
            new RemoteCommandRequest("cat; echo done") { HasInput = false });
        await command.StandardInput.DisposeAsync();

        Assert.Equal("done\n", await ReadAsync(command.StandardOutput).WaitAsync(Limit));
        Assert.Equal(0, (await command.Completion.WaitAsync(Limit)).ExitCode);
    }

    // Trap: SSH.NET keeps in memory all that a command writes and nobody reads.
    [SkippableFact]
    public async Task Output_that_nobody_reads_does_not_fill_the_memory()
    {
        await using var connection = await ConnectAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exec cat /dev/zero"));

        var error = await Assert.ThrowsAsync<SftpException>(() => command.Completion.WaitAsync(TimeSpan.FromSeconds(60)));

        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
        Assert.Contains("-Transport OpenSsh", error.Advice, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SftpException>(() => command.StandardOutput.CopyToAsync(Stream.Null));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 8 * SshNetCommand.MostUnread);
        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task Output_that_is_read_may_be_of_any_length()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("head -c 200000000 /dev/zero"));

        var read = 0L;
        var buffer = new byte[81920];
        while (await command.StandardOutput.ReadAsync(buffer).AsTask().WaitAsync(Limit) is > 0 and var count)
            read += count;

        Assert.Equal(200_000_000, read);
        Assert.Equal(0, (await command.Completion.WaitAsync(Limit)).ExitCode);
    }

    // Trap: of more commands at once than ten, SSH.NET makes the callers wait without a word.
    [SkippableFact]
    public async Task More_commands_than_the_server_allows_are_refused_and_the_others_live_on()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["MaxSessions 2"] });
        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions());
        await using var first = await connection.ExecuteAsync(new RemoteCommandRequest("cat"));
        await using var second = await connection.ExecuteAsync(new RemoteCommandRequest("cat"));

        var error = await Assert.ThrowsAsync<SftpException>(
            () => connection.ExecuteAsync(new RemoteCommandRequest("true")).WaitAsync(Limit));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.True(error.IsTransient);
        Assert.Contains("MaxSessions", error.Advice, StringComparison.Ordinal);
        await first.StandardInput.WriteAsync("x"u8.ToArray());
        await first.StandardInput.DisposeAsync();
        Assert.Equal("x", await ReadAsync(first.StandardOutput).WaitAsync(Limit));
        Assert.Equal(0, (await first.Completion.WaitAsync(Limit)).ExitCode);
    }

    [SkippableFact]
    public async Task Twelve_commands_run_at_once_where_the_server_allows_them()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["MaxSessions 20"] });
        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions());

        var commands = await Task.WhenAll(Enumerable.Range(0, 12).Select(
            _ => connection.ExecuteAsync(new RemoteCommandRequest("sleep 30")))).WaitAsync(Limit);

        Assert.All(commands, command => Assert.False(command.Completion.IsCompleted));
        foreach (var command in commands)
            await command.DisposeAsync();
    }

    // Trap: commands that end at the same time take each other's channels away, between SSH.NET and Dropbear.
    [SkippableFact]
    public async Task Commands_at_once_on_Dropbear_are_kept_apart()
    {
        Skip.If(DropbearServer.UnavailableReason is not null, DropbearServer.UnavailableReason);
        await using var server = await DropbearServer.StartAsync();
        await using var connection = await new SshNetTransport().ConnectAsync(
            server.ConnectionOptions() with { FileProtocol = FileProtocolChoice.Scp });

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async caller =>
        {
            var own = new List<string>();
            for (var i = 0; i < 20; i++)
            {
                await using var command = await connection.ExecuteAsync(
                    new RemoteCommandRequest($"sleep 0.02; echo {caller}.{i}") { HasInput = false });
                own.Add(await ReadAsync(command.StandardOutput).WaitAsync(Limit));
                Assert.Equal(0, (await command.Completion.WaitAsync(Limit)).ExitCode);
            }

            return own;
        }));

        for (var caller = 0; caller < answers.Length; caller++)
            Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{caller}.{i}\n"), answers[caller]);
    }

    // Trap: SSH.NET's CancelAsync blocks, and closes the channel when the command does not end at once.
    [SkippableFact]
    public async Task A_signal_is_sent_at_once_and_the_command_may_take_its_time()
    {
        Skip.IfNot(SshdServer.CanChangeAccounts, "Root's own sshd passes on no signals; another account needs root and unshare.");
        await using var server = await SshdFixture.StartAsync(new SshdSettings { HasOwnAccount = true });
        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions());
        await using var command = await connection.ExecuteAsync(
            new RemoteCommandRequest("trap 'sleep 1; echo ended; exit 9' TERM; echo ready; while :; do sleep 0.1; done"));
        using var reader = new StreamReader(command.StandardOutput);
        Assert.Equal("ready", await reader.ReadLineAsync().WaitAsync(Limit));

        var sending = System.Diagnostics.Stopwatch.StartNew();
        await command.SendSignalAsync("TERM");

        Assert.InRange(sending.Elapsed, TimeSpan.Zero, TimeSpan.FromMilliseconds(400));
        Assert.Equal("ended", await reader.ReadLineAsync().WaitAsync(Limit));
        Assert.Equal(9, (await command.Completion.WaitAsync(Limit)).ExitCode);
    }

    [SkippableFact]
    public async Task A_signal_that_the_library_cannot_send_is_refused()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("sleep 30"));

        var error = await Assert.ThrowsAsync<SftpException>(() => command.SendSignalAsync("USR1"));

        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
    }

    [SkippableFact]
    public async Task A_command_ended_by_a_signal_tells_which()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("kill -TERM $$"));

        Assert.Equal(new RemoteCommandExit(null, "TERM"), await command.Completion.WaitAsync(Limit));
    }

    [SkippableFact]
    public async Task A_command_of_a_connection_that_is_lost_fails()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions());
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("sleep 30"));
        server.KillConnections();

        var error = await Assert.ThrowsAsync<SftpException>(() => command.Completion.WaitAsync(Limit));

        Assert.Equal(SftpErrorCode.ConnectionLost, error.Code);
    }

    private Task<ISshConnection> ConnectAsync() => new SshNetTransport().ConnectAsync(sshd.ConnectionOptions());

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
