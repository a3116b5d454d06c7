using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Agent;
using AcodeSftp.OpenSsh.Askpass;
using AcodeSftp.OpenSsh.Jumps;
using AcodeSftp.OpenSsh.Processes;
using AcodeSftp.OpenSsh.Trust;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.OpenSsh;

/// <summary>Starts the <c>ssh</c> processes of one session: the same host, the same login, the same private directory.</summary>
internal sealed class SshLauncher : IAsyncDisposable
{
    private readonly SshConnectionOptions _options;
    private readonly OpenSshProgram _program;
    private readonly ILogger _logger;
    private readonly PrivateDirectory _directory;
    private HostKeyTrust? _trust;
    private IAsyncDisposable? _agent;
    private int _processes;

    /// <summary>Prepares, and makes the private directory.</summary>
    /// <param name="options">Where and how to connect.</param>
    /// <param name="program">The <c>ssh</c> to run.</param>
    /// <param name="logger">For the log.</param>
    public SshLauncher(SshConnectionOptions options, OpenSshProgram program, ILogger logger)
    {
        (_options, _program, _logger) = (options, program, logger);
        Arguments = new SshArguments(options, program);
        if (OperatingSystem.IsWindows() && (Arguments.HasSecret || options.PrivateKey is not null))
        {
            throw new SftpException(
                SftpErrorCode.Unsupported,
                "The transport OpenSsh takes no password, no passphrase and no private key as text on Windows.")
            {
                Host = options.HostName,
                Advice = "Use a key that the agent holds (ssh-add), or another transport.",
            };
        }

        try
        {
            _directory = PrivateDirectory.Create();
        }
        catch (IOException e)
        {
            throw Unstartable(e);
        }
    }

    /// <summary>The argument vectors.</summary>
    public SshArguments Arguments { get; }

    /// <summary>The host as the user named it.</summary>
    public string Host => _options.HostName;

    /// <summary>The private directory.</summary>
    public string DirectoryPath => _directory.Path;

    /// <summary>Where the control socket is.</summary>
    public string ControlPath => _directory.File("c");

    /// <summary>The ciphers to ask for; null for what <c>ssh</c> prefers.</summary>
    public string? Ciphers { get; set; }

    /// <summary>What the configuration makes of the options; set before anything is started that may ask for a secret.</summary>
    public SshTarget Target { get; set; } = new("", 0, "");

