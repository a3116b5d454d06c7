using AcodeSftp.Connections;

namespace AcodeSftp.HostKeys;

/// <summary>
/// Private keys given as text. Vaults, environment variables and JSON spoil their line breaks; this puts them right
/// (SFTP-008), and refuses what cannot be a private key before anything is sent. No message of this class has any of the
/// text in it, and every copy of the text that it makes is wiped.
/// </summary>
public static class PemText
{
    // A 16384-bit RSA key, the longest that OpenSSH takes, is 13 KB long; certificates may come with it.
    private const int MaxLength = 256 * 1024;

    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string Dashes = "-----";

    // The longest label in use has 25 characters.
    private const int MaxLabelLength = 40;

    // What may stand beside a key: the curve that 'openssl ecparam -genkey' writes before it, the certificates that Azure
    // Key Vault writes after it, and its public half.
    private static readonly string[] Companions = ["EC PARAMETERS", "DSA PARAMETERS", "CERTIFICATE", .. PublicLabels];

    private static string[] PublicLabels => ["PUBLIC KEY", "RSA PUBLIC KEY"];

    /// <summary>
    /// Mends the line breaks of a private key: whatever stands in their place (spaces, <c>\n</c> spelled out, carriage
    /// returns, a separator such as <c>|</c>, or nothing), the result has them where a PEM file has them. Accepted are
    /// OpenSSH's own format, PKCS#1 (<c>RSA PRIVATE KEY</c>), SEC1 (<c>EC PRIVATE KEY</c>), <c>DSA PRIVATE KEY</c>, these
    /// with encryption headers, and PKCS#8 plain and encrypted. Parameters and certificates beside the key are left out.
    /// </summary>
    /// <param name="text">The text. The caller wipes it.</param>
    /// <returns>The key as PEM text with <c>\n</c> line breaks. The caller disposes of it.</returns>
    /// <exception cref="SftpException">
    /// It is no private key, or more than one (<see cref="SftpErrorCode.InvalidArgument"/>).
    /// </exception>
    public static Secret Mend(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength)
            throw Refused("it is far longer than any private key");
        using var clean = new WipedBuffer<char>(text.Length);
        var blanked = clean.Span[..Blank(text, clean.Span)].Trim(' ');
        if (blanked.IsEmpty)
            throw Refused("it is empty");
        if (Misfit(blanked) is { } misfit)
            throw misfit;

