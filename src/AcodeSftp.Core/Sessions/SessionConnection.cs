using System.Collections.Concurrent;
using AcodeSftp.Connections;
using AcodeSftp.Diagnostics;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Scp;
using Microsoft.Extensions.Logging;
using Polly;

namespace AcodeSftp.Sessions;

/// <summary>
/// The connection of a session over its whole life: made when first needed, made again when it is needed after it was
/// lost, by one caller while the others wait for it. To transfers and commands it is a connection like any other.
/// </summary>
internal sealed class SessionConnection : ISshConnection
{
    private readonly SftpSession _session;
    private readonly ISshTransport _transport;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<ISshConnection> _retry;
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly ConcurrentStack<IRemoteFileSystem> _idle = new();
    private readonly ChannelSlots _slots = new();
    private readonly CancellationTokenSource _disposed = new();
    private ISshConnection? _current;
    private int _closings;

    public SessionConnection(SftpSession session, ISshTransport transport, SftpSessionSettings settings, ILogger logger)
    {
        _session = session;
        _transport = transport;
        _logger = logger;
        _time = settings.Time;
        _retry = settings.Retry.Build(settings.Time, logger, session.Options.Authority);
        Disconnected = _disposed.Token;
    }

    /// <summary>The last connection made, whether or not it still stands; null before the first.</summary>
    public ISshConnection? Last { get; private set; }

    public SftpServerInfo? SftpServer { get; private set; }

    /// <summary>What takes the place of SFTP channels, once the server was found to have none; null while it has.</summary>
    public ScpAccess? Scp { get; private set; }

    /// <summary>Whether there is a connection at this moment.</summary>
    public bool IsStanding => Volatile.Read(ref _current) is { IsConnected: true };

    /// <summary>How many times it was ended on request: who was at work then is not to connect again.</summary>
    public int Closings => Volatile.Read(ref _closings);

    public DateTimeOffset? ConnectedAt { get; private set; }

    public int ReconnectCount { get; private set; }

    public string ConnectionId => Last?.ConnectionId ?? $"session-{_session.Id}";

    public string HostName => _session.HostName;

    public int Port => _session.Port;

    public string UserName => _session.UserName;

    public string? ServerVersion => Last?.ServerVersion;

    /// <summary>False only once the session is disposed: a lost connection is made again.</summary>
    public bool IsConnected => !_disposed.IsCancellationRequested;

    public bool IsMultiplexed => Last is { IsMultiplexed: true };

    public bool TakesFiles => Last is { TakesFiles: true };

    public CancellationToken Disconnected { get; }

