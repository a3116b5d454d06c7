using System.Runtime.Versioning;
using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Askpass;
using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh.Agent;

/// <summary>
/// An <c>ssh-agent</c> for the one private key that was given as text. The key goes from memory through a socket pair to
/// <c>ssh-add</c> and from there to the agent: never into a file, an argument or an environment value. The agent's socket is
/// in the connection's private directory; the agent dies with the session, and with this process.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PrivateAgent : IAsyncDisposable
{
    private const string SocketName = "k";
    private static readonly TimeSpan EndGrace = TimeSpan.FromMilliseconds(200);

    private readonly SshProcess _process;

    private PrivateAgent(SshProcess process, string socketPath) => (_process, SocketPath) = (process, socketPath);

    /// <summary>Its socket.</summary>
    public string SocketPath { get; }

    /// <summary>Its number.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts an agent and gives it the key.</summary>
    /// <param name="programs">The programs to run.</param>
    /// <param name="directory">The connection's private directory.</param>
    /// <param name="options">Hold the key and its passphrase.</param>
    /// <param name="cancellationToken">Gives up; nothing is left running.</param>
    /// <returns>The agent.</returns>
    /// <exception cref="SftpException">
    /// The key is none (<see cref="SftpErrorCode.InvalidArgument"/>), its passphrase is wrong or missing
    /// (<see cref="SftpErrorCode.AuthenticationFailed"/>), or a program does not do its work
    /// (<see cref="SftpErrorCode.Unavailable"/>). No message has anything of the key in it.
    /// </exception>
    public static async Task<PrivateAgent> StartAsync(
        AgentPrograms programs, string directory, SshConnectionOptions options, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(directory, SocketName);
        SshProcess? process = null;
        try
        {
            process = SshProcess.Start(new SshProcessStart(programs.AgentPath, ["-D", "-a", socket]));
            await WaitUntilItListensAsync(process, programs.AgentPath, cancellationToken).ConfigureAwait(false);
            await AddKeyAsync(programs, directory, socket, options, cancellationToken).ConfigureAwait(false);
            return new PrivateAgent(process, socket);
        }
        catch (Exception e)
        {
            if (process is not null)
                await process.DisposeAsync().ConfigureAwait(false);
            if (e is IOException)
                throw Failed($"The agent for the private key could not be started: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Ends the agent, and the key with it.</summary>
    /// <returns>A task that ends when it has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        _process.Terminate();
        await _process.EndAsync(EndGrace).ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
    }

    // It prints the name of its socket once it listens.
    private static async Task WaitUntilItListensAsync(SshProcess process, string path, CancellationToken cancellationToken)
    {
        var log = new SshLog();
        var errors = log.ReadAsync(process.Error);
        var buffer = new byte[1024];
        if (await process.Output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
            return;
        await errors.WaitAsync(cancellationToken).ConfigureAwait(false);
        throw Failed($"{path} does not run: {SshDiagnostics.LastWords(log.Text) ?? "it ended at once"}.", null);
    }

    private static async Task AddKeyAsync(
        AgentPrograms programs, string directory, string socket, SshConnectionOptions options, CancellationToken cancellationToken)
    {
        SshProcess? process = null;
        using var askpass = options.KeyPassphrase is null
            ? null
            : new AskpassHelper(Path.Combine(directory, "ak"), AskpassPrompt.ForAgent(), options, () => process?.Terminate());
        var environment = new Dictionary<string, string?>(askpass?.Environment ?? new Dictionary<string, string?>())
        {
            ["SSH_AUTH_SOCK"] = socket,
        };
        if (askpass is null)
            environment["SSH_ASKPASS_REQUIRE"] = "never";

        process = SshProcess.Start(new SshProcessStart(programs.AddPath, ["-q", "-"]) { Environment = environment });
        await using (process.ConfigureAwait(false))
        {
            var log = new SshLog();
            var errors = log.ReadAsync(process.Error);
            try
            {
                await process.Input.WriteAsync(options.PrivateKey!.Reveal(), cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It ended before it read all; why, it says itself.
            }

            await process.Input.DisposeAsync().ConfigureAwait(false);
            var exit = await process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
            await errors.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (exit.Code != 0)
                throw Refused(exit, log.Text, askpass);
        }
    }

    // What ssh-add says names the key as "(stdin)" and tells nothing of what is in it.
    private static SftpException Refused(SshProcessExit exit, string text, AskpassHelper? askpass)
    {
        if (text.Contains("Could not open a connection", StringComparison.Ordinal)
            || text.Contains("agent refused", StringComparison.Ordinal))
            return Failed($"The agent for the private key did not take it: {SshDiagnostics.LastWords(text)}.", null);
        if (askpass is { Prompts: > 0 })
        {
            return new SftpException(
                SftpErrorCode.AuthenticationFailed, "The passphrase given does not open the private key given as text.")
            {
                Advice = "Give the passphrase that the key was encrypted with.",
            };
        }

        if (text.Contains("Enter passphrase", StringComparison.Ordinal))
        {
            return new SftpException(
                SftpErrorCode.AuthenticationFailed, "The private key given as text is encrypted, and no passphrase was given.")
            {
                Advice = "Give its passphrase with -KeyPassphrase.",
            };
        }

        var reason = text.LastIndexOf("\": ", StringComparison.Ordinal) is >= 0 and var at ? text[(at + 3)..].Trim() : exit.ToString();
        return new SftpException(
            SftpErrorCode.InvalidArgument,
            "The private key given as text cannot be used: it is damaged, or of a kind that ssh does not read "
            + $"(ssh-add: {TerminalText.Clean(reason)}).")
        {
            Advice = "Give the whole text of a private key file, from '-----BEGIN' to the last '-----'.",
        };
    }

    private static SftpException Failed(string message, Exception? cause) =>
        new(SftpErrorCode.Unavailable, message, cause)
        {
            Advice = "Make sure that ssh-agent and ssh-add run here, or give the path of a key file with -KeyFilePath.",
            IsTransientOverride = false,
        };
}
