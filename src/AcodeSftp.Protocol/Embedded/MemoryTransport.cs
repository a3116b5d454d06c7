using System.Collections.Concurrent;
using AcodeSftp.Connections;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>
/// The transport to embedded hosts: no network and no process. A host comes into being when it is first named, and stays
/// for as long as this transport lives. Any login is accepted.
/// </summary>
public sealed class MemoryTransport : ISshTransport, ISshRouteFinder
{
    private readonly ConcurrentDictionary<string, EmbeddedHost> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public string Name => "Memory";

    /// <inheritdoc/>
    public TransportAvailability Availability { get; } = new(true, "an embedded host in memory, no server");

    /// <summary>The host of a name, made if need be.</summary>
    /// <param name="hostName">Its name, upper and lower case alike.</param>
    /// <returns>The host.</returns>
    public EmbeddedHost GetHost(string hostName) => _hosts.GetOrAdd(hostName, static name => new EmbeddedHost(name));

    /// <summary>Puts a host in place of any of the same name.</summary>
    /// <param name="host">The host.</param>
    public void SetHost(EmbeddedHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _hosts[host.Name] = host;
    }

    /// <inheritdoc/>
    public Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ISshConnection>(new MemoryConnection(GetHost(options.HostName), options));
    }

    /// <inheritdoc/>
    public Task<SshRoute> FindRouteAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.FromResult(new SshRoute(options.HostName, options.Port ?? 22) { Via = "an embedded host", IsEmbedded = true });
    }
}
