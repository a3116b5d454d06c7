namespace AcodeSftp.Connections;

/// <summary>The place of a transport that was left out when the program was built, so that asking for it names the remedy.</summary>
/// <param name="name">Its name.</param>
/// <param name="remedy">What is missing and how to mend it.</param>
public sealed class AbsentTransport(string name, string remedy) : ISshTransport
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public TransportAvailability Availability => new(false, remedy);

    /// <inheritdoc/>
    public Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default) =>
        throw new SftpException(SftpErrorCode.Unavailable, $"There is no transport {name}. {remedy}") { IsTransientOverride = false };
}
