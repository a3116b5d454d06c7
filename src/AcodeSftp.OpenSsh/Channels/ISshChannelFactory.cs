using AcodeSftp.Connections;

namespace AcodeSftp.OpenSsh.Channels;

/// <summary>Opens the channels of a session beside its first one.</summary>
internal interface ISshChannelFactory : IAsyncDisposable
{
    /// <summary>Starts a subsystem (RFC 4254, section 6.5).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its input and output; disposing the stream ends the channel.</returns>
    /// <exception cref="SftpException">The server refused it, or the connection is lost.</exception>
    Task<Stream> OpenSubsystemAsync(string name, CancellationToken cancellationToken);

    /// <summary>Starts a command (RFC 4254, section 6.5).</summary>
    /// <param name="request">The command.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The running command.</returns>
    /// <exception cref="SftpException">The server refused it, or the connection is lost.</exception>
    Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken);
}
