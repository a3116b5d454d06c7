using System.Diagnostics;
using System.Globalization;
using System.Text;
using AcodeSftp.Commands;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests;

/// <summary>Commands as a session runs them, on a real server with a real shell.</summary>
public abstract class ShellCommandTests(SshdFixture sshd, string transport) : IAsyncLifetime
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));
    private SftpSession? _session;

    private SftpSession Session => _session ??= SshdSession.New(sshd.ConnectionOptions(), transport: transport);

    private CancellationToken Token => _timeout.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_session is not null)
            await _session.DisposeAsync();
        _timeout.Dispose();
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-02")]
    [Trait("Requirement", "SSH-25")]
    public async Task Output_error_output_and_exit_code_are_apart()
    {
        var result = await Session.InvokeCommandAsync("echo out; echo err >&2; exit 3", null, Token);

        Assert.Equal(("out\n", "err\n", 3, null), (result.StandardOutput, result.StandardError, result.ExitCode, result.Signal));
        Assert.False(result.Success);
    }

    [SkippableFact]
    public async Task The_signal_that_ended_a_command_is_reported()
    {
        var result = await Session.InvokeCommandAsync("kill -TERM $$", null, Token);

        Assert.Equal((null, "TERM"), (result.ExitCode, result.Signal));
    }

    [SkippableFact]
    public async Task Arguments_environment_and_directory_arrive_as_they_are()
    {
        const string Odd = "it's $HOME `id` \"x\" \\ * ; & |\n two  spaces 🐎";
        var command = new SshCommand("printf '%s|' \"$PWD\" \"$ODD\"")
        {
            Arguments = [Odd, "", "-n"],
            Environment = new Dictionary<string, string> { ["ODD"] = Odd },
            WorkingDirectory = "/usr/bin/..",
        };

        var result = await Session.InvokeCommandAsync(command, null, Token);

        Assert.Equal($"/usr|{Odd}|{Odd}||-n|", result.StandardOutput);
    }

    [SkippableFact]
    public async Task A_directory_that_is_not_there_keeps_the_command_from_running()
    {
        var command = new SshCommand("echo ran") { WorkingDirectory = "/no/such" };

        var error = await Assert.ThrowsAsync<SftpException>(() => Session.InvokeCommandAsync(command, null, Token));

        Assert.Equal(SftpErrorCode.NotFound, error.Code);
        Assert.Contains("/no/such", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_exit_code_of_the_commands_own_is_never_taken_for_a_failed_preparation()
    {
        var result = await Session.InvokeCommandAsync(new SshCommand("exit 97") { WorkingDirectory = "/" }, null, Token);

        Assert.Equal(97, result.ExitCode);
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-05")]
    [Trait("Requirement", "SSH-27")]
    public async Task Modules_are_loaded_in_a_login_shell_and_an_unknown_one_is_an_error()
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        // The account's profile defines `module` as Environment Modules 3 does: it succeeds even where it found nothing.
        var home = Directory.CreateTempSubdirectory("acode-home-").FullName;
        await File.WriteAllTextAsync(Path.Combine(home, ".profile"), """
            module() { case "$2" in slurm/alpine) LOADEDMODULES=${LOADEDMODULES:+$LOADEDMODULES:}slurm/alpine ;; *) echo "unknown: $2" >&2 ;; esac; }
            """);
        await using var server = await SshdServer.StartAsync(new SshdSettings { ConfigLines = [$"SetEnv HOME={home}"] });
        await using var session = SshdSession.New(server.ConnectionOptions(), transport: transport);
        var known = new SshCommand("echo \"[$LOADEDMODULES]\"") { Modules = ["slurm/alpine"] };
        var unknown = known with { Modules = ["slurm/alpine", "no/such"] };

        var result = await session.InvokeCommandAsync(known, null, Token);
        var error = await Assert.ThrowsAsync<SftpException>(() => session.InvokeCommandAsync(unknown, null, Token));

        Assert.Equal("[slurm/alpine]\n", result.StandardOutput);
        Assert.Contains("'no/such'", error.Message, StringComparison.Ordinal);
        Directory.Delete(home, recursive: true);
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-26")]
    public async Task A_command_that_takes_too_long_is_ended_on_the_server_with_its_children()
    {
        var seconds = UniqueSeconds();

        var error = await Assert.ThrowsAsync<SftpException>(() => Session.InvokeCommandAsync(
            $"sleep {seconds} & sleep {seconds}; echo done", TimeSpan.FromMilliseconds(500), Token));

        Assert.Equal(SftpErrorCode.Timeout, error.Code);
        await AssertEndsAsync($"sleep {seconds}");
        Assert.Equal(0, (await Session.InvokeCommandAsync("true", null, Token)).ExitCode);
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-26")]
    public async Task A_cancelled_command_that_ignores_TERM_is_killed_within_a_second()
    {
        var seconds = UniqueSeconds();
        using var cancellation = new CancellationTokenSource();
        var running = Session.InvokeCommandAsync(
            $"trap '' TERM; sleep {seconds}; sleep {seconds}", null, cancellation.Token);
        await AssertStartsAsync($"sleep {seconds}");
        var started = Stopwatch.GetTimestamp();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        // A second, and what a busy machine adds.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 4);
        await AssertEndsAsync($"sleep {seconds}");
    }

    [SkippableFact]
    public async Task Input_reaches_the_command_and_ends()
    {
        var input = new byte[3_000_000];
        new Random(1).NextBytes(input);
        using var output = new MemoryStream();

        await Session.InvokeCommandAsync(
            new SshCommand("cat"),
            new SshCommandOptions { StandardInput = new MemoryStream(input), BinaryOutput = output },
            Token);

        Assert.Equal(input, output.ToArray());
    }

    [SkippableFact]
    public async Task A_command_that_does_not_read_its_input_ends_all_the_same()
    {
        var result = await Session.InvokeCommandAsync(
            new SshCommand("exit 4"), new SshCommandOptions { StandardInput = new MemoryStream(new byte[20_000_000]) }, Token);

        Assert.Equal(4, result.ExitCode);
    }

    [SkippableFact]
    public async Task Lines_arrive_while_the_command_runs_each_with_its_stream()
    {
        var lines = new List<string>();
        var firstLine = new TaskCompletionSource();
        var options = new SshCommandOptions
        {
            OnLine = (line, _) =>
            {
                lines.Add($"{line.Stream}:{line.Text}");
                firstLine.TrySetResult();
                return default;
            },
        };

        var running = Session.InvokeCommandAsync(new SshCommand("echo one; read answer; echo $answer >&2; echo two"), options with
        {
            StandardInput = new WaitingStream(firstLine.Task, "yes\n"u8.ToArray()),
        }, Token);
        await running;

        Assert.Equal(["StandardOutput:one"], lines[..1]);
        Assert.Equal(["StandardError:yes", "StandardOutput:two"], lines[1..].Order());
    }

    [SkippableFact]
    public async Task A_hundred_megabytes_on_both_streams_neither_deadlock_nor_get_lost()
    {
        using var output = new CountingStream();

        var result = await Session.InvokeCommandAsync(
            new SshCommand("head -c 100000000 /dev/zero | tee /dev/stderr"), new SshCommandOptions { BinaryOutput = output }, Token);

        Assert.Equal(100_000_000, output.Count);
        Assert.Equal(100_000_000, result.StandardError.Length);
    }

    private static string UniqueSeconds() =>
        Random.Shared.Next(100_000, 999_999).ToString(CultureInfo.InvariantCulture);

    private static bool IsRunning(string commandLine) =>
        SshdServer.Run("ps", "-A", "-o", "args=").Split('\n').Contains(commandLine, StringComparer.Ordinal);

    private static async Task AssertStartsAsync(string commandLine)
    {
        for (var i = 0; i < 100 && !IsRunning(commandLine); i++)
            await Task.Delay(50);
        Assert.True(IsRunning(commandLine));
    }

    private static async Task AssertEndsAsync(string commandLine)
    {
        for (var i = 0; i < 60 && IsRunning(commandLine); i++)
            await Task.Delay(50);
        Assert.False(IsRunning(commandLine));
    }

    private sealed class CountingStream : MemoryStream
    {
        public long Count { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count += buffer.Length;
            return default;
        }
    }

    // Has nothing to read until the task ends.
    private sealed class WaitingStream(Task until, byte[] content) : MemoryStream(content)
    {
        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await until.WaitAsync(cancellationToken);
            await base.CopyToAsync(destination, bufferSize, cancellationToken);
        }
    }
}
