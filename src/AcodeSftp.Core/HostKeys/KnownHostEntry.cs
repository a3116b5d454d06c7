namespace AcodeSftp.HostKeys;

/// <summary>What a known_hosts line says about its key.</summary>
public enum KnownHostMarker
{
    /// <summary>It is the host's key.</summary>
    None = 0,

    /// <summary>It signs host certificates (<c>@cert-authority</c>).</summary>
    CertificateAuthority,

    /// <summary>It must never be accepted (<c>@revoked</c>).</summary>
    Revoked,
}

/// <summary>One key of a known_hosts file or text, with where it stands.</summary>
/// <remarks>No property is named Path, so that an entry piped into a cmdlet such as Remove-Item names no file to it.</remarks>
public sealed class KnownHostEntry
{
    private readonly string _hosts;
    private readonly HashedHostName? _hashed;

    internal KnownHostEntry(
        string source, int lineNumber, KnownHostMarker marker, string hosts, HashedHostName? hashed, SshHostKey key)
    {
        Source = source;
        LineNumber = lineNumber;
        Marker = marker;
        _hosts = hosts;
        _hashed = hashed;
        Key = key;
        Comment = KnownHostName.FromFile(key.Comment);
    }

    /// <summary>The file that has the entry, or what else it came from, such as <c>-KnownHostKey</c>.</summary>
    public string Source { get; }

    /// <summary>Number of the line, the first being 1.</summary>
    public int LineNumber { get; }

    /// <summary>What the line says about its key.</summary>
    public KnownHostMarker Marker { get; }

    /// <summary>The hosts as they stand in the file: patterns with commas between them, or one hashed name.</summary>
    public string HostNames => KnownHostName.FromFile(_hosts);

    /// <summary>Whether the host's name is hidden (<c>|1|salt|hash</c>).</summary>
    public bool IsHashed => _hashed is not null;

    /// <summary>The key.</summary>
    public SshHostKey Key { get; }

    /// <summary>What follows the key; empty for nothing.</summary>
    public string Comment { get; }

    /// <summary><c>source:line</c>, as OpenSSH's own messages have it.</summary>
    public string Location => $"{TerminalText.Clean(Source)}:{LineNumber}";

    /// <summary>
    /// Whether the line is for a host and port, as <c>ssh-keygen -F</c> decides: by <c>host</c> for port 22, by
    /// <c>[host]:port</c> for any other.
    /// </summary>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <returns>True when it is.</returns>
    public bool IsFor(string host, int port = KnownHostName.DefaultPort) =>
        Matches(KnownHostName.ToMatch(KnownHostName.For(host, port)));

    /// <summary>Location, hosts and key, without control characters.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Location}: {TerminalText.Clean(HostNames)} {Key}";

    internal bool Matches(string name) => _hashed?.Matches(name) ?? HostPatternList.Matches(_hosts, name);
}
