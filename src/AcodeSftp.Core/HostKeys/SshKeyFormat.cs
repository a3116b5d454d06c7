using System.Buffers.Binary;
using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>
/// The public key formats that OpenSSH knows (RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f and
/// PROTOCOL.certkeys): what the fields of a blob must be, checked without any cryptography.
/// </summary>
internal static class SshKeyFormat
{
    // OpenSSH refuses RSA keys below this (SSH_RSA_MINIMUM_MODULUS_SIZE).
    private const int MinRsaBits = 1024;
    private const int Ed25519Bytes = 32;
    private const int MlDsa44Ed25519Bytes = 1312 + Ed25519Bytes;
    private const int MaxTypeLength = 64;
    private const string CertificateSuffix = "-cert-v01@openssh.com";

    /// <summary>What a blob turned out to be.</summary>
    /// <param name="Type">The key type that the blob itself states.</param>
    /// <param name="Bits">Key size in bits as <c>ssh-keygen -l</c> prints it, or 0 for a type not known here.</param>
    /// <param name="Certificate">The certificate, if it is one.</param>
    internal sealed record Description(string Type, int Bits, SshHostCertificate? Certificate);

    /// <summary>
    /// Whether OpenSSH takes the name that stands in a text before a key of this type: the key's own type, or one of the
    /// signature algorithms of RFC 8332 before an RSA key.
    /// </summary>
    public static bool IsNameOf(ReadOnlySpan<char> name, string type) => name.SequenceEqual(type)
        || (type == "ssh-rsa" && (name.SequenceEqual("rsa-sha2-256") || name.SequenceEqual("rsa-sha2-512")));

    /// <summary>Checks a blob and says what it is, or null with the reason why it is not a key.</summary>
    public static Description? Describe(ReadOnlySpan<byte> blob, out string problem)
    {
        problem = "the key is cut off or has fields that its type does not have";
        var reader = new SshBlobReader(blob);
        if (!reader.TryReadString(out var typeBytes) || !IsTypeName(typeBytes))
        {
            problem = "the key does not begin with a key type";
            return null;
        }

        var type = Encoding.ASCII.GetString(typeBytes);
        if (type.EndsWith(CertificateSuffix, StringComparison.Ordinal))
            return DescribeCertificate(type, reader);
        if (BitsOf(type, ref reader, out var known) is not { } bits)
            return null;
        if (known ? !reader.AtEnd : reader.AtEnd)
            return null;
        if (type == "ssh-rsa" && bits < MinRsaBits)
        {
            problem = $"an RSA key of {bits} bits is too short to be accepted; {MinRsaBits} bits are the least";
            return null;
        }

        return new Description(type, bits, null);
    }

    private static bool IsTypeName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= MaxTypeLength && !name.Contains((byte)',')
        && name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;

    // Reads the fields of a plain key; null when they are not right. The size is 0 where the type is not known.
    private static int? BitsOf(string type, ref SshBlobReader reader, out bool known)
    {
        known = true;
        switch (type)
        {
            case "ssh-ed25519":
                return HasString(ref reader, Ed25519Bytes) ? 256 : null;
            case "ssh-rsa":
                return reader.TryReadNumber(out _) && reader.TryReadNumber(out var rsa) ? rsa : null;
            case "ecdsa-sha2-nistp256":
                return HasPoint(ref reader, "nistp256"u8, 256) ? 256 : null;
            case "ecdsa-sha2-nistp384":
                return HasPoint(ref reader, "nistp384"u8, 384) ? 384 : null;
            case "ecdsa-sha2-nistp521":
                return HasPoint(ref reader, "nistp521"u8, 521) ? 521 : null;
            case "sk-ecdsa-sha2-nistp256@openssh.com":
                return HasPoint(ref reader, "nistp256"u8, 256) && reader.TryReadString(out _) ? 256 : null;
            case "sk-ssh-ed25519@openssh.com":
                return HasString(ref reader, Ed25519Bytes) && reader.TryReadString(out _) ? 256 : null;
            case "ssh-mldsa44-ed25519@openssh.com":
                return HasString(ref reader, MlDsa44Ed25519Bytes) ? 256 : null;
            case "ssh-dss":
                return reader.TryReadNumber(out var dsa) && reader.TryReadNumber(out _) && reader.TryReadNumber(out _)
                    && reader.TryReadNumber(out _)
                    ? dsa
                    : null;
            default:
                known = false;
                return 0;
        }
    }