    /// <summary>The connection as it is now, made if need be.</summary>
    public async ValueTask<ISshConnection> GetAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _current) is { IsConnected: true } connected)
            return connected;

        DemandNotDisposed();
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DemandNotDisposed();
            if (Volatile.Read(ref _current) is { IsConnected: true } meanwhile)
                return meanwhile;
            return await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>An SFTP channel of its own, used before or new.</summary>
    public async Task<IRemoteFileSystem> RentChannelAsync(CancellationToken cancellationToken) =>
        await RentAsync(cancellationToken).ConfigureAwait(false) switch
        {
            ({ } channel, _) => channel,
            (_, { } scp) => throw new SftpException(SftpErrorCode.Unsupported, $"SFTP is not used with {HostName}: {scp.Reason}") { Host = HostName },
            _ => throw new InvalidOperationException(),
        };

    /// <summary>An SFTP channel of its own, used before or new, or what takes its place.</summary>
    public async Task<(IRemoteFileSystem? Channel, ScpAccess? Scp)> RentAsync(CancellationToken cancellationToken)
    {
        SftpException? lastEnd = null;
        while (true)
        {
            var connection = await GetAsync(cancellationToken).ConfigureAwait(false);
            if (Scp is { } scp)
                return (null, scp);
            if (_session.Options.FileProtocol == FileProtocolChoice.Scp)
                return (null, await UseScpAsync(connection, "SCP was asked for.", cancellationToken).ConfigureAwait(false));

            try
            {
                var opened = await OpenAsync(
                    async () => await TryReuseAsync().ConfigureAwait(false)
                        ?? await connection.OpenSftpAsync(cancellationToken).ConfigureAwait(false),
                    _session.Options.OperationTimeout,
                    cancellationToken).ConfigureAwait(false);
                SftpServer = opened.Server;
                return (opened, null);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.ConnectionLost && !connection.IsConnected)
            {
                // It was lost between the two calls; the next round connects again, or says why it cannot.
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.ConnectionLost && lastEnd is null)
            {
                // Only the channel has ended. Once may be an accident.
                lastEnd = e;
            }
            catch (SftpException e) when (e is { Code: SftpErrorCode.Timeout, IsTransient: true } && lastEnd is null)
            {
                // A slow server answers other things meanwhile; a line that carries nothing any more is given up.
                if (await AnswersAsync(connection, cancellationToken).ConfigureAwait(false))
                    throw;
                lastEnd = e;
                await AbandonAsync(connection).ConfigureAwait(false);
            }
            catch (SftpException e) when (_session.Options.FileProtocol == FileProtocolChoice.Auto
                && ScpAccess.WhyNoSftp(e, connection, lastEnd is not null) is { } reason)
            {
                if (await TryUseScpAsync(connection, reason, cancellationToken).ConfigureAwait(false) is not { } found)
                    throw;
                return (null, found);
            }
        }
    }

    /// <summary>Keeps a channel for the next who needs one.</summary>
    public async ValueTask GiveBackAsync(IRemoteFileSystem channel)
    {
        if (channel.IsConnected && IsConnected && Volatile.Read(ref _current) is not null)
            _idle.Push(channel);
        else
            await channel.DisposeAsync().ConfigureAwait(false);
        _slots.Release();
    }

    public async Task<IRemoteFileSystem> OpenSftpAsync(CancellationToken cancellationToken = default) =>
        new SessionFileSystem(this, await RentChannelAsync(cancellationToken).ConfigureAwait(false));

    public async Task<IRemoteCommand> ExecuteAsync(
        RemoteCommandRequest request,
        CancellationToken cancellationToken = default)
    {
        var connection = await GetAsync(cancellationToken).ConfigureAwait(false);
        var command = await OpenAsync(
            () => connection.ExecuteAsync(request, cancellationToken),
            request.WaitsForChannel ? _session.Options.OperationTimeout : TimeSpan.Zero,
            cancellationToken).ConfigureAwait(false);
        return new SessionCommand(command, _slots);
    }

    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default)
    {
        var connection = await GetAsync(cancellationToken).ConfigureAwait(false);
        return await connection.PingAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the connection; the next use makes it again.</summary>
    public async Task CloseAsync()
    {
        Interlocked.Increment(ref _closings);
        await _connecting.WaitAsync().ConfigureAwait(false);
        try
        {
            await DropAsync(Interlocked.Exchange(ref _current, null)).ConfigureAwait(false);
            // By the next time the server may have been mended.
            Scp = null;
        }
        finally
        {
            _connecting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    private Task<T> OpenAsync<T>(Func<Task<T>> open, TimeSpan patience, CancellationToken cancellationToken) =>
        _slots.OpenAsync(open, TryEndIdleAsync, patience, cancellationToken);

    private async Task<IRemoteFileSystem?> TryReuseAsync()
    {
        while (_idle.TryPop(out var idle))
        {
            if (idle.IsConnected)
                return idle;
            await idle.DisposeAsync().ConfigureAwait(false);
        }

        return null;
    }

    private async Task<bool> TryEndIdleAsync()
    {
        if (!_idle.TryPop(out var idle))
            return false;
        await idle.DisposeAsync().ConfigureAwait(false);
        return true;
    }

    private async Task<bool> AnswersAsync(ISshConnection connection, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_session.Options.OperationTimeout);
        try
        {
            await connection.PingAsync(patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SftpException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task AbandonAsync(ISshConnection connection)
    {
        await _connecting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (!ReferenceEquals(Volatile.Read(ref _current), connection))
                return;
            _session.SetState(SftpSessionState.Degraded, "the server does not answer");
            await DropAsync(Interlocked.Exchange(ref _current, null)).ConfigureAwait(false);
        }
        finally
        {
            _connecting.Release();
        }
    }

    // Null where the server has no scp either: then it is the refusal of SFTP that matters.
    private async Task<ScpAccess?> TryUseScpAsync(ISshConnection connection, string reason, CancellationToken cancellationToken)
    {
        try
        {
            return await UseScpAsync(connection, reason, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            _logger.LogDebug(e, "Session {SessionId} ({Authority}): SCP cannot take the place of SFTP", _session.Id, _session.Authority);
            return null;
        }
    }

    private async Task<ScpAccess> UseScpAsync(ISshConnection connection, string reason, CancellationToken cancellationToken)
    {
        var timeout = _session.Options.OperationTimeout;
        var hasShell = await new ScpProbe(connection, timeout).HasShellAsync(cancellationToken).ConfigureAwait(false);
        var scp = new ScpAccess(this, reason, hasShell, timeout);
        Scp = scp;
        _logger.LogWarning(
            "Session {SessionId} ({Authority}): SCP is used in place of SFTP: {Reason}", _session.Id, _session.Authority, reason);
        if (!hasShell)
            _logger.LogWarning(
                "Session {SessionId} ({Authority}): The server runs scp and no shell: files are written in place, and content is not compared",
                _session.Id,
                _session.Authority);
        return scp;
    }

    // Under the semaphore.
    private async Task<ISshConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var isFirst = Last is null;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        await DropAsync(Interlocked.Exchange(ref _current, null)).ConfigureAwait(false);
        _session.SetState(
            isFirst ? SftpSessionState.Connecting : SftpSessionState.Reconnecting,
            isFirst ? $"transport {_transport.Name}, {_session.TransportReason}" : "needed again");
        using var telemetry = ConnectTelemetry.Start(_transport.Name, HostName, Port, !isFirst);
        try
        {
            var connection = await _retry.ExecuteAsync(
                static async (connecting, token) => await connecting.ConnectOnceAsync(token).ConfigureAwait(false),
                this,
                ending.Token).ConfigureAwait(false);
            Last = connection;
            ConnectedAt = _time.GetUtcNow();
            ReconnectCount += isFirst ? 0 : 1;
            Volatile.Write(ref _current, connection);
            telemetry.End(null);
            if (_session.Options is { HostKeyPolicy: HostKeyPolicy.AcceptAny, HostKeyFingerprints.Count: 0 })
            {
                _logger.LogWarning(
                    "Session {SessionId} ({Authority}): the server's host key was accepted without being checked, because the "
                    + "policy is AcceptAny. Whoever is between can read and change everything.",
                    _session.Id,
                    _session.Authority);
            }

            _session.SetState(SftpSessionState.Connected, connection.ServerVersion ?? "logged in");
            connection.Disconnected.UnsafeRegister(_ => OnLost(connection), null);
            return connection;
        }
        catch (OperationCanceledException e) when (_disposed.IsCancellationRequested)
        {
            telemetry.End(e);
            DemandNotDisposed();
            throw;
        }
        catch (OperationCanceledException e)
        {
            // The caller lost interest, which says nothing of the server: others may still want the connection.
            telemetry.End(e);
            _session.SetState(isFirst ? SftpSessionState.Created : SftpSessionState.Degraded, "connecting was given up");
            throw;
        }
        catch (Exception e)
        {
            telemetry.End(e);
            _session.SetState(SftpSessionState.Failed, e.Message);
            throw;
        }
    }

    // Outside the caller's execution context: what the connection logs for the rest of its life does not belong to the
    // transfer that happened to need it first.
    private Task<ISshConnection> ConnectOnceAsync(CancellationToken cancellationToken)
    {
        Task<ISshConnection> Connect() =>
            Task.Run(() => _transport.ConnectAsync(_session.Options, cancellationToken), CancellationToken.None);
        if (ExecutionContext.IsFlowSuppressed())
            return Connect();
        using (ExecutionContext.SuppressFlow())
            return Connect();
    }

    // A connection that is closed on request is no longer the current one when it ends.
    private void OnLost(ISshConnection connection)
    {
        if (ReferenceEquals(Volatile.Read(ref _current), connection))
            _session.SetState(SftpSessionState.Degraded, "the connection was lost");
    }

    private async Task DropAsync(ISshConnection? connection)
    {
        while (_idle.TryPop(out var channel))
            await channel.DisposeAsync().ConfigureAwait(false);
        if (connection is null)
            return;
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            _logger.LogDebug(e, "Closing a connection to {Host} failed", HostName);
        }
    }

    private void DemandNotDisposed()
    {
        if (_disposed.IsCancellationRequested)
            throw new SftpException(SftpErrorCode.ConnectionLost, $"Session {_session.Id} ({_session.Name}) was removed.")
            {
                Host = _session.HostName,
                Advice = "Open a new session with New-SftpSession.",
                IsTransientOverride = false,
            };
    }
}
