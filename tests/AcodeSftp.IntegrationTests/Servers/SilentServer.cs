using System.Net;
using System.Net.Sockets;

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>Accepts connections on a free loopback port and says nothing.</summary>
internal sealed class SilentServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SilentServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();
}
