namespace AcodeSftp.Connections;

/// <summary>Whether a transport can be used here.</summary>
/// <param name="IsAvailable">Whether it can.</param>
/// <param name="Detail">What was found, such as <c>OpenSSH_9.2p1 (/usr/bin/ssh)</c>, or what is missing and how to mend it.</param>
public sealed record TransportAvailability(bool IsAvailable, string Detail);

/// <summary>A way to make SSH connections. Implementations are thread-safe.</summary>
public interface ISshTransport
{
    /// <summary>Its name, as <c>-Transport</c> and <c>ACODE_SFTP_TRANSPORT</c> take it.</summary>
    string Name { get; }

    /// <summary>Whether it can be used here. Found out once and cheap to ask again.</summary>
    TransportAvailability Availability { get; }

    /// <summary>Connects and logs in.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="cancellationToken">Gives up; nothing is left running.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="SftpException">It could not be made; the code tells why.</exception>
    Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default);
}