    private static bool HasString(ref SshBlobReader reader, int length) =>
        reader.TryReadString(out var value) && value.Length == length;

    private static bool HasPoint(ref SshBlobReader reader, ReadOnlySpan<byte> curve, int bits) =>
        reader.TryReadString(out var name) && name.SequenceEqual(curve)
        && reader.TryReadString(out var point) && point.Length == 1 + (2 * ((bits + 7) / 8)) && point[0] == 4;

    private static Description? DescribeCertificate(string type, SshBlobReader reader)
    {
        var plainType = PlainType(type);
        if (!reader.TryReadString(out _))
            return null;

        // The certificate holds the fields of the plain key one after the other; put behind the plain type's name they
        // are that key's blob.
        var fields = reader;
        if (BitsOf(plainType, ref reader, out var known) is not { } bits || !known)
            return null;
        var plain = PlainBlob(plainType, fields, fields.Remaining - reader.Remaining);

        if (!reader.TryReadUInt64(out var serial) || !reader.TryReadUInt32(out var kind) || kind is not (1 or 2)
            || !reader.TryReadString(out var keyId) || !reader.TryReadString(out var principals)
            || !reader.TryReadUInt64(out var after) || !reader.TryReadUInt64(out var before)
            || !reader.TryReadString(out var critical) || !reader.TryReadString(out _) || !reader.TryReadString(out _)
            || !reader.TryReadString(out var authority) || !reader.TryReadString(out _) || !reader.AtEnd)
            return null;
        // An authority may not be a certificate itself; to look before reading also bounds the depth of what is read.
        if (ReadList(principals) is not { } names || IsCertificate(authority)
            || !SshHostKey.TryFromBlob(plain, out var plainKey)
            || !SshHostKey.TryFromBlob(authority, out var authorityKey))
            return null;
        return new Description(type, bits, new SshHostCertificate
        {
            PlainKey = plainKey,
            AuthorityKey = authorityKey,
            IsHostCertificate = kind == 2,
            Serial = serial,
            KeyId = Encoding.UTF8.GetString(keyId),
            Principals = names,
            ValidAfter = after,
            ValidBefore = before,
            HasCriticalOptions = !critical.IsEmpty,
        });
    }

    private static bool IsCertificate(ReadOnlySpan<byte> blob) =>
        new SshBlobReader(blob).TryReadString(out var type)
        && Encoding.Latin1.GetString(type).EndsWith(CertificateSuffix, StringComparison.Ordinal);

    private static string PlainType(string certificateType)
    {
        var plain = certificateType[..^CertificateSuffix.Length];
        return plain.StartsWith("sk-", StringComparison.Ordinal) || plain.StartsWith("ssh-mldsa", StringComparison.Ordinal)
            ? plain + "@openssh.com"
            : plain;
    }

    private static byte[] PlainBlob(string type, SshBlobReader fields, int length)
    {
        var blob = new byte[sizeof(uint) + type.Length + length];
        BinaryPrimitives.WriteUInt32BigEndian(blob, (uint)type.Length);
        Encoding.ASCII.GetBytes(type, blob.AsSpan(sizeof(uint)));
        fields.Peek(length).CopyTo(blob.AsSpan(sizeof(uint) + type.Length));
        return blob;
    }

    private static List<string>? ReadList(ReadOnlySpan<byte> list)
    {
        var names = new List<string>();
        var reader = new SshBlobReader(list);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadString(out var name))
                return null;
            names.Add(Encoding.UTF8.GetString(name));
        }

        return names;
    }
}
