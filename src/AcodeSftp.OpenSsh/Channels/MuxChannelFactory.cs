using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Channels;

/// <summary>
/// Channels through the control socket of the session's <c>ssh</c>: one round trip each, and no process. Commands share a
/// connection to it, a subsystem has one for itself: from the server the master reads 256 KiB at a time, and to a connection
/// of its socket it writes what that has room for, about 200; what it cannot write it keeps, at a cost that grows with the
/// square of it.
/// </summary>
internal sealed class MuxChannelFactory : ISshChannelFactory
{
    private readonly ChannelMultiplexer _multiplexer;
    private readonly Func<CancellationToken, Task<ChannelMultiplexer>> _connectAsync;
    private readonly int _receiveWindow;
    private readonly HashSet<ChannelMultiplexer> _ofSubsystems = [];
    private bool _isDisposed;

    /// <summary>Opens channels on a multiplexer.</summary>
    /// <param name="multiplexer">That of the commands; owned from now on.</param>
    /// <param name="connectAsync">Makes that of a subsystem.</param>
    /// <param name="receiveWindow">The window of new channels, in bytes.</param>
    public MuxChannelFactory(
        ChannelMultiplexer multiplexer,
        Func<CancellationToken, Task<ChannelMultiplexer>> connectAsync,
        int receiveWindow)
    {
        _multiplexer = multiplexer;
        _connectAsync = connectAsync;
        _receiveWindow = receiveWindow;
    }

    /// <summary>False once the control socket has closed.</summary>
    public bool IsConnected => _multiplexer.IsConnected;

    /// <summary>False once all of its connections to the control socket have closed.</summary>
    public bool IsAnyConnected => IsConnected || OfSubsystems().Any(multiplexer => multiplexer.IsConnected);

    /// <inheritdoc/>
    public async Task<Stream> OpenSubsystemAsync(string name, CancellationToken cancellationToken)
    {
        var settings = new SshChannelSettings { ReceiveWindow = _receiveWindow, GoesOnInline = true };
        var own = await TryConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var channel = await StartSubsystemAsync(own ?? _multiplexer, settings, name, cancellationToken).ConfigureAwait(false);
            if (own is not null)
                EndWithAsync(channel, own).Forget();
            return SshChannelStream.Duplex(channel);
        }
        catch when (own is not null)
        {
            await EndAsync(own).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken)
    {
        var settings = new SshChannelSettings { ReceiveWindow = _receiveWindow, KeepsErrorOutput = true };
        var channel = await _multiplexer.OpenSessionAsync(settings, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var (name, value) in request.Environment)
                channel.Request("env", message => message.Add(name).Add(value));
            var isDone = false;
            await _multiplexer.WithinReplyTimeAsync(
                "run a command",
                async token => isDone = await channel
                    .RequestAsync("exec", message => message.Add(request.Command), token)
                    .ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            return isDone ? new MuxCommand(channel) : throw RefusedCommand(_multiplexer.Host, request.Command);
        }
        catch
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes one round trip to the server: opens a channel, which it may refuse, and closes it.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends with the server's answer.</returns>
    /// <exception cref="SftpException">It did not answer, or the connection is lost.</exception>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            var channel = await _multiplexer.OpenSessionAsync(new SshChannelSettings(), cancellationToken).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.Unavailable or SftpErrorCode.Unsupported)
        {
            // A refusal is as good a sign of life.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_ofSubsystems)
            _isDisposed = true;
        await _multiplexer.DisposeAsync().ConfigureAwait(false);
        foreach (var multiplexer in OfSubsystems())
            await multiplexer.DisposeAsync().ConfigureAwait(false);
    }

    private ChannelMultiplexer[] OfSubsystems()
    {
        lock (_ofSubsystems)
            return [.. _ofSubsystems];
    }

    // Null where the master refuses it: that of the commands does as well.
    private async Task<ChannelMultiplexer?> TryConnectAsync(CancellationToken cancellationToken)
    {
        ChannelMultiplexer multiplexer;
        try
        {
            multiplexer = await _connectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            return null;
        }

        lock (_ofSubsystems)
        {
            if (!_isDisposed)
            {
                _ofSubsystems.Add(multiplexer);
                return multiplexer;
            }
        }

        await multiplexer.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    // All of the server's data has been taken when it closes its side.
    private async Task EndWithAsync(SshChannel channel, ChannelMultiplexer multiplexer)
    {
        await ((Task)channel.Closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndAsync(multiplexer).ConfigureAwait(false);
    }

    private async ValueTask EndAsync(ChannelMultiplexer multiplexer)
    {
        await multiplexer.DisposeAsync().ConfigureAwait(false);
        lock (_ofSubsystems)
            _ofSubsystems.Remove(multiplexer);
    }

    // The answer is not waited for: what is sent before it comes reaches the subsystem behind the request, and ssh does no
    // other. A refusal is what is read from the channel then.
    private static async Task<SshChannel> StartSubsystemAsync(
        ChannelMultiplexer multiplexer,
        SshChannelSettings settings,
        string name,
        CancellationToken cancellationToken)
    {
        var channel = await multiplexer.OpenSessionAsync(settings, cancellationToken).ConfigureAwait(false);
        try
        {
            var reply = channel.RequestAsync("subsystem", message => message.Add(name), CancellationToken.None);
            EndUnlessDoneAsync(reply).Forget();
            return channel;
        }
        catch
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        async Task EndUnlessDoneAsync(Task<bool> reply)
        {
            if (!await reply.ConfigureAwait(false))
                channel.Output.Complete(() => RefusedSubsystem(multiplexer.Host, name));
        }
    }

    private static SftpException RefusedCommand(string host, string command) =>
        new(SftpErrorCode.Unavailable, $"{host} refused to run a command: {TerminalText.Clean(command)}")
        {
            Host = host,
            IsTransientOverride = false,
            Advice = "The account may be for file transfer only.",
        };

    private static SftpException RefusedSubsystem(string host, string name) =>
        new(SftpErrorCode.Unavailable, $"{host} has no subsystem {TerminalText.Clean(name)}.")
        {
            Host = host,
            IsTransientOverride = false,
            Advice = "Ask whoever runs the server to enable it: Subsystem sftp internal-sftp in sshd_config.",
        };
}
