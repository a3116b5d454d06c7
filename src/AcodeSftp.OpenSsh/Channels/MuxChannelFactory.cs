using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Channels;

/// <summary>Channels through the control socket of the session's <c>ssh</c>: one round trip each, and no process.</summary>
internal sealed class MuxChannelFactory : ISshChannelFactory
{
    private readonly ChannelMultiplexer _multiplexer;
    private readonly int _receiveWindow;

    /// <summary>Opens channels on a multiplexer.</summary>
    /// <param name="multiplexer">The multiplexer; owned from now on.</param>
    /// <param name="receiveWindow">The window of new channels, in bytes.</param>
    public MuxChannelFactory(ChannelMultiplexer multiplexer, int receiveWindow)
    {
        _multiplexer = multiplexer;
        _receiveWindow = receiveWindow;
    }

    /// <summary>False once the control socket has closed.</summary>
    public bool IsConnected => _multiplexer.IsConnected;

    /// <inheritdoc/>
    public async Task<Stream> OpenSubsystemAsync(string name, CancellationToken cancellationToken)
    {
        var settings = new SshChannelSettings { ReceiveWindow = _receiveWindow, GoesOnInline = true };
        var channel = await OpenAsync(settings, "subsystem", name, null, cancellationToken).ConfigureAwait(false);
        return SshChannelStream.Duplex(channel);
    }

    /// <inheritdoc/>
    public async Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken)
    {
        var settings = new SshChannelSettings { ReceiveWindow = _receiveWindow, KeepsErrorOutput = true };
        var channel = await OpenAsync(settings, "exec", request.Command, request.Environment, cancellationToken)
            .ConfigureAwait(false);
        return new MuxCommand(channel);
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
    public ValueTask DisposeAsync() => _multiplexer.DisposeAsync();

    private async Task<SshChannel> OpenAsync(
        SshChannelSettings settings,
        string request,
        string argument,
        IReadOnlyDictionary<string, string>? environment,
        CancellationToken cancellationToken)
    {
        var channel = await _multiplexer.OpenSessionAsync(settings, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var (name, value) in environment ?? new Dictionary<string, string>())
                channel.Request("env", message => message.Add(name).Add(value));
            var isDone = false;
            await _multiplexer.WithinReplyTimeAsync(
                request == "exec" ? "run a command" : $"start the subsystem {argument}",
                async token => isDone = await channel
                    .RequestAsync(request, message => message.Add(argument), token)
                    .ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            return isDone ? channel : throw Refused(request, argument);
        }
        catch
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private SftpException Refused(string request, string argument) => new(
        SftpErrorCode.Unavailable,
        request == "exec"
            ? $"{_multiplexer.Host} refused to run a command: {TerminalText.Clean(argument)}"
            : $"{_multiplexer.Host} has no subsystem {TerminalText.Clean(argument)}.")
    {
        Host = _multiplexer.Host,
        IsTransientOverride = false,
        Advice = request == "exec"
            ? "The account may be for file transfer only."
            : "Ask whoever runs the server to enable it: Subsystem sftp internal-sftp in sshd_config.",
    };
}
