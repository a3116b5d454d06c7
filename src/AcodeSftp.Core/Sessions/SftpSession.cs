using AcodeSftp.Commands;
using AcodeSftp.Connections;
using AcodeSftp.Diagnostics;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcodeSftp.Sessions;

/// <summary>
/// One server, logged in: what files and commands go through. The connection is made on first use or on request, and made
/// again by the next use after it was lost or closed, until the session is disposed. It owns a pool of SFTP channels that
/// are used again. Thread-safe.
/// </summary>
public sealed class SftpSession : IAsyncDisposable
{
    private readonly ISshTransport _transport;
    private readonly SessionConnection _connection;
    private readonly ILogger _logger;
    private readonly object _stateLock = new();
    private SftpSessionState _state;
    private string _stateReason = "";

    /// <summary>Describes a session; it is connected by <see cref="ConnectAsync"/> or by its first use.</summary>
    /// <param name="id">Its number, never used again in this process.</param>
    /// <param name="name">Its name; null for <c>user@host</c> as given.</param>
    /// <param name="options">Where and how to connect.</param>
    /// <param name="transport">What connects, and why that was chosen.</param>
    /// <param name="settings">How it behaves; null for the defaults.</param>
    public SftpSession(
        int id,
        string? name,
        SshConnectionOptions options,
        SshTransportChoice transport,
        SftpSessionSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(transport);
        settings ??= SftpSessionSettings.Default;
        Id = id;
        Options = options;
        Name = string.IsNullOrWhiteSpace(name) ? options.Authority : name;
        _transport = transport.Transport;
        TransportReason = transport.Reason;
        LoggerFactory = settings.LoggerFactory;
        Retry = settings.Retry;
        _logger = LoggerFactory.CreateLogger<SftpSession>();
        _connection = new SessionConnection(this, _transport, settings, _logger);
    }

    /// <summary>Its number, never used again in this process.</summary>
    public int Id { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The host connected to; before that, the one asked for.</summary>
    public string HostName => _connection.Last?.HostName ?? Options.HostName;

    /// <summary>The port connected to; before that, the one asked for, or 22.</summary>
    public int Port => _connection.Last?.Port ?? Options.Port ?? 22;

    /// <summary>The account logged in to; before that, the one asked for, or an empty text.</summary>
    public string UserName => _connection.Last?.UserName ?? Options.UserName ?? "";

    /// <summary>Where it is in its life.</summary>
    public SftpSessionState State
    {
        get
        {
            lock (_stateLock)
                return _state;
        }
    }

    /// <summary>Why it is in that state, for a person; an empty text before the first change.</summary>
    public string StateReason
    {
        get
        {
            lock (_stateLock)
                return _stateReason;
        }
    }

    /// <summary>The transport's name.</summary>
    public string Transport => _transport.Name;

    /// <summary>Why that transport was chosen.</summary>
    public string TransportReason { get; }

    /// <summary>The server's software version; null where it is not known.</summary>
    public string? ServerVersion => _connection.Last?.ServerVersion;

    /// <summary>The SFTP extensions that the server announced, with their versions; empty until a channel was opened.</summary>
    public IReadOnlyDictionary<string, string> Extensions => SftpServer?.Extensions ?? new Dictionary<string, string>();

    /// <summary>What the SFTP server said about itself; null until a channel was opened.</summary>
    public SftpServerInfo? SftpServer => _connection.SftpServer;

    /// <summary>
    /// What carries files: SFTP, or SCP where the server was found to refuse SFTP or where that was asked for.
    /// </summary>
    public FileProtocol FileProtocol => _connection.Scp is null ? FileProtocol.Sftp : FileProtocol.Scp;

    /// <summary>Why SCP is used, for a person; null where SFTP is.</summary>
    public string? FileProtocolReason => _connection.Scp?.Reason;

    /// <summary>When it was last connected; null before that.</summary>
    public DateTimeOffset? ConnectedAt => _connection.ConnectedAt;

    /// <summary>How many times the connection was made again after it was lost or closed.</summary>
    public int ReconnectCount => _connection.ReconnectCount;

    /// <summary>Where and how it connects.</summary>
    public SshConnectionOptions Options { get; }

    /// <summary><c>user@host:port</c>.</summary>
    public string Authority
    {
        get
        {
            var host = HostName.Contains(':', StringComparison.Ordinal) ? $"[{HostName}]" : HostName;
            return UserName.Length == 0 ? $"{host}:{Port}" : $"{UserName}@{host}:{Port}";
        }
    }

    /// <summary>Raised after each change of <see cref="State"/>, from whichever thread changed it.</summary>
    public event EventHandler<SftpSessionStateChangedEventArgs>? StateChanged;

    /// <summary>Connects, and opens the first SFTP channel, or finds that it takes SCP. Does nothing where it is connected already.</summary>
    /// <param name="cancellationToken">Gives up; nothing is left running.</param>
    /// <returns>A task that ends when the session is ready.</returns>
    /// <exception cref="SftpException">It could not be connected; the code tells why.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        if (await _connection.RentAsync(cancellationToken).ConfigureAwait(false) is ({ } channel, _))
            await _connection.GiveBackAsync(channel).ConfigureAwait(false);
    }

