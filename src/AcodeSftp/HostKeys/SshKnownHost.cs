using System.Globalization;
using System.IO.Enumeration;
using AcodeSftp.HostKeys;

namespace AcodeSftp.Shell.HostKeys;

/// <summary>A line of a known_hosts file.</summary>
/// <remarks>No property is named Path, so that one piped into a cmdlet such as Remove-Item names no file to it.</remarks>
public sealed class SshKnownHost
{
    private const int DefaultPort = 22;

    internal SshKnownHost(KnownHostEntry entry, string? hostName = null, int? port = null)
    {
        Entry = entry;
        (HostName, Port) = hostName is null ? NamesOf(entry)[0] : (hostName, port ?? DefaultPort);
    }

    /// <summary>The host: the one that was asked for, or the first of the line. A hashed one stays as it is in the file.</summary>
    public string HostName { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The type of the key, such as <c>ssh-ed25519</c>.</summary>
    public string KeyType => Key.Type;

    /// <summary>The fingerprint as <c>SHA256:…</c>.</summary>
    public string Fingerprint => Key.Fingerprint;

    /// <summary>Whether the key signs certificates or is revoked.</summary>
    public KnownHostMarker Marker => Entry.Marker;

    /// <summary>Whether the name of the host is hidden.</summary>
    public bool IsHashed => Entry.IsHashed;

    /// <summary>All hosts of the line, as they stand in it.</summary>
    public string HostNames => Entry.HostNames;

    /// <summary>What follows the key.</summary>
    public string Comment => Entry.Comment;

    /// <summary>The file.</summary>
    public string Source => Entry.Source;

    /// <summary>The number of the line, the first being 1.</summary>
    public int LineNumber => Entry.LineNumber;

    /// <summary>The key.</summary>
    public SshHostKey Key => Entry.Key;

    internal KnownHostEntry Entry { get; }

    /// <summary>Hosts and key.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{HostNames} {Key.KeyText}";

    /// <summary>What of a file's entries is for a host.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="hostName">The host; <c>*</c> and <c>?</c> match names that are not hashed. Null for all.</param>
    /// <param name="port">The port; null for any, where the name is not hashed.</param>
    /// <returns>The entries in order.</returns>
    internal static IEnumerable<SshKnownHost> Find(IEnumerable<KnownHostEntry> entries, string? hostName, int? port)
    {
        foreach (var entry in entries)
        {
            if (hostName is not null && hostName.AsSpan().IndexOfAny('*', '?') < 0 && entry.IsFor(hostName, port ?? DefaultPort))
            {
                yield return new SshKnownHost(entry, hostName, port);
                continue;
            }

            foreach (var (name, itsPort) in NamesOf(entry))
            {
                if ((port is null || port == itsPort) && (hostName is null || (!entry.IsHashed && Matches(hostName, name))))
                {
                    yield return hostName is null ? new SshKnownHost(entry) : new SshKnownHost(entry, name, itsPort);
                    break;
                }
            }
        }
    }

    /// <summary>The names of a line with their ports; a hashed one as it is.</summary>
    /// <param name="entry">The line.</param>
    /// <returns>At least one.</returns>
    internal static IReadOnlyList<(string HostName, int Port)> NamesOf(KnownHostEntry entry)
    {
        if (entry.IsHashed)
            return [(entry.HostNames, DefaultPort)];
        return [.. entry.HostNames.Split(',').Select(Read)];
    }

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(
        pattern.Replace("\\", "\\\\", StringComparison.Ordinal), name, ignoreCase: true);

    private static (string HostName, int Port) Read(string name) =>
        name.StartsWith('[')
        && name.LastIndexOf("]:", StringComparison.Ordinal) is var close and > 0
        && int.TryParse(name.AsSpan(close + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (name[1..close], port)
            : (name, DefaultPort);
}
