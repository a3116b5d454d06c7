using System.Security.Cryptography;
using System.Text;
using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>Commands on a connection, whichever transport made it.</summary>
public abstract class CommandTests(SshdFixture sshd, string transport)
{
    private const string NoSignals = "A process of ssh neither sends signals on nor tells of them.";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public async Task A_command_reports_its_exit_code_and_both_outputs()
    {
        await using var connection = await ConnectAsync();

        var (output, error, exit) = await RunAsync(connection, "echo out; echo err >&2; exit 3");

        Assert.Equal("out\n", output);
        Assert.Equal("err\n", error);
        Assert.Equal(new RemoteCommandExit(3, null), exit);
    }

    [SkippableFact]
    public async Task A_command_reports_its_exit_signal()
    {
        Skip.If(transport == TestTransports.OpenSshProcesses, NoSignals);
        await using var connection = await ConnectAsync();

        var (_, _, exit) = await RunAsync(connection, "kill -KILL $$");

        Assert.Equal(new RemoteCommandExit(null, "KILL"), exit);
    }

    [SkippableFact]
    public async Task A_command_that_exits_with_255_is_no_lost_connection()
    {
        await using var connection = await ConnectAsync();

        var (_, _, exit) = await RunAsync(connection, "exit 255");

        Assert.Equal(new RemoteCommandExit(255, null), exit);
    }

    [SkippableFact]
    public async Task A_signal_reaches_the_command()
    {
        // sshd 9.2 passes signals on for accounts other than root only: it needs privilege separation (session_signal_req).
        Skip.If(transport == TestTransports.OpenSshProcesses, NoSignals);
        await using var server = await StartForSignalsAsync();
        await using var connection = await TestTransports.Get(transport).ConnectAsync(server.ConnectionOptions());
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("echo ready; exec sleep 60"));
        await command.StandardOutput.ReadExactlyAsync(new byte[6]);

        await command.SendSignalAsync("TERM");

        Assert.Equal(new RemoteCommandExit(null, "TERM"), await command.Completion.WaitAsync(Patience));
    }

    [SkippableFact]
    public async Task Environment_variables_that_the_server_accepts_reach_the_command()
    {
        Skip.If(
            transport == TestTransports.SshNet,
            "SSH.NET has no request for environment variables. What is given to Invoke-SshCommand goes in the command line.");
        const string value = "two words, a 'quote', a back\\slash, $HOME and %h";
        await using var connection = await ConnectAsync();
        var request = new RemoteCommandRequest("printf '%s|%s' \"$ACODE_ONE\" \"$ACODE_TWO\"")
        {
            Environment = new Dictionary<string, string> { ["ACODE_ONE"] = value, ["ACODE_TWO"] = "2", ["REFUSED"] = "x" },
        };

        var (output, _, exit) = await RunAsync(connection, request);

        Assert.Equal($"{value}|2", output);
        Assert.Equal(0, exit.ExitCode);
    }

    [SkippableFact]
    public async Task Megabytes_go_through_a_command_unchanged()
    {
        var data = RandomNumberGenerator.GetBytes(9_000_001);
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("cat"));

        var sending = SendAsync();
        var received = new MemoryStream();
        await command.StandardOutput.CopyToAsync(received).WaitAsync(Patience);
        await sending;

        Assert.Equal(SHA256.HashData(data), SHA256.HashData(received.ToArray()));
        Assert.Equal(0, (await command.Completion.WaitAsync(Patience)).ExitCode);

        async Task SendAsync()
        {
            await command.StandardInput.WriteAsync(data);
            await command.StandardInput.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Output_that_nobody_reads_holds_the_command_up()
    {
        Skip.If(
            transport == TestTransports.SshNet,
            "SSH.NET takes all that a command writes; past 64 MiB that nobody reads, the command is given up.");
        await using var connection = await ConnectAsync();
        var marker = sshd.Server.File($"written {Guid.NewGuid():N}");
        await using var command = await connection.ExecuteAsync(
            new RemoteCommandRequest($"head -c 50000000 /dev/zero; touch '{marker}'"));

        await Task.Delay(1000);
        Assert.False(File.Exists(marker));

        await command.StandardOutput.CopyToAsync(Stream.Null).WaitAsync(Patience);
        await command.Completion.WaitAsync(Patience);
        Assert.True(File.Exists(marker));
    }

    [SkippableFact]
    public async Task Twenty_commands_run_one_after_another_on_one_connection()
    {
        await using var connection = await ConnectAsync();
        for (var i = 0; i < 20; i++)
        {
            var (output, _, exit) = await RunAsync(connection, $"echo {i}");
            Assert.Equal($"{i}\n", output);
            Assert.Equal(0, exit.ExitCode);
        }
    }

    [SkippableFact]
    public async Task Eight_commands_run_at_once_on_one_connection()
    {
        await using var connection = await ConnectAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            RunAsync(connection, $"head -c {i}00000 /dev/zero | wc -c")));

        Assert.Equal(Enumerable.Range(0, 8).Select(i => i * 100000), results.Select(r => int.Parse(r.Output, null)));
    }

    [SkippableFact]
    public async Task A_command_that_is_abandoned_leaves_the_connection_usable()
    {
        await using var connection = await ConnectAsync();
        var command = await connection.ExecuteAsync(new RemoteCommandRequest("yes"));
        await command.StandardOutput.ReadExactlyAsync(new byte[100_000]);

        await command.DisposeAsync();

        var (output, _, _) = await RunAsync(connection, "echo still here");
        Assert.Equal("still here\n", output);
    }

    [SkippableFact]
    public async Task Writing_to_a_command_that_has_ended_fails_and_does_not_hang()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 0"));
        await command.Completion.WaitAsync(Patience);

        var error = await Assert.ThrowsAsync<SftpException>(() => command.StandardInput.WriteAsync(new byte[10]).AsTask());

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
    }

    [SkippableFact]
    public async Task A_name_with_an_equals_sign_is_no_environment_variable()
    {
        await using var connection = await ConnectAsync();
        var request = new RemoteCommandRequest("true") { Environment = new Dictionary<string, string> { ["A=B"] = "c" } };

        var error = await Assert.ThrowsAsync<SftpException>(() => connection.ExecuteAsync(request));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
    }

    private static async Task<(string Output, string Error, RemoteCommandExit Exit)> RunAsync(
        ISshConnection connection, RemoteCommandRequest request)
    {
        await using var command = await connection.ExecuteAsync(request);
        await command.StandardInput.DisposeAsync();
        using var output = new StreamReader(command.StandardOutput, Encoding.UTF8);
        using var error = new StreamReader(command.StandardError, Encoding.UTF8);
        var errorText = error.ReadToEndAsync();
        var outputText = await output.ReadToEndAsync().WaitAsync(Patience);
        return (outputText, await errorText.WaitAsync(Patience), await command.Completion.WaitAsync(Patience));
    }

    private protected static Task<(string Output, string Error, RemoteCommandExit Exit)> RunAsync(ISshConnection connection, string command) =>
        RunAsync(connection, new RemoteCommandRequest(command));

    private static async Task<SshdServer> StartForSignalsAsync()
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        var isRoot = Environment.UserName == "root";
        Skip.If(isRoot && !SshdServer.CanChangeAccounts, "An account other than root needs mount namespaces, unshare and openssl.");
        return await SshdServer.StartAsync(new SshdSettings { HasOwnAccount = isRoot });
    }

    private protected Task<ISshConnection> ConnectAsync() => TestTransports.Get(transport).ConnectAsync(sshd.ConnectionOptions());
}
