using System.Buffers;

namespace AcodeSftp.HostKeys;

/// <summary>Writes the inside of a PEM block anew: the encryption headers, if any, and the base64 in lines.</summary>
internal static class PemBlock
{
    private const string ProcType = "Proc-Type:";
    private const string DekInfo = "DEK-Info:";

    // Between two pieces of base64 these stand for a line break; none of them is a digit of base64.
    private const string Separators = " ,;|_^~*#";

    private static readonly SearchValues<char> CipherLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789ABCDEFabcdef");

    /// <summary>Writes a block.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="body">What stands between its BEGIN and END, with spaces for all white space.</param>
    /// <param name="to">Where to; long enough for the body and a fourth more.</param>
    /// <returns>How many characters were written.</returns>
    public static int Write(PemKeyKind kind, ReadOnlySpan<char> body, Span<char> to)
    {
        var writer = new Writer(to);
        writer.Write("-----BEGIN ");
        writer.Write(kind.Label);
        writer.Write("-----\n");
        var isEncrypted = CopyHeaders(kind, ref body, ref writer);

        using var digits = new WipedBuffer<char>(body.Length + 2);
        var base64 = digits.Span[..CopyDigits(body, digits.Span)];
        Check(kind, base64, isEncrypted);
        for (; !base64.IsEmpty; base64 = base64[Math.Min(kind.LineLength, base64.Length)..])
        {
            writer.Write(base64[..Math.Min(kind.LineLength, base64.Length)]);
            writer.Write("\n");
        }

        writer.Write("-----END ");
        writer.Write(kind.Label);
        writer.Write("-----\n");
        return writer.Length;
    }

    // The headers of RFC 1421 as OpenSSL writes them, with an empty line after them that spoiled texts do not have.
    private static bool CopyHeaders(PemKeyKind kind, ref ReadOnlySpan<char> body, ref Writer writer)
    {
        body = body.TrimStart(' ');
        if (!body.Contains(':'))
            return false;
        if (!kind.MayHaveHeaders || !Skip(ref body, ProcType) || !Skip(ref body, "4,") || !Skip(ref body, "ENCRYPTED")
            || !Skip(ref body, DekInfo))
            throw PemText.Refused("it has headers other than those of an encrypted key");

        var comma = body.IndexOf(',');
        var cipher = comma is > 0 and <= 32 ? body[..comma] : default;
        if (cipher.IsEmpty || cipher.ContainsAnyExcept(CipherLetters))
            throw PemText.Refused("its header does not say how it is encrypted");
        body = body[(comma + 1)..].TrimStart(' ');
        var start = VectorLength(cipher, body);
        if (start == 0 || start > body.Length || body[..start].ContainsAnyExcept(HexDigits))
            throw PemText.Refused("its header does not say how it is encrypted");

        writer.Write("Proc-Type: 4,ENCRYPTED\nDEK-Info: ");
        writer.Write(cipher);
        writer.Write(",");
        writer.Write(body[..start]);
        writer.Write("\n\n");
        body = body[start..];
        return true;
    }

    // Known ciphers have vectors of a known length, which finds the end even where nothing separates it from the key.
    private static int VectorLength(ReadOnlySpan<char> cipher, ReadOnlySpan<char> body)
    {
        if (cipher.StartsWith("AES-", StringComparison.Ordinal))
            return 32;
        if (cipher.StartsWith("DES-", StringComparison.Ordinal))
            return 16;
        var end = body.IndexOfAnyExcept(HexDigits);
        return end is > 0 and <= 64 ? end : 0;
    }

    private static bool Skip(ref ReadOnlySpan<char> body, string word)
    {
        if (!body.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            return false;
        body = body[word.Length..].TrimStart(' ');
        return true;
    }

    // The digits of base64 without what is between them, and with the padding that some tools take away.
    private static int CopyDigits(ReadOnlySpan<char> body, Span<char> to)
    {
        var length = 0;
        var padding = 0;
        foreach (var c in body)
        {
            if (Separators.Contains(c, StringComparison.Ordinal))
                continue;
            if (c == '=')
                padding++;
            else if (padding > 0 || !(char.IsAsciiLetterOrDigit(c) || c is '+' or '/'))
                throw PemText.Refused("what is between its BEGIN and END lines is not base64");
            else
                to[length++] = c;
        }

        if (length == 0)
            throw PemText.Refused("there is nothing between its BEGIN and END lines");
        if (length % 4 == 1 || padding > 2)
            throw PemText.Refused("its base64 is not complete");
        while (length % 4 != 0)
            to[length++] = '=';
        return length;
    }

    private static void Check(PemKeyKind kind, ReadOnlySpan<char> base64, bool isEncrypted)
    {
        using var bytes = new WipedBuffer<byte>(base64.Length / 4 * 3);
        if (!Convert.TryFromBase64Chars(base64, bytes.Span, out var length))
            throw PemText.Refused("what is between its BEGIN and END lines is not base64");

        // Of a text that is encrypted as a whole nothing shows but its length: all of these ciphers have blocks of 8 or 16.
        if (isEncrypted ? length % 8 != 0 : !kind.Fits(bytes.Span[..length]))
            throw PemText.Refused($"it is cut off or damaged, or it is not what its label '{kind.Label}' says");
    }

    private ref struct Writer(Span<char> to)
    {
        private readonly Span<char> _to = to;

        public int Length { get; private set; }

        public void Write(ReadOnlySpan<char> text)
        {
            text.CopyTo(_to[Length..]);
            Length += text.Length;
        }
    }
}
