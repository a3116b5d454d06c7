using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using Microsoft.Extensions.Logging;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace AcodeSftp.SshNet;

/// <summary>
/// A session over SSH.NET: one client for files, which all channels share, and others for commands
/// (<see cref="CommandClients"/>). Whether the peer is there is found out by asking it: SSH.NET takes a connection that was dropped
/// silently for a living one, and its keep-alive wants no answer.
/// </summary>
internal sealed class SshNetConnection : ISshConnection
{
    // How soon an end that SSH.NET itself has noticed is passed on.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    // Longer than any request of a call may take by itself, so that the library's own error comes first.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    // How long a server that did not answer one request may take for another.
    private static readonly TimeSpan MostDoubt = TimeSpan.FromSeconds(5);

    private readonly SshNetLogin _login;
    private readonly SftpClient? _sftp;
    private readonly SftpException? _noSftp;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disconnected = new();
    private readonly CommandClients _commands;
    private readonly Lazy<Task<SftpServerInfo>> _server;
    private readonly PathTurns _turns = new();
    private int _hasEnded;

    /// <summary>Takes over a client that is connected.</summary>
    /// <param name="login">Logs in once more when a command is to run.</param>
    /// <param name="sftp">The client.</param>
    /// <param name="logger">For the log.</param>
    public SshNetConnection(SshNetLogin login, SftpClient sftp, ILogger logger)
        : this(login, logger)
    {
        _sftp = sftp;
        Watch(sftp);
    }

