using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Channels;

/// <summary>A command on a channel of its own (RFC 4254, section 6).</summary>
internal sealed class MuxCommand : IRemoteCommand
{
    private readonly SshChannel _channel;

    /// <summary>Takes over a channel on which a command was started.</summary>
    /// <param name="channel">The channel.</param>
    public MuxCommand(SshChannel channel)
    {
        _channel = channel;
        StandardInput = SshChannelStream.Input(channel);
        StandardOutput = SshChannelStream.Output(channel, channel.Output);
        StandardError = SshChannelStream.Output(channel, channel.ErrorOutput);
    }

    /// <inheritdoc/>
    public Stream StandardInput { get; }

    /// <inheritdoc/>
    public Stream StandardOutput { get; }

    /// <inheritdoc/>
    public Stream StandardError { get; }

    /// <inheritdoc/>
    public Task<RemoteCommandExit> Completion => _channel.Closed;

    /// <inheritdoc/>
    public Task SendSignalAsync(string signal, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(signal);
        cancellationToken.ThrowIfCancellationRequested();
        // A command that has ended in the meantime needs no signal.
        if (!_channel.Closed.IsCompletedSuccessfully)
            _channel.Request("signal", message => message.Add(signal));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _channel.DisposeAsync();
}
