using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>The names under which known_hosts files keep a host.</summary>
internal static class KnownHostName
{
    public const int DefaultPort = 22;

    // What OpenSSH does not write into a file (sshconnect.c), and what would make a list or a pattern of the name.
    private static readonly SearchValues<char> Unwritable = SearchValues.Create("@?*#[]|'\"\\!, ");

    /// <summary>The name without a port: lower case, addresses in their shortest form, no brackets.</summary>
    public static string Plain(string host)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (host.Length > 2 && host[0] == '[' && host[^1] == ']')
            host = host[1..^1];
        return IPAddress.TryParse(host, out var address) && !IsScoped(address) ? address.ToString() : Lower(host);
    }

    /// <summary><c>host</c> for port 22 and <c>[host]:port</c> for others.</summary>
    public static string For(string host, int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        return port == DefaultPort ? Plain(host) : $"[{Plain(host)}]:{port}";
    }

    /// <summary><see cref="For"/> for a name that goes into a file.</summary>
    /// <exception cref="SftpException">A character of the name has a meaning in the file.</exception>
    public static string ForWriting(string host, int port)
    {
        var plain = Plain(host);
        if (plain.AsSpan().ContainsAny(Unwritable) || plain.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"The host name '{TerminalText.Clean(host)}' has a character that cannot stand in a known_hosts file.")
            {
                Host = host,
            };
        }

        return For(host, port);
    }

    /// <summary>
    /// The form in which names are compared: one character for each byte of the UTF-8 text, as files are read byte for
    /// byte and <c>?</c> stands for one byte.
    /// </summary>
    public static string ToMatch(string name) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name));

    /// <summary>The text of a part of a file.</summary>
    public static string FromFile(string text) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text));

    // Only A to Z: host names have no other letters with two cases, and OpenSSH changes no others either.
    public static string Lower(string text) => string.Create(text.Length, text, static (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
    });

    private static bool IsScoped(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0;
}
