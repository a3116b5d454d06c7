using System.Diagnostics;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.OpenSsh.Channels;
using AcodeSftp.OpenSsh.Mux;
using AcodeSftp.Protocol.Client;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.OpenSsh;

/// <summary>
/// A session carried by one <c>ssh</c>: its first SFTP channel is the process's standard input and output, and all further
/// channels go through its control socket or, where it has none, through processes of their own.
/// </summary>
internal sealed class OpenSshConnection : ISshConnection
{
    // Enough for the server to see the end of its input and for ssh to leave by itself.
    private static readonly TimeSpan EndGrace = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan ControlSocketTimeout = TimeSpan.FromSeconds(10);

    private readonly OpenSshOptions _transportOptions;
    private readonly SshConnectionOptions _options;
    private readonly SshLauncher _launcher;
    private readonly SshLaunch _launch;
    private readonly SftpClient? _firstSftp;
    private readonly ScpHolder? _scp;
    private readonly SftpException? _noSftp;
    private readonly string? _controlPath;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disconnected = new();
    private readonly SemaphoreSlim _channelsLock = new(1, 1);
    private readonly ReceiveWindows _windows = new(TimeProvider.System);
    private readonly Lazy<Task> _disposal;
    private MuxChannelFactory? _muxChannels;
    private ProcessChannelFactory? _processChannels;
    private int _isFirstSftpLent;
    private volatile bool _isConnected = true;
    private volatile bool _isDisposed;

    /// <summary>Takes over a process that has logged in.</summary>
    /// <param name="transportOptions">How the transport works.</param>
    /// <param name="options">Where and how it connected.</param>
    /// <param name="launcher">Started the process, and will start others.</param>
    /// <param name="launch">The process.</param>
    /// <param name="firstSftp">The SFTP channel that it carries; null where the server has none.</param>
    /// <param name="withoutSftp">What it carries in place of it, and why; null where it carries SFTP.</param>
    /// <param name="controlPath">Its control socket; null for none.</param>
    /// <param name="logger">For the log.</param>
    public OpenSshConnection(
        OpenSshOptions transportOptions,
        SshConnectionOptions options,
        SshLauncher launcher,
        SshLaunch launch,
        SftpClient? firstSftp,
        (ScpHolder Scp, SftpException Reason)? withoutSftp,
        string? controlPath,
        ILogger logger)
    {
        (_transportOptions, _options, _launcher, _launch) = (transportOptions, options, launcher, launch);
        (_firstSftp, _controlPath, _logger) = (firstSftp, controlPath, logger);
        (_scp, _noSftp) = (withoutSftp?.Scp, withoutSftp?.Reason);
        Disconnected = _disconnected.Token;
        _disposal = new Lazy<Task>(DisposeOnceAsync);
        _ = WatchAsync();
    }

    /// <inheritdoc/>
    public string ConnectionId { get; } = Guid.NewGuid().ToString("N")[..12];

    /// <inheritdoc/>
    public string HostName => _launcher.Target.HostName;

    /// <inheritdoc/>
    public int Port => _launcher.Target.Port;

    /// <inheritdoc/>
    public string UserName => _launcher.Target.UserName;

    /// <inheritdoc/>
    public string? ServerVersion => _launch.Log.ServerVersion;

    /// <inheritdoc/>
    public bool IsConnected => _isConnected && !_launch.Process.Exit.IsCompleted;

    /// <inheritdoc/>
    public bool IsMultiplexed =>
        _controlPath is not null && _processChannels is null && !ServerDefects.LosesConnectionWithConcurrentChannels(ServerVersion);

    /// <inheritdoc/>
    public bool TakesFiles => IsMultiplexed && !OperatingSystem.IsWindows();

    /// <inheritdoc/>
    public CancellationToken Disconnected { get; }

    /// <summary>The number of the <c>ssh</c> process.</summary>
    internal int ProcessId => _launch.Process.Id;

    /// <summary>The session's private directory.</summary>
    internal string PrivateDirectory => _launcher.DirectoryPath;

    /// <inheritdoc/>
    public async Task<IRemoteFileSystem> OpenSftpAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await ThrowIfDisconnectedAsync().ConfigureAwait(false);
        if (_noSftp is not null)
            throw _noSftp.Again();
        if (_firstSftp is { IsConnected: true } && Interlocked.Exchange(ref _isFirstSftpLent, 1) == 0)
            return new LentFileSystem(_firstSftp, () => Volatile.Write(ref _isFirstSftpLent, 0));

