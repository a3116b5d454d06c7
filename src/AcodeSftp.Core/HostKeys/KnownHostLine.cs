using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>A line of a known_hosts file that is neither a comment nor something that OpenSSH would use.</summary>
/// <param name="Source">The file, or what else the line came from.</param>
/// <param name="LineNumber">Number of the line, the first being 1.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record KnownHostsDamage(string Source, int LineNumber, string Problem)
{
    /// <summary>Where and what, for a person.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{TerminalText.Clean(Source)}:{LineNumber}: {Problem}";
}

/// <summary>
/// One line of a known_hosts file: its bytes, which a rewrite keeps as they are, and what they say. The rules are those
/// of OpenSSH's hostfile.c, which reads bytes and takes only spaces and tabs for white space.
/// </summary>
internal sealed class KnownHostLine
{
    private static readonly char[] Blanks = [' ', '\t'];

    private KnownHostLine(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The line with its line break, if it has one.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public KnownHostEntry? Entry { get; private init; }

    public KnownHostsDamage? Damage { get; private init; }

    /// <summary>Cuts a file into lines.</summary>
    /// <param name="content">The file.</param>
    /// <param name="source">Its name.</param>
    /// <param name="bareKeys">Whether a line that is only a key stands for any host.</param>
    public static List<KnownHostLine> ReadAll(ReadOnlyMemory<byte> content, string source, bool bareKeys = false)
    {
        var lines = new List<KnownHostLine>();
        while (!content.IsEmpty)
        {
            var end = content.Span.IndexOf((byte)'\n');
            var length = end < 0 ? content.Length : end + 1;
            lines.Add(Read(content[..length], source, lines.Count + 1, bareKeys));
            content = content[length..];
        }

        return lines;
    }

    private static KnownHostLine Read(ReadOnlyMemory<byte> bytes, string source, int number, bool bareKeys)
    {
        // To OpenSSH a line ends at a NUL, and a carriage return before the line break is white space after the key.
        var text = Encoding.Latin1.GetString(bytes.Span).TrimEnd('\n').TrimEnd('\r');
        var nul = text.IndexOf('\0', StringComparison.Ordinal);
        text = (nul < 0 ? text : text[..nul]).TrimStart(Blanks);
        if (text.Length == 0 || text[0] == '#')
            return new KnownHostLine(bytes);
        if (bareKeys && SshHostKey.TryParse(text, out var bare))
            return Good(KnownHostMarker.None, "*", null, bare);

        if (ReadMarker(ref text) is not { } marker)
            return Damaged("it has a marker that is neither '@cert-authority' nor '@revoked', or more than one");
        var end = text.IndexOfAny(Blanks);
        if (end < 0)
            return Damaged("it has no key");
        var hosts = text[..end];
        var hashed = hosts[0] == '|' ? HashedHostName.Read(hosts) : null;
        if (hosts[0] == '|' && hashed is null)
            return Damaged("its hashed host name is malformed");
        return SshHostKey.Read(text.AsSpan(end), out var problem) is { } key
            ? Good(marker, hosts, hashed, key)
            : Damaged(problem);

        KnownHostLine Good(KnownHostMarker marker, string hosts, HashedHostName? hashed, SshHostKey key) =>
            new(bytes) { Entry = new KnownHostEntry(source, number, marker, hosts, hashed, key) };

        KnownHostLine Damaged(string problem) => new(bytes) { Damage = new KnownHostsDamage(source, number, problem) };
    }

    // Null for an error. OpenSSH looks for the end of a marker at the next space anywhere, and at a tab only where the
    // line has no space; another reading would trust or revoke keys that ssh does not.
    private static KnownHostMarker? ReadMarker(ref string text)
    {
        if (text[0] != '@')
            return KnownHostMarker.None;
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        if (end < 0)
            end = text.IndexOf('\t', StringComparison.Ordinal);
        if (end < 0)
            return null;
        KnownHostMarker? marker = text[..end] switch
        {
            "@cert-authority" => KnownHostMarker.CertificateAuthority,
            "@revoked" => KnownHostMarker.Revoked,
            _ => null,
        };
        text = text[end..].TrimStart(Blanks);
        return text.Length == 0 || text[0] == '@' ? null : marker;
    }
}