        var block = FindKey(blanked);
        var kind = PemKeyKind.Of(blanked[block.Label])!;
        using var mended = new WipedBuffer<char>(blanked.Length + (blanked.Length / 16) + 256);
        return new Secret(mended.Span[..PemBlock.Write(kind, blanked[block.Body], mended.Span)]);
    }

    internal static SftpException Refused(string reason, string? advice = null) =>
        new(SftpErrorCode.InvalidArgument, $"The private key given as text cannot be used: {reason}.")
        {
            Advice = advice ?? "Give the whole text of a private key file, from '-----BEGIN' to the last '-----'.",
        };

    // Puts one space in place of each white space character and each escape, and leaves out what cannot be seen.
    private static int Blank(ReadOnlySpan<char> text, Span<char> to)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '\uFEFF' or (>= '\u200B' and <= '\u200D') or '\u2060')
                continue;
            if (c == '\\')
            {
                while (i + 1 < text.Length && text[i + 1] == '\\')
                    i++;
                if (i + 1 < text.Length && text[i + 1] is 'n' or 'r' or 't')
                    i++;
                c = ' ';
            }

            to[length++] = char.IsWhiteSpace(c) || char.IsControl(c) || c is '"' or '\'' ? ' ' : c;
        }

        return length;
    }

    // Things that are given by mistake and that deserve a better answer than "no PEM text".
    private static SftpException? Misfit(ReadOnlySpan<char> text)
    {
        if (text.Contains("PuTTY-User-Key-File-", StringComparison.Ordinal))
            return Refused("it is a PuTTY key (.ppk)", "Convert it: puttygen key.ppk -O private-openssh -o key");
        if (text.Contains("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY", StringComparison.Ordinal))
            return Refused("it is a key of SSH Communications Security's format", "Convert it: ssh-keygen -i -f key > key.openssh");
        if (text.Contains("---- BEGIN SSH2 PUBLIC KEY", StringComparison.Ordinal) || IsPublicKeyLine(text))
            return Refused("it is a public key", "Give the private key, from the file whose name has no '.pub' at the end.");
        if (text.StartsWith("LS0tLS1CRUdJTi", StringComparison.Ordinal))
            return Refused("it is a PEM text encoded in base64 once more", "Decode it from base64 first.");
        if (text.Length < 1024 && !text.Contains(' ') && text[0] is '/' or '~' or '.')
            return Refused("it looks like the path of a file", "Give the path with -KeyFilePath, or the file's content here.");
        return null;
    }

    private static bool IsPublicKeyLine(ReadOnlySpan<char> text) =>
        text.StartsWith("ssh-", StringComparison.Ordinal) || text.StartsWith("ecdsa-sha2-", StringComparison.Ordinal)
        || text.StartsWith("sk-ssh-", StringComparison.Ordinal) || text.StartsWith("sk-ecdsa-", StringComparison.Ordinal);

    // The one block that is a private key.
    private static (Range Label, Range Body) FindKey(ReadOnlySpan<char> text)
    {
        (Range Label, Range Body)? found = null;
        var companion = "";
        var at = 0;
        while (NextBlock(text, at) is { } block)
        {
            var label = text[block.Label];
            if (PemKeyKind.Of(label) is not null)
                found = found is null ? (block.Label, block.Body) : throw Refused("it has more than one private key");
            else if (CompanionOf(label) is { } known)
                companion = known;
            else
                throw Refused("it has a PEM label that is not one of a private key");
            at = block.End;
        }

        if (found is { } key)
            return key;
        if (PublicLabels.Contains(companion))
            throw Refused("it is a public key", "Give the private key that belongs to it.");
        throw companion.Length > 0
            ? Refused($"it has no private key, only {companion}")
            : Refused("it has no line '-----BEGIN ... PRIVATE KEY-----'");
    }

    private static string? CompanionOf(ReadOnlySpan<char> label)
    {
        foreach (var companion in Companions)
        {
            if (label.SequenceEqual(companion))
                return companion;
        }

        return null;
    }

    private static (Range Label, Range Body, int End)? NextBlock(ReadOnlySpan<char> text, int at)
    {
        var begin = text[at..].IndexOf(Begin);
        if ((begin < 0 ? text[at..] : text.Slice(at, begin)).Contains(Dashes, StringComparison.Ordinal))
            throw Refused("its BEGIN and END lines do not belong together");
        if (begin < 0)
            return null;

        var label = at + begin + Begin.Length;
        var labelLength = text[label..].IndexOf(Dashes);
        if (labelLength is < 0 or > MaxLabelLength)
            throw Refused("its BEGIN line is malformed");
        var body = label + labelLength + Dashes.Length;
        var bodyLength = text[body..].IndexOf(Dashes);
        if (bodyLength < 0)
            throw Refused("it has no END line and is probably cut off");
        var end = text[(body + bodyLength)..];
        if (!end.StartsWith(End, StringComparison.Ordinal))
            throw Refused("its BEGIN and END lines do not belong together");
        end = end[End.Length..];
        if (!end.StartsWith(text.Slice(label, labelLength)) || !end[labelLength..].StartsWith(Dashes, StringComparison.Ordinal))
            throw Refused("its END line does not have the label of its BEGIN line");
        return (label..(label + labelLength), body..(body + bodyLength),
            body + bodyLength + End.Length + labelLength + Dashes.Length);
    }
}
