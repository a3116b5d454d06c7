using System.Formats.Asn1;

namespace AcodeSftp.HostKeys;

/// <summary>A format of private keys, by the label of its PEM text, and what its bytes must look like.</summary>
internal sealed class PemKeyKind
{
    private static readonly PemKeyKind[] All =
    [
        new("OPENSSH PRIVATE KEY", []) { LineLength = 70 },
        new("RSA PRIVATE KEY", [.. Enumerable.Repeat(Asn1Tag.Integer, 9)]) { MayHaveHeaders = true },
        new("DSA PRIVATE KEY", [.. Enumerable.Repeat(Asn1Tag.Integer, 6)]) { MayHaveHeaders = true },
        new("EC PRIVATE KEY", [Asn1Tag.Integer, Asn1Tag.PrimitiveOctetString]) { MayHaveHeaders = true, MayHaveMore = true },
        new("PRIVATE KEY", [Asn1Tag.Integer, Asn1Tag.Sequence, Asn1Tag.PrimitiveOctetString]) { MayHaveMore = true },
        new("ENCRYPTED PRIVATE KEY", [Asn1Tag.Sequence, Asn1Tag.PrimitiveOctetString]),
    ];

    private readonly Asn1Tag[] _fields;

    private PemKeyKind(string label, Asn1Tag[] fields)
    {
        Label = label;
        _fields = fields;
    }

    public string Label { get; }

    /// <summary>Characters in a line of base64, as the programs that make such files write them.</summary>
    public int LineLength { get; private init; } = 64;

    /// <summary>Whether the text may begin with the encryption headers of RFC 1421.</summary>
    public bool MayHaveHeaders { get; private init; }

    // Optional fields after the named ones: the curve and the public half, attributes.
    private bool MayHaveMore { get; init; }

    public static PemKeyKind? Of(ReadOnlySpan<char> label)
    {
        foreach (var kind in All)
        {
            if (label.SequenceEqual(kind.Label))
                return kind;
        }

        return null;
    }

    /// <summary>Whether the bytes are a whole key of this format: its fields are there and nothing is missing at the end.</summary>
    public bool Fits(ReadOnlySpan<byte> bytes) => _fields.Length == 0 ? IsOpenSsh(bytes) : IsSequence(bytes);

    // OpenSSH's PROTOCOL.key: cipher, key derivation and its options, one key, its public half, the private part; after
    // that, ciphers that authenticate have a tag.
    private static bool IsOpenSsh(ReadOnlySpan<byte> bytes)
    {
        var magic = "openssh-key-v1\0"u8;
        if (!bytes.StartsWith(magic))
            return false;
        var reader = new SshBlobReader(bytes[magic.Length..]);
        return reader.TryReadString(out var cipher) && !cipher.IsEmpty && reader.TryReadString(out _) && reader.TryReadString(out _)
            && reader.TryReadUInt32(out var keys) && keys == 1
            && reader.TryReadString(out var publicKey) && !publicKey.IsEmpty
            && reader.TryReadString(out var privatePart) && !privatePart.IsEmpty
            && reader.Remaining is 0 or 16;
    }

    private bool IsSequence(ReadOnlySpan<byte> bytes)
    {
        if (!TryRead(bytes, out var tag, out var content, out var whole) || tag != Asn1Tag.Sequence || whole != bytes.Length)
            return false;
        foreach (var field in _fields)
        {
            if (!TryRead(content, out tag, out _, out whole) || !tag.HasSameClassAndValue(field))
                return false;
            content = content[whole..];
        }

        return MayHaveMore || content.IsEmpty;
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out Asn1Tag tag, out ReadOnlySpan<byte> content, out int whole)
    {
        content = default;
        try
        {
            if (!AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.BER, out tag, out var start, out var length, out whole))
                return false;
            content = bytes.Slice(start, length);
            return true;
        }
        catch (AsnContentException)
        {
            // Of a length that is not given it looks for the end, and for anything wrong on the way there.
            (tag, whole) = (default, 0);
            return false;
        }
    }
}