    /// <summary>Takes over a connection to a server without SFTP.</summary>
    /// <param name="login">How it was logged in.</param>
    /// <param name="commands">The client.</param>
    /// <param name="noSftp">Why there is no SFTP.</param>
    /// <param name="logger">For the log.</param>
    public SshNetConnection(SshNetLogin login, SshClient commands, SftpException noSftp, ILogger logger)
        : this(login, logger)
    {
        _noSftp = noSftp;
        _commands.Add(commands);
        Watch(commands);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The loop ends with the connection.")]
    private SshNetConnection(SshNetLogin login, ILogger logger)
    {
        (_login, _logger, _commands) = (login, logger, new CommandClients(login));
        Disconnected = _disconnected.Token;
        Shell = new ShellWork(this, login.Options.OperationTimeout);
        _server = new Lazy<Task<SftpServerInfo>>(() => SshNetServer.AskAsync(this));
    }

    /// <inheritdoc/>
    public string ConnectionId { get; } = Guid.NewGuid().ToString("N")[..12];

    /// <inheritdoc/>
    public string HostName => _login.Target.HostName;

    /// <inheritdoc/>
    public int Port => _login.Target.Port;

    /// <inheritdoc/>
    public string UserName => _login.UserName;

    /// <inheritdoc/>
    public string? ServerVersion { get; private set; }

    /// <inheritdoc/>
    public bool IsConnected => Volatile.Read(ref _hasEnded) == 0;

    /// <inheritdoc/>
    public CancellationToken Disconnected { get; }

    /// <summary>What is done by shell commands.</summary>
    internal ShellWork Shell { get; }

    /// <summary>The canonical paths of directories that were looked at.</summary>
    internal CanonicalFolders Folders { get; } = new();

    /// <summary>The client for files; not null where a channel was opened.</summary>
    internal SftpClient Sftp => _sftp!;

    private TimeSpan CallLimit => _login.Options.OperationTimeout + Slack;

    /// <inheritdoc/>
    public async Task<IRemoteFileSystem> OpenSftpAsync(CancellationToken cancellationToken = default)
    {
        RequireConnected();
        if (_sftp is null)
            throw new SftpException(_noSftp!.Code, _noSftp.Message, _noSftp)
            {
                Host = HostName,
                Advice = _noSftp.Advice,
                IsTransientOverride = false,
            };
        return new SshNetFileSystem(this, await _server.Value.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        // SSH.NET has no request for environment variables; a server may refuse one in silence as well. What is no name is wrong.
        if (request.Environment.Keys.FirstOrDefault(IsNoVariable) is { } name)
            throw new SftpException(SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(name)}' is not a name of an environment variable.");
        RequireConnected();
        var client = await _commands.RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await SshNetCommand
                .StartAsync(this, client, request, () => _commands.Return(client), CallLimit, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (SftpException or OperationCanceledException))
        {
            if (!IsConnected || !IsAlive(client))
                throw SshNetErrors.Lost(HostName, e);
            throw e is TimeoutException
                ? SshNetErrors.TimedOut("run a command", HostName, null, e)
                : new SftpException(SftpErrorCode.Unavailable, $"{HostName} refused a channel.", e)
                {
                    Host = HostName,
                    Advice = "The server may allow fewer sessions on one connection (MaxSessions), or none at all for this account.",
                };
        }
    }

    /// <inheritdoc/>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default)
    {
        RequireConnected();
        var started = Stopwatch.GetTimestamp();
        await AskAsync(cancellationToken).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _commands.Dispose();
    }

    /// <summary>
    /// Finds out whether the account's startup files print something. SSH.NET takes such text for a packet, and does not tell
    /// what it was.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when it is known.</returns>
    /// <exception cref="SftpException">They do.</exception>
    internal async Task RequireSilenceAsync(CancellationToken cancellationToken)
    {
        var command = await ExecuteAsync(new RemoteCommandRequest("exit 0") { HasInput = false }, cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var block = new byte[512];
            var count = await command.StandardOutput.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken)
                .AsTask()
                .WaitAsync(CallLimit, cancellationToken)
                .ConfigureAwait(false);
            var text = TerminalText.Clean(Encoding.UTF8.GetString(block, 0, count)).Trim();
            if (text.Length > 0)
                throw new SftpException(
                    SftpErrorCode.ProtocolViolation,
                    $"The server sent text where the SFTP protocol should begin: \"{text}\"")
                {
                    Host = HostName,
                    Advice = "A startup file on the server (.bashrc, .profile, .cshrc) prints this for sessions without a terminal. "
                        + "Make it print only when there is one, for example with: [ -t 1 ] && echo ...",
                };
        }
    }

    /// <summary>Calls the client for files. Calls on one path follow each other.</summary>
    /// <typeparam name="T">What the call returns.</typeparam>
    /// <param name="operation">What it does, as in "cannot {operation}".</param>
    /// <param name="path">To what, or null.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Stops waiting; the call itself ends when the server answers or the time is over.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="SftpException">It failed, or took too long.</exception>
    internal async Task<T> CallAsync<T>(string operation, string? path, Func<SftpClient, T> call, CancellationToken cancellationToken)
    {
        RequireConnected();
        cancellationToken.ThrowIfCancellationRequested();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Disconnected);
        try
        {
            return await _turns.RunAsync(path, () => Blocking.RunAsync(() => call(Sftp)))
                .WaitAsync(CallLimit, either.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (!IsCancelled(e, cancellationToken))
        {
            throw await ExplainAsync(e, operation, path).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Whether a failure is the caller's cancelling. What waits for the library is given up with the connection, too.
    /// </summary>
    /// <param name="failure">The failure.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>Whether it is.</returns>
    internal static bool IsCancelled(Exception failure, CancellationToken cancellationToken) =>
        failure is OperationCanceledException && cancellationToken.IsCancellationRequested;

    /// <summary>Whether a client has not noticed an end.</summary>
    /// <param name="client">The client.</param>
    /// <returns>Whether it has not.</returns>
    internal static bool IsAlive(BaseClient client)
    {
        try
        {
            return client.IsConnected;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>
    /// What a failure of the library means. Where time was over and the server does not answer anything else either, the
    /// connection is given up, so that whoever tries again gets another.
    /// </summary>
    /// <param name="failure">The failure.</param>
    /// <param name="operation">What was tried.</param>
    /// <param name="path">On what, or null.</param>
    /// <returns>The error.</returns>
    internal async Task<SftpException> ExplainAsync(Exception failure, string operation, string? path)
    {
        var error = Explain(failure, operation, path);
        if (error.Code == SftpErrorCode.Timeout && IsConnected && !await AnswersAsync().ConfigureAwait(false))
            await EndAsync().ConfigureAwait(false);
        return error;
    }

    private async Task<bool> AnswersAsync()
    {
        var limit = _login.Options.OperationTimeout < MostDoubt ? _login.Options.OperationTimeout : MostDoubt;
        try
        {
            return await Blocking.RunAsync(() => Sftp.Exists("/")).WaitAsync(limit, Disconnected).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or SshException or ObjectDisposedException)
        {
            return false;
        }
    }

    private SftpException Explain(Exception failure, string operation, string? path)
    {
        if (failure is SftpException error)
            return error;
        var explained = SshNetErrors.From(failure, operation, HostName, path);
        if (IsConnected && IsAlive(Sftp) && explained.Code != SftpErrorCode.ConnectionLost)
            return explained;
        // Whoever connects anew must not be given this connection once more.
        _ = EndAsync();
        return SshNetErrors.Lost(HostName, failure is OperationCanceledException ? null : failure);
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        if (_sftp is not null)
        {
            await CallAsync("reach the server", null, sftp => sftp.Exists("/"), cancellationToken).ConfigureAwait(false);
            return;
        }

        var command = await ExecuteAsync(new RemoteCommandRequest("exit 0") { HasInput = false }, cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
            await command.Completion.WaitAsync(CallLimit, cancellationToken).ConfigureAwait(false);
    }

    private void Watch(BaseClient client)
    {
        var identification = client.ConnectionInfo.ServerVersion;
        ServerVersion = identification is ['S', 'S', 'H', '-', _, '.', _, '-', .. var software] ? software.Split(' ')[0] : identification;
        _ = Task.Run(WatchAsync);
    }

    private static bool IsNoVariable(string name) => name.Length == 0 || name.Any(c => c is '=' or ' ' || char.IsControl(c));

    private async Task WatchAsync()
    {
        var interval = _login.Options.KeepAliveInterval;
        var lastSign = Stopwatch.GetTimestamp();
        var missed = 0;
        while (IsConnected)
        {
            await Task.Delay(PollInterval, Disconnected).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if ((_sftp is not null && !IsAlive(_sftp)) || !_commands.AreAlive)
                break;
            if (interval <= TimeSpan.Zero || Stopwatch.GetElapsedTime(lastSign) < interval)
                continue;
            try
            {
                await AskAsync(Disconnected).WaitAsync(interval, Disconnected).ConfigureAwait(false);
                missed = 0;
            }
            catch (Exception e) when (e is SftpException or TimeoutException or OperationCanceledException)
            {
                if (++missed >= _login.Options.KeepAliveCountMax)
                    break;
            }

            lastSign = Stopwatch.GetTimestamp();
        }

        if (IsConnected)
        {
            _logger.LogWarning("{ConnectionId}: {Host} no longer answers", ConnectionId, HostName);
            await EndAsync().ConfigureAwait(false);
        }
    }

    private async Task EndAsync()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0)
            return;
        await _disconnected.CancelAsync().ConfigureAwait(false);
        // Saying goodbye to a peer that does not answer takes SSH.NET long; nobody needs to wait for it.
        if (_sftp is not null)
            Blocking.Forget(_sftp.Dispose);
        _commands.End();
    }

    private void RequireConnected()
    {
        if (!IsConnected)
            throw SshNetErrors.Lost(HostName);
    }
}
