using System.Diagnostics;
using System.Globalization;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.OpenSsh;

namespace AcodeSftp.IntegrationTests;

/// <summary>What ends with a session, and what ends a session.</summary>
[Collection(SshdCollection.Name)]
public sealed class LifetimeTests(SshdFixture sshd)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "SSH-16")]
    public async Task Closing_leaves_no_process_and_no_directory_although_commands_run(bool multiplexing)
    {
        var connection = await ConnectAsync(multiplexing);
        await using var files = await connection.OpenSftpAsync();
        await using var more = await connection.OpenSftpAsync();
        var command = await connection.ExecuteAsync(new RemoteCommandRequest("sleep 20"));
        var started = Descendants();
        Assert.NotEmpty(started);

        await connection.DisposeAsync().AsTask().WaitAsync(Patience);
        await connection.DisposeAsync();

        await EventuallyAsync(() => !Descendants().Intersect(started).Any());
        Assert.False(Directory.Exists(connection.PrivateDirectory));
        Assert.False(connection.IsConnected);
        Assert.True(connection.Disconnected.IsCancellationRequested);
        Assert.Equal(SftpErrorCode.ConnectionLost, (await Assert.ThrowsAsync<SftpException>(() => command.Completion)).Code);
    }

    [SkippableFact]
    public async Task A_connection_that_fails_leaves_nothing()
    {
        var before = Descendants();

        await Assert.ThrowsAsync<SftpException>(() => new OpenSshTransport().ConnectAsync(
            sshd.ConnectionOptions() with { KeyFilePaths = [sshd.Server.StrangerKeyPath] }));

        await EventuallyAsync(() => !Descendants().Except(before).Any());
        Assert.Empty(OwnDirectories());
    }

    [SkippableFact]
    public async Task Giving_up_while_connecting_ends_ssh_at_once()
    {
        using var silent = new SilentServer();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        var watch = Stopwatch.StartNew();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new OpenSshTransport().ConnectAsync(
            sshd.ConnectionOptions() with { Port = silent.Port }, cancellation.Token));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        await EventuallyAsync(() => OwnDirectories().Count == 0);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-024")]
    public async Task When_ssh_is_killed_everything_pending_fails_as_a_lost_connection()
    {
        await using var connection = await ConnectAsync(multiplexing: true);
        await using var files = await connection.OpenSftpAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("sleep 20"));

        using (var ssh = Process.GetProcessById(connection.ProcessId))
            ssh.Kill();

        await AssertLostAsync(() => command.Completion.WaitAsync(Patience));
        await AssertLostAsync(() => files.StatAsync(new RemotePath("/")).WaitAsync(Patience));
        await EventuallyAsync(() => !Directory.Exists(connection.PrivateDirectory));
    }

    [SkippableFact]
    public async Task A_program_that_is_killed_takes_its_ssh_and_its_directory_with_it_although_a_command_runs()
    {
        var (program, ssh, directory) = await SessionHolder.StartAsync(sshd.ConnectionOptions(), ownGroup: false);
        using (program)
        {
            Assert.True(Directory.Exists(directory));
            await program.StandardInput.WriteLineAsync("run");
            Assert.Equal("alive", await program.StandardOutput.ReadLineAsync().WaitAsync(Patience));

            program.Kill();
            await program.WaitForExitAsync().WaitAsync(Patience);

            await EventuallyAsync(() => !IsRunning(ssh));
            await EventuallyAsync(() => !Directory.Exists(directory));
        }
    }

    [SkippableFact]
    public async Task Ctrl_C_in_the_terminal_does_not_end_the_session()
    {
        Skip.IfNot(File.Exists("/usr/bin/setsid"), "No setsid to make a process group with.");
        var (program, ssh, _) = await SessionHolder.StartAsync(sshd.ConnectionOptions(), ownGroup: true);
        using (program)
        {
            // A terminal sends the signal to each process of its foreground group.
            Assert.Equal($"{program.Id}", SshdServer.Run("ps", "-o", "pgid=", "-p", $"{program.Id}").Trim());
            SshdServer.Run("kill", "-INT", "--", $"-{program.Id}");
            await Task.Delay(300);

            await program.StandardInput.WriteLineAsync("ping");
            Assert.Equal("alive", await program.StandardOutput.ReadLineAsync().WaitAsync(Patience));
            Assert.True(IsRunning(ssh));

            program.StandardInput.Close();
            await program.WaitForExitAsync().WaitAsync(Patience);
            await EventuallyAsync(() => !IsRunning(ssh));
        }
    }

    [SkippableFact]
    public async Task A_directory_that_a_dead_process_left_is_swept_by_the_next_connection()
    {
        string directory;
        await using (var connection = await ConnectAsync(multiplexing: true))
        {
            // As another process would have named it that is gone.
            directory = connection.PrivateDirectory.Replace($"-{Environment.ProcessId}-", "-99999999-", StringComparison.Ordinal);
        }

        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "c"), "");

        await using (await ConnectAsync(multiplexing: true))
            await EventuallyAsync(() => !Directory.Exists(directory));
    }

    [SkippableFact]
    public async Task The_private_directory_is_for_nobody_else()
    {
        await using var connection = await ConnectAsync(multiplexing: true);

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(connection.PrivateDirectory));
    }

    private static async Task AssertLostAsync(Func<Task> operation)
    {
        var error = await Assert.ThrowsAsync<SftpException>(operation);
        Assert.Equal(SftpErrorCode.ConnectionLost, error.Code);
        Assert.Equal("127.0.0.1", error.Host);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(50))
        {
            if (condition())
                return;
        }

        Assert.Fail("It did not happen in time.");
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static List<string> OwnDirectories() =>
    [
        .. new[] { "/tmp", Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "/tmp" }.Distinct()
            .SelectMany(place => Directory.GetDirectories(place, $"acode-sftp-{Environment.ProcessId}-*")),
    ];

    // The ssh processes of this one, and their watchdogs.
    private static HashSet<int> Descendants() =>
    [
        .. SshdServer.Run("ps", "-A", "-o", "pid=,ppid=,args=").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[1] == $"{Environment.ProcessId}"
                && (fields[2].Contains("ssh ", StringComparison.Ordinal) || fields[2].Contains("acode-sftp", StringComparison.Ordinal))
                && !fields[2].Contains("sshd ", StringComparison.Ordinal))
            .Select(fields => int.Parse(fields[0], CultureInfo.InvariantCulture)),
    ];

    private async Task<OpenSshConnection> ConnectAsync(bool multiplexing) =>
        (OpenSshConnection)await new OpenSshTransport(new OpenSshOptions { Multiplexing = multiplexing })
            .ConnectAsync(sshd.ConnectionOptions());
}
