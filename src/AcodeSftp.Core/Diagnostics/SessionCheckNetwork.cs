using System.Net;
using System.Net.Sockets;
using System.Text;
using AcodeSftp.Connections;

namespace AcodeSftp.Diagnostics;

/// <summary>The steps before SSH: the name and the port.</summary>
internal static class SessionCheckNetwork
{
    // RFC 4253, section 4.2: lines may come before the identification, and no line is longer than 255 bytes.
    private const int MaxBanner = 4096;

    public static async Task<SessionFinding> FindNameAsync(SshRoute route, CancellationToken cancellationToken)
    {
        if (Elsewhere(route) is { } elsewhere)
            return elsewhere;
        if (IPAddress.TryParse(route.HostName, out _))
            return SessionFinding.Passed($"{route.HostName} is an address.");
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(route.HostName, cancellationToken).ConfigureAwait(false);
            return SessionFinding.Passed($"{TerminalText.Clean(route.HostName)} is {string.Join(", ", addresses.Select(address => address.ToString()))}.");
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return SessionFinding.Failed(
                $"There is no host named {TerminalText.Clean(route.HostName)}: {e.Message}.",
                "Check the name, and that the name server answers.");
        }
    }

    public static async Task<SessionFinding> ReachAsync(SshRoute route, CancellationToken cancellationToken)
    {
        if (Elsewhere(route) is { } elsewhere)
            return elsewhere;
        var name = $"{TerminalText.Clean(route.HostName)}, port {route.Port},";
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(route.HostName, route.Port, cancellationToken).ConfigureAwait(false);
            var address = (client.Client.RemoteEndPoint as IPEndPoint)?.Address;
            var banner = await ReadBannerAsync(client.GetStream(), cancellationToken).ConfigureAwait(false);
            return banner is null
                ? SessionFinding.Failed($"{name} accepts connections, but does not answer as an SSH server.", "Check the port.")
                : SessionFinding.Passed($"{address} answers on port {route.Port} as {TerminalText.Clean(banner)}.");
        }
        catch (SocketException e)
        {
            return SessionFinding.Failed(
                $"{name} cannot be reached: {e.Message}.",
                e.SocketErrorCode == SocketError.ConnectionRefused
                    ? "Check the port, and that the SSH server runs."
                    : "Check the address, that the host is up, and that no firewall is in between.");
        }
        catch (IOException e)
        {
            return SessionFinding.Failed(
                $"{name} ended the connection before it answered: {e.Message}",
                "The server may be overloaded, or refuse connections from here.");
        }
    }

    private static SessionFinding? Elsewhere(SshRoute route) =>
        route.Via is null
            ? null
            : SessionFinding.Skipped(route.IsEmbedded
                ? "An embedded host needs no network."
                : $"The connection goes through {route.Via}, not over TCP from here.");

    private static async Task<string?> ReadBannerAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBanner];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += read;
            var lines = Encoding.Latin1.GetString(buffer, 0, length).Split('\n');
            if (lines.SkipLast(1).FirstOrDefault(line => line.StartsWith("SSH-", StringComparison.Ordinal)) is { } banner)
                return banner.TrimEnd('\r');
            if (read == 0)
                return null;
        }

        return null;
    }
}
