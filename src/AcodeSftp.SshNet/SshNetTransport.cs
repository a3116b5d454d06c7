using AcodeSftp.Connections;
using AcodeSftp.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Renci.SshNet;

namespace AcodeSftp.SshNet;

/// <summary>
/// Connects with SSH.NET, in the process itself: for hosts without an OpenSSH client, and for Windows, whose OpenSSH cannot
/// multiplex. Passwords, key files, keys as text, certificates and keyboard-interactive login. What SSH.NET does not have
/// (agents, keys on hardware, <c>ssh_config</c>, jump hosts) is refused with a message that names the other transport.
/// <code>
/// var transport = new SshNetTransport();
/// await using var connection = await transport.ConnectAsync(
///     new SshConnectionOptions { HostName = "example.org", UserName = "me", Password = password });
/// await using var files = await connection.OpenSftpAsync();
/// </code>
/// </summary>
public sealed class SshNetTransport : ISshTransport, ISshRouteFinder
{
    private const int DefaultPort = 22;

    private static readonly string Library =
        $"SSH.NET {typeof(SftpClient).Assembly.GetName().Version?.ToString(3) ?? "of an unknown version"}";

    private readonly ILogger _logger;
    private readonly Func<string, string?> _environment;

    /// <summary>Creates the transport with no log.</summary>
    public SshNetTransport()
        : this(null)
    {
        // Not merely the other constructor's default: whoever calls that one refers to the logging library, which the
        // PowerShell module must not (see its DependencyLoadContext).
    }

    /// <summary>Creates the transport.</summary>
    /// <param name="logger">For the log; null for none.</param>
    /// <param name="environment">Reads an environment variable; null for the process's own.</param>
    public SshNetTransport(ILogger<SshNetTransport>? logger, Func<string, string?>? environment = null)
    {
        _logger = logger ?? NullLogger<SshNetTransport>.Instance;
        _environment = environment ?? Environment.GetEnvironmentVariable;
    }

    /// <summary>Creates the transport for those who cannot refer to the logging library.</summary>
    /// <param name="log">Where its log lines go.</param>
    /// <returns>The transport.</returns>
    public static SshNetTransport LoggingTo(SftpLogSwitch log) => new(new Logger<SshNetTransport>(log));

    /// <inheritdoc/>
    public string Name => "SshNet";

    /// <inheritdoc/>
    public TransportAvailability Availability => new(true, Library);

    /// <inheritdoc/>
    public Task<SshRoute> FindRouteAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequirePossible(options);
        return Task.FromResult(new SshRoute(options.HostName, options.Port ?? DefaultPort));
    }

    /// <inheritdoc/>
    public async Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return await LogInAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Host is null)
        {
            throw e.WithHost(options.HostName);
        }
    }

    private async Task<ISshConnection> LogInAsync(SshConnectionOptions options, CancellationToken cancellationToken)
    {
        var target = await FindRouteAsync(options, cancellationToken).ConfigureAwait(false);
        var gate = new HostKeyGate(options, target, _environment, _logger);
        var login = new SshNetLogin(options, target, options.UserName ?? Environment.UserName, gate);
        if (options.FileProtocol == FileProtocolChoice.Scp)
            return await WithoutSftpAsync(login, NotWanted(target.HostName), cancellationToken).ConfigureAwait(false);
        try
        {
            var sftp = await login.ConnectAsync(
                info => new SftpClient(info) { OperationTimeout = options.OperationTimeout },
                cancellationToken).ConfigureAwait(false);
            return new SshNetConnection(login, sftp, _logger);
        }
        catch (SftpException e) when (SshNetLogin.IsOfSftp(e))
        {
            _logger.LogInformation("{Host} has no SFTP: {Reason}", target.HostName, e.Message);
            var connection = await WithoutSftpAsync(login, e, cancellationToken).ConfigureAwait(false);
            try
            {
                if (!SshNetLogin.IsRefusedSubsystem(e))
                    await connection.RequireSilenceAsync(cancellationToken).ConfigureAwait(false);
                if (options.FileProtocol == FileProtocolChoice.Auto && e.Code == SftpErrorCode.Unavailable)
                    return connection;
                throw;
            }
            catch
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private async Task<SshNetConnection> WithoutSftpAsync(SshNetLogin login, SftpException reason, CancellationToken cancellationToken) =>
        new SshNetConnection(
            login,
            await login.ConnectAsync(info => new SshClient(info), cancellationToken).ConfigureAwait(false),
            reason,
            _logger);

    // Nothing that was asked for is left out in silence: a jump host that is not gone through is another way to the host.
    private static void RequirePossible(SshConnectionOptions options)
    {
        var host = options.HostName;
        if (options.JumpHosts.Count > 0)
            throw SshNetErrors.Unsupported("go through jump hosts", host);
        if (options.SshConfigPath is { } config && !config.Equals("none", StringComparison.OrdinalIgnoreCase))
            throw SshNetErrors.Unsupported($"read ssh_config ('{TerminalText.Clean(config)}')", host);
        if (options.SshOptions.Count > 0)
            throw SshNetErrors.Unsupported($"use options of ssh_config ({string.Join(", ", options.SshOptions.Keys)})", host);
    }

    private static SftpException NotWanted(string host) =>
        new(SftpErrorCode.Unavailable, $"SCP was asked for with {host}, and no SFTP.") { Host = host, IsTransientOverride = false };
}
