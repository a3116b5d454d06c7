using System.Diagnostics;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Client;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>A connection to an embedded host.</summary>
public sealed class MemoryConnection : ISshConnection
{
    private static int _lastNumber;
    private readonly SshConnectionOptions _options;
    private readonly CancellationTokenSource _ended = new();
    private int _channels;
    private int _disposed;

    internal MemoryConnection(EmbeddedHost host, SshConnectionOptions options)
    {
        _options = options;
        Host = host;
        ConnectionId = $"memory-{Interlocked.Increment(ref _lastNumber)}";
        Disconnected = _ended.Token;
        host.Add(this);
    }

    /// <summary>The host at the other end.</summary>
    public EmbeddedHost Host { get; }

    /// <inheritdoc/>
    public string ConnectionId { get; }

    /// <inheritdoc/>
    public string HostName => _options.HostName;

    /// <inheritdoc/>
    public int Port => _options.Port ?? 22;

    /// <inheritdoc/>
    public string UserName => _options.UserName ?? Host.Options.UserName;

    /// <inheritdoc/>
    public string? ServerVersion => "AcodeSftp-embedded";

    /// <inheritdoc/>
    public bool IsConnected => !_ended.IsCancellationRequested;

    /// <inheritdoc/>
    public bool IsMultiplexed => true;

    /// <inheritdoc/>
    public CancellationToken Disconnected { get; }

    /// <inheritdoc/>
    public async Task<IRemoteFileSystem> OpenSftpAsync(CancellationToken cancellationToken = default)
    {
        DemandConnected();
        if (Host.Options.RefuseSftp)
            throw Refused("The server has no SFTP subsystem.");
        TakeChannel();
        var (client, server) = DuplexPipeStream.CreatePair();
        FreeChannelAfter(new EmbeddedSftpServer(Host, server).RunAsync(Disconnected));
        var options = new SftpClientOptions { Host = HostName, OperationTimeout = _options.OperationTimeout };
        return await SftpClient.ConnectAsync(client, options, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        DemandConnected();
        cancellationToken.ThrowIfCancellationRequested();
        if (Host.Options.RefuseCommands)
            throw Refused("The server runs no commands for this account.");
        TakeChannel();
        var command = new MemoryCommand(this, request);
        FreeChannelAfter(command.Completion);
        return Task.FromResult<IRemoteCommand>(command);
    }

    /// <inheritdoc/>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default)
    {
        DemandConnected();
        var started = Stopwatch.GetTimestamp();
        if (Host.Options.Latency > TimeSpan.Zero)
            await Task.Delay(Host.Options.Latency, cancellationToken).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }

    internal void Drop()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        Host.Remove(this);
        _ended.Cancel();
    }

    internal SftpException Lost() =>
        new(SftpErrorCode.ConnectionLost, $"The connection to {HostName} was closed.") { Host = HostName };

    private void TakeChannel()
    {
        if (Interlocked.Increment(ref _channels) <= Host.Options.MaxChannels)
            return;
        Interlocked.Decrement(ref _channels);
        throw new SftpException(SftpErrorCode.Unavailable, "The server refused another channel: open failed.")
        {
            Host = HostName,
            Advice = "It allows fewer sessions on one connection (MaxSessions in sshd_config).",
        };
    }

    private void FreeChannelAfter(Task end) => end.ContinueWith(
        _ => Interlocked.Decrement(ref _channels),
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private void DemandConnected()
    {
        if (!IsConnected)
            throw Lost();
    }

    private SftpException Refused(string message) => new(SftpErrorCode.Unavailable, message)
    {
        Host = HostName,
        IsTransientOverride = false,
    };
}
