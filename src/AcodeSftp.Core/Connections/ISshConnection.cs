using AcodeSftp.Files;

namespace AcodeSftp.Connections;

/// <summary>
/// One authenticated connection to a server, over which any number of channels run. Thread-safe. Disposing it ends every
/// channel and leaves no process, socket or file behind; doing so twice is fine.
/// </summary>
public interface ISshConnection : IAsyncDisposable
{
    /// <summary>Unique among the connections of this process; the correlation id of log lines.</summary>
    string ConnectionId { get; }

    /// <summary>The host connected to, as the transport resolved it (<c>ssh_config</c> aliases followed).</summary>
    string HostName { get; }

    /// <summary>The port connected to.</summary>
    int Port { get; }

    /// <summary>The account logged in to.</summary>
    string UserName { get; }

    /// <summary>The server's software version, such as <c>OpenSSH_9.2p1</c>; null where the transport cannot tell.</summary>
    string? ServerVersion { get; }

    /// <summary>False once the connection has ended, for whatever reason.</summary>
    bool IsConnected { get; }

    /// <summary>Whether further channels share the login, so that one more costs a few round trips and nothing else.</summary>
    bool IsMultiplexed => false;

    /// <summary>
    /// Whether a local file can be the input or the output of a command, so that its bytes do not pass through this process.
    /// </summary>
    bool TakesFiles => false;

    /// <summary>Signalled once when the connection ends, for whatever reason.</summary>
    CancellationToken Disconnected { get; }

    /// <summary>Opens an SFTP channel of its own.</summary>
    /// <param name="cancellationToken">Gives up; the channel is closed.</param>
    /// <returns>The file operations of the channel.</returns>
    /// <exception cref="SftpException">The server refused it, or the connection is lost.</exception>
    Task<IRemoteFileSystem> OpenSftpAsync(CancellationToken cancellationToken = default);

    /// <summary>Starts a command on a channel of its own.</summary>
    /// <param name="request">The command and what goes with it.</param>
    /// <param name="cancellationToken">Gives up starting; a command that runs is not touched by it.</param>
    /// <returns>The running command.</returns>
    /// <exception cref="SftpException">The server refused it, or the connection is lost.</exception>
    Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken = default);

    /// <summary>Makes sure that the peer still answers, by one round trip.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>How long the round trip took.</returns>
    /// <exception cref="SftpException">The peer did not answer.</exception>
    Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default);
}
