namespace AcodeSftp.Connections;

/// <summary>Where a transport connects to, once its configuration is taken into account.</summary>
/// <param name="HostName">The host, aliases followed.</param>
/// <param name="Port">The port.</param>
public sealed record SshRoute(string HostName, int Port)
{
    /// <summary>What carries the connection in place of TCP from here, for a person; null for TCP from here.</summary>
    public string? Via { get; init; }

    /// <summary>Whether it is an embedded host, which has no network, no host key and no login.</summary>
    public bool IsEmbedded { get; init; }
}

/// <summary>What a transport offers besides that can tell where it would connect to, for diagnosis.</summary>
public interface ISshRouteFinder
{
    /// <summary>Finds out where the transport would connect to. Touches no network.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The route.</returns>
    /// <exception cref="SftpException">The configuration cannot be read.</exception>
    Task<SshRoute> FindRouteAsync(SshConnectionOptions options, CancellationToken cancellationToken = default);
}
