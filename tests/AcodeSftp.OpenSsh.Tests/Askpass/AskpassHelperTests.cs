using System.Diagnostics;
using System.Runtime.Versioning;
using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Askpass;

namespace AcodeSftp.OpenSsh.Tests.Askpass;

/// <summary>The script that ssh runs, run as ssh would.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AskpassHelperTests : IDisposable
{
    private const string Password = "  spaces, 'quotes' \"$(id)\" \\back\\ %s é ";
    private readonly string _parent = Directory.CreateTempSubdirectory("acode-askpass-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [SkippableFact]
    public async Task A_question_for_the_password_is_answered_with_every_byte_of_it()
    {
        using var helper = Start(Password);

        var (exitCode, output) = await AskAsync(helper, "me@box's password: ");

        Assert.Equal((0, Password + "\n"), (exitCode, output));
    }

    [SkippableFact]
    public async Task A_question_about_a_host_key_is_declined()
    {
        using var helper = Start(Password);

        var (exitCode, output) = await AskAsync(helper, "The authenticity of host 'box' can't be established.\nContinue (yes/no)? ");

        Assert.Equal((1, ""), (exitCode, output));
    }

    [SkippableFact]
    public async Task Several_questions_are_answered_in_turn_and_the_same_one_once()
    {
        using var helper = Start(Password);

        Assert.Equal(1, (await AskAsync(helper, "(me@box) Verification code: ")).ExitCode);
        Assert.Equal(0, (await AskAsync(helper, "me@box's password: ")).ExitCode);
        Assert.Equal(1, (await AskAsync(helper, "me@box's password: ")).ExitCode);
    }

    [SkippableFact]
    public async Task Endless_questions_are_given_up_on()
    {
        var givenUp = 0;
        using var helper = Start(Password, () => givenUp++);

        for (var i = 0; i < AskpassPrompt.MaxPrompts + 2; i++)
            await AskAsync(helper, "yes/no?");

        Assert.True(givenUp > 0);
    }

    [SkippableFact]
    public async Task Nothing_is_left_afterwards_and_the_secret_was_in_no_file()
    {
        var helper = Start(Password);
        var directory = Path.GetDirectoryName(helper.Environment["SSH_ASKPASS"])!;
        await AskAsync(helper, "me@box's password: ");

        foreach (var file in Directory.GetFiles(directory).Where(file => Path.GetFileName(file) == "askpass"))
            Assert.DoesNotContain("quotes", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.DoesNotContain(helper.Environment.Values, value => value!.Contains("quotes", StringComparison.Ordinal));
        helper.Dispose();
        helper.Dispose();

        Assert.False(Directory.Exists(directory));
    }

    [SkippableTheory]
    [InlineData("two\nlines")]
    [InlineData("carriage\rreturn")]
    [InlineData("nul\0")]
    public void A_secret_that_ssh_would_cut_is_refused(string secret)
    {
        var error = Assert.Throws<SftpException>(() => Start(secret));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal);
    }

    private AskpassHelper Start(string password, Action? giveUp = null)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no named pipes in directories.");
        var options = new SshConnectionOptions { HostName = "box", Password = new Secret(password) };
        return new AskpassHelper(Path.Combine(_parent, "a"), new AskpassPrompt("me", ["box"], []), options, giveUp ?? (() => { }));
    }

    private static async Task<(int ExitCode, string Output)> AskAsync(AskpassHelper helper, string prompt)
    {
        var start = new ProcessStartInfo(helper.Environment["SSH_ASKPASS"]!, [prompt]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        return (process.ExitCode, output);
    }
}
