using System.ComponentModel;
using AcodeSftp.Connections;
using AcodeSftp.Diagnostics;
using AcodeSftp.Protocol.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcodeSftp.OpenSsh;

/// <summary>
/// Connects with the system's OpenSSH client (8.4 or later), and so with its agents, certificates, hardware keys,
/// <c>ssh_config</c>, jump hosts and known hosts. One <c>ssh</c> process carries a session.
/// <code>
/// var transport = new OpenSshTransport();
/// await using var connection = await transport.ConnectAsync(new SshConnectionOptions { HostName = "example.org" });
/// await using var files = await connection.OpenSftpAsync();
/// </code>
/// </summary>
public sealed class OpenSshTransport : ISshTransport, ISshRouteFinder
{
    // AES-GCM is the fastest of OpenSSH's ciphers where the processor has instructions for it, and not among the first it
    // offers. The ^ keeps all others.
    private const string FastCiphers = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com";

    private readonly OpenSshOptions _options;
    private readonly ILogger _logger;
    private readonly Lazy<(OpenSshProgram? Program, string Detail)> _program;

    /// <summary>Creates the transport with the defaults and no log; nothing is looked for yet.</summary>
    public OpenSshTransport()
        : this(null)
    {
        // Not merely the other constructor's defaults: whoever calls that one refers to the logging library, which the
        // PowerShell module must not (see its DependencyLoadContext).
    }

    /// <summary>
    /// Creates the transport with the defaults, for those who cannot refer to the logging library; nothing is looked for
    /// yet.
    /// </summary>
    /// <param name="log">Where its log lines go.</param>
    /// <returns>The transport.</returns>
    public static OpenSshTransport LoggingTo(SftpLogSwitch log) => new(null, new Logger<OpenSshTransport>(log));

    /// <summary>Creates the transport; nothing is looked for yet.</summary>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <param name="logger">For the log; null for none.</param>
    public OpenSshTransport(OpenSshOptions? options, ILogger<OpenSshTransport>? logger = null)
    {
        _options = options ?? new OpenSshOptions();
        _logger = logger ?? NullLogger<OpenSshTransport>.Instance;
        _program = new Lazy<(OpenSshProgram?, string)>(() => OpenSshProgram.Find(_options.SshPath));
    }

    /// <inheritdoc/>
    public string Name => "OpenSsh";

    /// <inheritdoc/>
    public TransportAvailability Availability => new(_program.Value.Program is not null, _program.Value.Detail);