    /// <summary>The connection, made if need be; the way to what only a transport has.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection. It may be lost at any time and is then not made again for its holder.</returns>
    /// <exception cref="SftpException">It could not be made.</exception>
    public async Task<ISshConnection> GetConnectionAsync(CancellationToken cancellationToken = default) =>
        await _connection.GetAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// The connection as the type a transport gives it (SFTP-026), for what this library does not offer.
    /// </summary>
    /// <typeparam name="TConnection">The transport's type.</typeparam>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="SftpException">The connection is of another type (<see cref="SftpErrorCode.Unsupported"/>).</exception>
    public async Task<TConnection> UnwrapAsync<TConnection>(CancellationToken cancellationToken = default)
        where TConnection : class =>
        (TConnection)await UnwrapAsync(typeof(TConnection), cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// The connection as the type a transport gives it (SFTP-026), for those who have the type as a value.
    /// </summary>
    /// <param name="type">The transport's type.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection, which is of the type.</returns>
    /// <exception cref="SftpException">The connection is of another type (<see cref="SftpErrorCode.Unsupported"/>).</exception>
    public async Task<ISshConnection> UnwrapAsync(Type type, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        var connection = await GetConnectionAsync(cancellationToken).ConfigureAwait(false);
        return type.IsInstanceOfType(connection) ? connection : throw new SftpException(
            SftpErrorCode.Unsupported,
            $"The connection of the transport {Transport} is a {connection.GetType().Name}, not a {type.Name}.")
        {
            Host = HostName,
            Advice = $"Ask for {connection.GetType().FullName} or {typeof(ISshConnection).FullName}.",
        };
    }

    /// <summary>
    /// Opens an SFTP channel, or takes one that was used before. Disposing it gives it back. While it is held, operations
    /// that can be repeated go on over a new connection when the old one is lost. Where the server has no SFTP the channel
    /// works by SCP: see <see cref="FileProtocol"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The channel.</returns>
    /// <exception cref="SftpException">The session could not be connected, or the server refused the channel.</exception>
    public async Task<ISftpChannel> OpenSftpAsync(CancellationToken cancellationToken = default)
    {
        var (channel, scp) = await _connection.RentAsync(cancellationToken).ConfigureAwait(false);
        return new SftpChannel(
            this,
            _connection,
            scp?.Files ?? new SessionFileSystem(_connection, channel!),
            static lease => lease.DisposeAsync(),
            scp);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">The command line, as the account's shell on the server reads it.</param>
    /// <param name="timeout">How long it may take; null for as long as it likes.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <returns>What it did.</returns>
    /// <exception cref="SftpException">It ran out of time, was refused, or the connection was lost.</exception>
    public Task<SshCommandResult> InvokeCommandAsync(
        string command,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        InvokeCommandAsync(
            new SshCommand(command),
            new SshCommandOptions { Timeout = timeout ?? Timeout.InfiniteTimeSpan },
            cancellationToken);

    /// <summary>Runs a command to its end. One that is given up is ended on the server too.</summary>
    /// <param name="command">The command and what should be so when it starts.</param>
    /// <param name="options">How it is run; null for no time limit, no input, and its output in the result.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <returns>What it did.</returns>
    /// <exception cref="SftpException">It ran out of time, was refused, could not be prepared, or the connection was lost.</exception>
    public Task<SshCommandResult> InvokeCommandAsync(
        SshCommand command,
        SshCommandOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new SshCommandRunner(_connection, Id, command, options ?? new SshCommandOptions()).RunAsync(cancellationToken);
    }

    /// <summary>
    /// Ends the connection and everything that runs on it (SFTP-025). The next use connects again. Doing so twice is fine.
    /// </summary>
    /// <returns>A task that ends when nothing is left running.</returns>
    public async Task CloseAsync()
    {
        await _connection.CloseAsync().ConfigureAwait(false);
        SetState(SftpSessionState.Closed, "closed on request");
    }

    /// <summary>Closes the session for good and wipes its secrets. Doing so twice is fine.</summary>
    /// <returns>A task that ends when nothing is left running.</returns>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        SetState(SftpSessionState.Closed, "removed");
        Options.Password?.Dispose();
        Options.KeyPassphrase?.Dispose();
        Options.PrivateKey?.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Authority}";

    /// <summary>The connection over its whole life: made, and made again, by use.</summary>
    internal ISshConnection Connection => _connection;

    /// <summary>Where the transport would connect to; null where it cannot tell.</summary>
    internal ISshRouteFinder? RouteFinder => _transport as ISshRouteFinder;

    /// <summary>Where the log lines of what runs on it go.</summary>
    internal ILoggerFactory LoggerFactory { get; }

    /// <summary>How often what a lost connection broke off is tried again.</summary>
    internal SessionRetryPolicy Retry { get; }

    /// <summary>How many times it was closed on request.</summary>
    internal int Closings => _connection.Closings;

    /// <summary>Whether it is connected at this moment.</summary>
    internal bool IsStanding => _connection.IsStanding;

    internal void SetState(SftpSessionState state, string reason)
    {
        SftpSessionState before;
        lock (_stateLock)
        {
            before = _state;
            if (before == state)
                return;
            (_state, _stateReason) = (state, reason);
        }

        _logger.LogInformation(
            "Session {SessionId} ({Authority}): {OldState} -> {NewState}: {Reason}", Id, Authority, before, state, reason);
        StateChanged?.Invoke(this, new SftpSessionStateChangedEventArgs(before, state, reason));
    }
}

/// <summary>How sessions behave.</summary>
public sealed record SftpSessionSettings
{
    /// <summary>The defaults: the usual retries, no log.</summary>
    public static SftpSessionSettings Default { get; } = new();

    /// <summary>How connecting is retried.</summary>
    public SessionRetryPolicy Retry { get; init; } = SessionRetryPolicy.Default;

    /// <summary>Where log lines go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// The same settings with log lines going to a switch, for those who cannot refer to the logging library.
    /// </summary>
    /// <param name="log">The switch.</param>
    /// <returns>The settings.</returns>
    public SftpSessionSettings LoggingTo(SftpLogSwitch log) => this with { LoggerFactory = log };
}

/// <summary>A change of a session's state.</summary>
/// <param name="oldState">Before.</param>
/// <param name="newState">After.</param>
/// <param name="reason">Why, for a person.</param>
public sealed class SftpSessionStateChangedEventArgs(SftpSessionState oldState, SftpSessionState newState, string reason)
    : EventArgs
{
    /// <summary>Before.</summary>
    public SftpSessionState OldState { get; } = oldState;

    /// <summary>After.</summary>
    public SftpSessionState NewState { get; } = newState;

    /// <summary>Why, for a person.</summary>
    public string Reason { get; } = reason;
}