        var channels = await GetChannelsAsync(cancellationToken).ConfigureAwait(false);
        var stream = await channels.OpenSubsystemAsync("sftp", cancellationToken).ConfigureAwait(false);
        var process = stream as Processes.ProcessStream;
        // A process of its own has to connect and log in first, and must not take for ever over it.
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(_options.ConnectTimeout);
        try
        {
            var client = await SftpClient.ConnectAsync(stream, SftpOptions(process), timer.Token).ConfigureAwait(false);
            if (process is not null)
                process.EndIsLoss = true;
            return client;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SftpException(
                SftpErrorCode.Timeout,
                $"{_launcher.Host} did not start another SFTP server within {_options.ConnectTimeout.TotalSeconds:0.#} s.",
                e)
            {
                Host = _launcher.Host,
            };
        }
    }

    /// <inheritdoc/>
    public async Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach (var name in request.Environment.Keys)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || name.Any(c => char.IsControl(c) || c == ' '))
            {
                throw new SftpException(
                    SftpErrorCode.InvalidArgument,
                    $"'{TerminalText.Clean(name)}' is not a name of an environment variable.");
            }
        }

        await ThrowIfDisconnectedAsync().ConfigureAwait(false);
        if (request.InputFile is not null || request.OutputFile is not null)
            return FileCommand.Start(_launcher, request);
        var channels = await GetChannelsAsync(cancellationToken).ConfigureAwait(false);
        return await channels.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default)
    {
        await ThrowIfDisconnectedAsync().ConfigureAwait(false);
        var channels = await GetChannelsAsync(cancellationToken).ConfigureAwait(false);
        var started = Stopwatch.GetTimestamp();
        if (channels is MuxChannelFactory mux)
            await mux.PingAsync(cancellationToken).ConfigureAwait(false);
        else if (_firstSftp is null)
            await _scp!.PingAsync(cancellationToken).ConfigureAwait(false);
        else
            await _firstSftp.RealPathAsync(new RemotePath("."), cancellationToken).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _disposal.Value.ConfigureAwait(false);

    private SftpClientOptions SftpOptions(Processes.ProcessStream? process) => new()
    {
        Host = _launcher.Host,
        OperationTimeout = _options.OperationTimeout,
        KnownLimits = _firstSftp?.Server.Limits,
        DescribeLoss = process is null ? DescribeChannelEndAsync : process.DescribeEndAsync,
    };

    // A multiplexed channel's stream ends without an error only when the server ends what ran on it.
    private ValueTask<SftpException> DescribeChannelEndAsync() => ValueTask.FromResult(new SftpException(
        SftpErrorCode.ConnectionLost,
        $"The SFTP server on {_launcher.Host} has ended.")
    {
        Host = _launcher.Host,
    });

    private async Task<ISshChannelFactory> GetChannelsAsync(CancellationToken cancellationToken)
    {
        await _channelsLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_muxChannels is { IsConnected: true })
                return _muxChannels;
            if (_processChannels is not null)
                return _processChannels;
            if (_controlPath is not null
                && !ServerDefects.LosesConnectionWithConcurrentChannels(ServerVersion)
                && await TryMultiplexAsync(_controlPath, cancellationToken).ConfigureAwait(false) is { } mux)
                return mux;
            await ThrowIfDisconnectedAsync().ConfigureAwait(false);
            return _processChannels = new ProcessChannelFactory(_launcher);
        }
        finally
        {
            _channelsLock.Release();
        }
    }

    private async Task<MuxChannelFactory?> TryMultiplexAsync(string controlPath, CancellationToken cancellationToken)
    {
        try
        {
            var multiplexer = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            var old = _muxChannels;
            _muxChannels = new MuxChannelFactory(multiplexer, ConnectAsync, _transportOptions.ChannelWindow);
            if (old is not null)
                await old.DisposeAsync().ConfigureAwait(false);
            return _muxChannels;
        }
        catch (SftpException e)
        {
            _logger.LogInformation("Each channel to {Host} is a process of its own: {Reason}", _launcher.Host, e.Message);
            return null;
        }

        async Task<ChannelMultiplexer> ConnectAsync(CancellationToken token)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(token);
            timer.CancelAfter(ControlSocketTimeout);
            try
            {
                var stream = await ControlSocket.ConnectAsync(controlPath, timer.Token).ConfigureAwait(false);
                return new ChannelMultiplexer(stream, new ChannelMultiplexerOptions
                {
                    Host = _launcher.Host,
                    ReplyTimeout = _options.OperationTimeout,
                    DescribeLoss = _launch.DescribeEndAsync,
                    Windows = _windows,
                });
            }
            catch (OperationCanceledException e) when (!token.IsCancellationRequested)
            {
                throw new SftpException(SftpErrorCode.Timeout, "ssh did not answer on its control socket.", e) { Host = _launcher.Host };
            }
        }
    }

    private async ValueTask ThrowIfDisconnectedAsync()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(ISshConnection));
        if (!IsConnected)
            throw await _launch.DescribeEndAsync().ConfigureAwait(false);
    }

    private async Task WatchAsync()
    {
        var exit = await _launch.Process.Exit.ConfigureAwait(false);
        _isConnected = false;
        _logger.LogDebug("The ssh of {Host} ended with {Exit}", _launcher.Host, exit);
        await _disconnected.CancelAsync().ConfigureAwait(false);
        // What is left of it: its directory, and channels whose process did not notice.
        await _disposal.Value.ConfigureAwait(false);
    }

    private async Task DisposeOnceAsync()
    {
        var wasLost = _launch.Process.Exit.IsCompleted;
        _isDisposed = !wasLost;
        _isConnected = false;
        if (wasLost)
            await LetChannelsNoticeAsync().ConfigureAwait(false);
        if (_firstSftp is not null)
            await _firstSftp.DisposeAsync().ConfigureAwait(false);
        if (_scp is not null)
            await _scp.DisposeAsync().ConfigureAwait(false);
        if (_muxChannels is { } mux)
            await mux.DisposeAsync().ConfigureAwait(false);
        if (_processChannels is { } processes)
            await processes.DisposeAsync().ConfigureAwait(false);
        await _launch.EndAsync(EndGrace).ConfigureAwait(false);
        await _launcher.DisposeAsync().ConfigureAwait(false);
        await _disconnected.CancelAsync().ConfigureAwait(false);
    }

    // Channels that find out by themselves pass on why ssh ended; those that are closed say only that they were closed.
    private async Task LetChannelsNoticeAsync()
    {
        await _launch.DescribeEndAsync().ConfigureAwait(false);
        for (var i = 0; i < 100 && (_firstSftp is { IsConnected: true } || _muxChannels is { IsAnyConnected: true }); i++)
            await Task.Delay(10).ConfigureAwait(false);
    }
}