    /// <inheritdoc/>
    public async Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var noSftp = options.FileProtocol == FileProtocolChoice.Scp ? NotWanted(options.HostName) : null;
        var first = await TryConnectAsync(options, noSftp, cancellationToken).ConfigureAwait(false);
        if (first.Connection is not null)
            return first.Connection;
        // ssh ended with the channel that was refused, so this is a login of its own.
        _logger.LogInformation("{Host} has no SFTP: {Reason}", options.HostName, first.NoSftp!.Message);
        return (await TryConnectAsync(options, first.NoSftp, cancellationToken).ConfigureAwait(false)).Connection!;
    }

    // Connects without SFTP where a reason for that is given; without a connection there is one to do so.
    private async Task<(ISshConnection? Connection, SftpException? NoSftp)> TryConnectAsync(
        SshConnectionOptions options,
        SftpException? noSftp,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var program = _program.Value.Program ?? throw new SftpException(SftpErrorCode.Unavailable, _program.Value.Detail)
        {
            Host = options.HostName,
            Advice = "Or use another transport, with -Transport.",
            IsTransientOverride = false,
        };
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(options.ConnectTimeout);
        SshLauncher? launcher = null;
        SshLaunch? launch = null;
        try
        {
            launcher = new SshLauncher(options, program, _logger);
            launcher.Target = await FindTargetAsync(launcher, program, timer.Token).ConfigureAwait(false);
            launcher.Ciphers = ChooseCiphers(launcher, program);
            await launcher.PrepareAsync(_options.ReadEnvironment, timer.Token).ConfigureAwait(false);
            var controlPath = _options.Multiplexing && !OperatingSystem.IsWindows() ? launcher.ControlPath : null;
            var command = noSftp is null ? null : ScpHolder.CommandLine;
            SftpClient? sftp = null;
            (ScpHolder, SftpException)? withoutSftp = null;
            while (sftp is null && withoutSftp is null)
            {
                launch = launcher.Start(
                    launcher.Arguments.ForSession(controlPath, launcher.Ciphers, command), isSession: true, readsLog: true);
                try
                {
                    if (noSftp is null)
                        sftp = await OpenFirstSftpAsync(launch, launcher, options, timer.Token).ConfigureAwait(false);
                    else
                        withoutSftp = (await ScpHolder.StartAsync(launch.OpenStream(), timer.Token).ConfigureAwait(false), noSftp);
                }
                catch (SftpException e) when (e.Code == SftpErrorCode.HostKeyRejected)
                {
                    if (!await launcher.TryOtherHostKeysAsync(timer.Token).ConfigureAwait(false))
                        throw;
                    await launch.DisposeAsync().ConfigureAwait(false);
                }
            }

            launch!.StopAnswering();
            return (new OpenSshConnection(_options, options, launcher, launch, sftp, withoutSftp, controlPath, _logger), null);
        }
        catch (Exception e)
        {
            if (launch is not null)
                await launch.DisposeAsync().ConfigureAwait(false);
            if (launcher is not null)
                await launcher.DisposeAsync().ConfigureAwait(false);
            if (options.FileProtocol == FileProtocolChoice.Auto && launch is { Log.IsAuthenticated: true })
            {
                if (noSftp is null && WhyNoSftp(e, launch.Log, options) is { } reason)
                    return (null, reason);
                // Neither does it run scp. That there is no SFTP is what somebody can do something about.
                if (noSftp is not null && e is SftpException)
                    throw noSftp;
            }

            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw TimedOut(options, launch?.Log, e);
            if (e is SftpException { Host: null } error)
                throw error.WithHost(options.HostName);
            throw;
        }
    }

    private static SftpException? WhyNoSftp(Exception failure, SshLog log, SshConnectionOptions options) => failure switch
    {
        SftpException { Code: SftpErrorCode.Unavailable, IsTransient: false } refusal => refusal,
        // Some servers start the subsystem though the program behind it is missing.
        SftpException { Code: SftpErrorCode.ConnectionLost } when log.HasExitStatus => new SftpException(
            SftpErrorCode.Unavailable,
            $"The SFTP server of {options.HostName} ended at once: {SshDiagnostics.LastWords(log.Text) ?? "without a word"}.",
            failure)
        {
            Host = options.HostName,
            IsTransientOverride = false,
            Advice = "The login worked. Ask whoever runs the server to enable SFTP: Subsystem sftp internal-sftp in sshd_config.",
        },
        _ => null,
    };

    private static SftpException NotWanted(string host) =>
        new(SftpErrorCode.Unavailable, $"SCP was asked for with {host}, and no SFTP.") { Host = host, IsTransientOverride = false };

    /// <inheritdoc/>
    public async Task<SshRoute> FindRouteAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var program = _program.Value.Program ?? throw new SftpException(SftpErrorCode.Unavailable, _program.Value.Detail)
        {
            Host = options.HostName,
            IsTransientOverride = false,
        };
        await using var launcher = new SshLauncher(options, program, _logger);
        var target = await FindTargetAsync(launcher, program, cancellationToken).ConfigureAwait(false);
        var via = options.JumpHosts.Count > 0 ? $"the jump host {string.Join(',', options.JumpHosts)}" : target.Proxy;
        return new SshRoute(target.HostName, target.Port) { Via = via is null ? null : TerminalText.Clean(via) };
    }

    // The version packet of SFTP is the sign that the login worked.
    private static async Task<SftpClient> OpenFirstSftpAsync(
        SshLaunch launch,
        SshLauncher launcher,
        SshConnectionOptions options,
        CancellationToken cancellationToken)
    {
        var stream = launch.OpenBulkStream();
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // A program that ssh started, such as a ProxyCommand, can hold its output open after its end.
        _ = launch.Process.Exit.ContinueWith(
            _ => CancelSoon(attempt),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        try
        {
            var client = await SftpClient.ConnectAsync(
                stream,
                new SftpClientOptions
                {
                    Host = launcher.Host,
                    OperationTimeout = options.OperationTimeout,
                    DescribeLoss = launch.DescribeEndAsync,
                },
                attempt.Token).ConfigureAwait(false);
            stream.EndIsLoss = true;
            return client;
        }
        catch (OperationCanceledException) when (launch.Process.Exit.IsCompleted)
        {
            // Why ssh ended tells more than that time ran out.
            throw await launch.DescribeEndAsync().ConfigureAwait(false);
        }
    }

    private static void CancelSoon(CancellationTokenSource attempt)
    {
        try
        {
            attempt.CancelAfter(TimeSpan.FromSeconds(1));
        }
        catch (ObjectDisposedException)
        {
            // The attempt is over.
        }
    }

    private static async Task<SshTarget> FindTargetAsync(
        SshLauncher launcher,
        OpenSshProgram program,
        CancellationToken cancellationToken)
    {
        try
        {
            var (exitCode, output, error) = await Task.Run(() => program.Query(launcher.Arguments.ForConfiguration()), cancellationToken)
                .WaitAsync(cancellationToken)
                .ConfigureAwait(false);
            if (exitCode == 0)
                return SshTarget.Parse(output, launcher.Host);
            var log = new SshLog();
            log.Add(error);
            log.Add("\n");
            throw launcher.Explain(log, new Processes.SshProcessExit(exitCode, null));
        }
        catch (Exception e) when (e is Win32Exception or IOException or TimeoutException)
        {
            throw new SftpException(SftpErrorCode.Unavailable, $"ssh could not be asked for its configuration: {e.Message}", e)
            {
                Host = launcher.Host,
                IsTransientOverride = false,
            };
        }
    }

    // Only where the ciphers are those that OpenSSH comes with: somebody who set others, or a system's security policy,
    // had reasons.
    private static string? ChooseCiphers(SshLauncher launcher, OpenSshProgram program)
    {
        var hasAes = System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;
        return hasAes && !launcher.Arguments.HasCiphers && launcher.Target.Ciphers is { } ciphers && ciphers == program.DefaultCiphers
            ? FastCiphers
            : null;
    }

    private static SftpException TimedOut(SshConnectionOptions options, SshLog? log, Exception cause)
    {
        var state = log switch
        {
            { IsAuthenticated: true } => "logged in, but its SFTP server did not start",
            { IsReached: true } => "answered, but the login was not over",
            { IsConnected: true } => "accepted the connection, but did not answer as an SSH server",
            _ => "did not answer",
        };
        return new SftpException(
            SftpErrorCode.Timeout,
            $"{options.HostName} {state} within {options.ConnectTimeout.TotalSeconds:0.#} s.",
            cause)
        {
            Host = options.HostName,
            Advice = log is { IsReached: true }
                ? "The server may be slow or wait for something, such as a touch of a hardware key. Allow it more time with -ConnectTimeout."
                : log is { IsConnected: true } ? "The server may be overloaded, or another service listens on this port."
                : "Check the address and the port, that the host is up, and that no firewall drops the packets.",
        };
    }
}
