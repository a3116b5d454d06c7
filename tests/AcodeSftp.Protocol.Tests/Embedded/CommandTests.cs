using AcodeSftp.Connections;
using AcodeSftp.Protocol.Embedded;

namespace AcodeSftp.Protocol.Tests.Embedded;

public sealed class CommandTests : EmbeddedHostTest
{
    [Fact]
    public async Task A_scripted_reply_answers_its_exact_text_before_any_pattern()
    {
        Host.AddReply("systemctl restart web", new EmbeddedReply("restarted\n"));
        Host.AddReply("systemctl *", new EmbeddedReply(StandardError: "no such unit\n", ExitCode: 5));

        Assert.Equal(("restarted\n", "", 0), await RunAsync("systemctl restart web"));
        Assert.Equal(("", "no such unit\n", 5), await RunAsync("systemctl stop db"));
    }

    [Fact]
    public async Task A_later_reply_comes_before_an_earlier_one()
    {
        Host.AddReply("date*", new EmbeddedReply("monday"));
        Host.AddReply("date*", new EmbeddedReply("tuesday"));

        Assert.Equal("tuesday", (await RunAsync("date +%A")).Output);
    }

    [Fact]
    public async Task A_function_sees_command_environment_and_input()
    {
        Host.AddReply("tee*", command => new EmbeddedReply(
            $"{command.CommandLine}|{command.Environment["LANG"]}|{new StreamReader(command.StandardInput).ReadToEnd()}"));

        var (output, _, _) = await RunAsync("tee file", "some input", new Dictionary<string, string> { ["LANG"] = "C" });

        Assert.Equal("tee file|C|some input", output);
    }

    [Fact]
    public async Task A_command_without_a_script_is_not_found_and_says_so()
    {
        var (output, error, exitCode) = await RunAsync("rm -rf / | cat");

        Assert.Equal(("", 127), (output, exitCode));
        Assert.Contains("no reply is scripted for this command: rm -rf / | cat", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo 'a  b' c\\ d \"e'f\"", "a  b c d e'f\n", 0)]
    [InlineData("exit 3", "", 3)]
    [InlineData("false", "", 1)]
    [InlineData("sha256sum < '/tmp/it''s'", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -\n", 0)]
    [InlineData("sha256sum -b -- '/tmp/it'\\''s'", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  /tmp/it's\n", 0)]
    public async Task A_few_commands_work_without_a_script(string command, string output, int exitCode)
    {
        Host.WriteFile("/tmp/its", "abc");
        Host.WriteFile("/tmp/it's", "abc");

        Assert.Equal((output, "", exitCode), await RunAsync(command));
    }

    [Fact]
    public async Task Commands_are_remembered_in_order()
    {
        await RunAsync("echo 1");
        await RunAsync("echo 2");

        Assert.Equal(["echo 1", "echo 2"], Host.CommandsRun);
    }

    [Fact]
    public async Task A_signal_ends_a_running_command()
    {
        Host.AddReply("sleep*", new EmbeddedReply { Duration = TimeSpan.FromMinutes(5) });
        await using var command = await Connection.ExecuteAsync(new RemoteCommandRequest("sleep 300"), Token);

        await command.SendSignalAsync("TERM", Token);

        Assert.Equal(new RemoteCommandExit(null, "TERM"), await command.Completion.WaitAsync(Token));
    }

    [Fact]
    public async Task A_dropped_connection_fails_a_running_command()
    {
        Host.AddReply("sleep*", new EmbeddedReply { Duration = TimeSpan.FromMinutes(5) });
        await using var command = await Connection.ExecuteAsync(new RemoteCommandRequest("sleep 300"), Token);

        Host.DropConnections();

        await ThrowsAsync(SftpErrorCode.ConnectionLost, () => command.Completion.WaitAsync(Token));
    }

    [Fact]
    public async Task Output_that_is_not_read_holds_the_command_up()
    {
        Host.AddReply("yes", new EmbeddedReply(new string('y', 5_000_000)));
        await using var command = await Connection.ExecuteAsync(new RemoteCommandRequest("yes"), Token);
        await Task.Delay(200);
        Assert.False(command.Completion.IsCompleted);

        using var reader = new StreamReader(command.StandardOutput);
        Assert.Equal(5_000_000, (await reader.ReadToEndAsync(Token)).Length);
        Assert.Equal(0, (await command.Completion.WaitAsync(Token)).ExitCode);
    }

    private async Task<(string Output, string Error, int? ExitCode)> RunAsync(
        string commandLine,
        string input = "",
        Dictionary<string, string>? environment = null)
    {
        var request = new RemoteCommandRequest(commandLine) { Environment = environment ?? [] };
        await using var command = await Connection.ExecuteAsync(request, Token);
        await using (var writer = new StreamWriter(command.StandardInput))
            await writer.WriteAsync(input.AsMemory(), Token);
        using var output = new StreamReader(command.StandardOutput);
        using var error = new StreamReader(command.StandardError);
        var texts = await Task.WhenAll(output.ReadToEndAsync(Token), error.ReadToEndAsync(Token));
        return (texts[0], texts[1], (await command.Completion.WaitAsync(Token)).ExitCode);
    }
}