    /// <summary>
    /// Makes ready what <c>ssh</c> is to find: the host keys to accept, the agent with the private key, the configuration of
    /// the jump hosts.
    /// </summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when all is ready.</returns>
    /// <exception cref="SftpException">Something given cannot be used.</exception>
    public async Task PrepareAsync(Func<string, string?> environment, CancellationToken cancellationToken)
    {
        try
        {
            _trust = await HostKeyTrust.PrepareAsync(_options, _program, Target, DirectoryPath, environment, cancellationToken)
                .ConfigureAwait(false);
            Arguments.HostKeyRules = _trust.Rules;
            if (_options.PrivateKey is not null && !OperatingSystem.IsWindows())
                await StartAgentAsync(cancellationToken).ConfigureAwait(false);
            if (Arguments.JumpHosts.Count > 0)
            {
                var file = _directory.File("config");
                await File.WriteAllTextAsync(
                    file, JumpConfiguration.Write(_options, Arguments, _program, _trust.JumpRules), cancellationToken)
                    .ConfigureAwait(false);
                Arguments.ConfigPath = file;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unstartable(e);
        }
    }

    /// <summary>After a rejected host key: whether another try may find a key that is accepted.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether to try again; the arguments are changed then.</returns>
    public async Task<bool> TryOtherHostKeysAsync(CancellationToken cancellationToken)
    {
        if (_trust is null || !await _trust.TryOtherKeysAsync(cancellationToken).ConfigureAwait(false))
            return false;
        Arguments.HostKeyRules = _trust.Rules;
        return true;
    }

    /// <summary>A path for a log file of one process.</summary>
    /// <returns>The path.</returns>
    public string NewLogPath() => _directory.File($"log{Interlocked.Increment(ref _processes)}");

    /// <summary>Starts <c>ssh</c>.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="isSession">Whether it carries the whole session.</param>
    /// <param name="readsLog">Whether its standard error is its log.</param>
    /// <returns>The running process.</returns>
    /// <exception cref="SftpException">It could not be started.</exception>
    public SshLaunch Start(IReadOnlyList<string> arguments, bool isSession, bool readsLog)
    {
        SshLaunch? launch = null;
        AskpassHelper? askpass = null;
        try
        {
            var environment = new Dictionary<string, string?>
            {
                // A program that the user chose for other occasions must not ask for anything here.
                ["SSH_ASKPASS_REQUIRE"] = "never",
            };
            // The ssh processes that go to jump hosts are told of it by this alone.
            if (Arguments.AgentSocket is { } agentSocket)
                environment["SSH_AUTH_SOCK"] = agentSocket;
            if (Arguments.HasSecret && !OperatingSystem.IsWindows())
            {
                askpass = new AskpassHelper(
                    _directory.File($"a{Interlocked.Increment(ref _processes)}"),
                    new AskpassPrompt(Target.UserName, HostNames(), _options.KeyFilePaths, 1 + Target.JumpHosts.Count),
                    _options,
                    () => launch?.Process.Terminate());
                foreach (var (name, value) in askpass.Environment)
                    environment[name] = value;
            }

            var process = SshProcess.Start(new SshProcessStart(_program.Path, arguments)
            {
                Environment = environment,
                DirectoryToRemove = isSession ? _directory.Path : null,
            });
            _logger.LogDebug("Started {Path} {Arguments} as process {Process}", _program.Path, string.Join(' ', arguments), process.Id);
            launch = new SshLaunch(this, process, askpass, readsLog);
            return launch;
        }
        catch (IOException e)
        {
            if (askpass is not null && !OperatingSystem.IsWindows())
                askpass.Dispose();
            throw Unstartable(e);
        }
    }

    /// <summary>Starts an <c>ssh</c> that hands files of ours to the session's, as the streams of one command.</summary>
    /// <param name="request">The command.</param>
    /// <returns>The running process, which ends when the command does.</returns>
    /// <exception cref="SftpException">It could not be started.</exception>
    public SshProcess StartWithFiles(RemoteCommandRequest request)
    {
        try
        {
            return SshProcess.Start(new SshProcessStart(_program.Path, Arguments.ForStreamsOfCommand(request.Command, ControlPath))
            {
                Input = request.InputFile,
                Output = request.OutputFile,
                EndsByItself = true,
            });
        }
        catch (IOException e)
        {
            throw Unstartable(e);
        }
    }

    /// <summary>Explains why <c>ssh</c> ended.</summary>
    /// <param name="log">Its log.</param>
    /// <param name="exit">How it ended; null where it still runs.</param>
    /// <returns>The error.</returns>
    public SftpException Explain(SshLog log, SshProcessExit? exit)
    {
        if (_trust?.Explain(log) is { } rejection)
            return rejection;
        var isOnTheWay = Target.JumpHosts.Count > 0 && !log.IsReached;
        return SshDiagnostics.Explain(new SshFailure(Host, log.Text)
        {
            IsOnTheWay = isOnTheWay,
            Subject = isOnTheWay ? DescribeJumps() : null,
            WasAuthenticated = log.IsAuthenticated,
            HadPassword = _options.Password is not null && !isOnTheWay,
            HadPassphrase = _options.KeyPassphrase is not null,
            AcceptedKey = log.AcceptedKey,
            HostKey = log.HostKey,
            Exit = exit?.ToString(),
        });
    }

    /// <summary>Ends the agent and removes the private directory. Doing so twice is fine.</summary>
    /// <returns>A task that ends when both are gone.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _agent, null) is { } agent)
            await agent.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private async Task StartAgentAsync(CancellationToken cancellationToken)
    {
        var programs = AgentPrograms.Find(_program.Path, Environment.GetEnvironmentVariable("PATH"), File.Exists);
        var agent = await PrivateAgent.StartAsync(programs, DirectoryPath, _options, cancellationToken).ConfigureAwait(false);
        _agent = agent;
        Arguments.AgentSocket = agent.SocketPath;
        _logger.LogDebug("Started {Path} for a private key given as text as process {Process}", programs.AgentPath, agent.ProcessId);
    }

    private string DescribeJumps() => Target.JumpHosts is [var only]
        ? $"the jump host {only} on the way to {Host}"
        : $"a jump host ({string.Join(", ", Target.JumpHosts)}) on the way to {Host}";

    private string[] HostNames() => Target.HostKeyAlias is { } alias
        ? [Host, Target.HostName, alias]
        : [Host, Target.HostName];

    private SftpException Unstartable(Exception cause) =>
        new(SftpErrorCode.Unavailable, $"ssh could not be started: {cause.Message}", cause)
        {
            Host = Host,
            IsTransientOverride = false,
        };
}
