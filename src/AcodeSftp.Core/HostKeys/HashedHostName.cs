using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>
/// A host name hidden as <c>|1|salt|hash</c>: HMAC-SHA1 of the name, keyed with the salt. SHA-1 is what the file format
/// has; it hides names and protects nothing else.
/// </summary>
[SuppressMessage("Security", "CA5350", Justification = "The format of known_hosts files has SHA-1 in it.")]
internal sealed class HashedHostName
{
    private const string Magic = "|1|";
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private HashedHostName(byte[] salt, byte[] hash)
    {
        _salt = salt;
        _hash = hash;
    }

    /// <summary>Reads the hosts field of a line; null when it is not exactly one name hidden in this way.</summary>
    public static HashedHostName? Read(string field)
    {
        if (!field.StartsWith(Magic, StringComparison.Ordinal))
            return null;
        var parts = field[Magic.Length..].Split('|');
        return parts.Length == 2 && Decode(parts[0]) is { } salt && Decode(parts[1]) is { } hash
            ? new HashedHostName(salt, hash)
            : null;
    }

    /// <summary>Hides a name with a salt of its own.</summary>
    /// <param name="name">The name, in the form of <see cref="KnownHostName.ToMatch"/>.</param>
    public static string Create(string name)
    {
        var salt = RandomNumberGenerator.GetBytes(HMACSHA1.HashSizeInBytes);
        return $"{Magic}{Convert.ToBase64String(salt)}|{Convert.ToBase64String(Hash(salt, name))}";
    }

    public bool Matches(string name) => _hash.AsSpan().SequenceEqual(Hash(_salt, name));

    private static byte[] Hash(byte[] salt, string name) => HMACSHA1.HashData(salt, Encoding.Latin1.GetBytes(name));

    // OpenSSH compares the text, so that only the one canonical spelling of a hash matches.
    private static byte[]? Decode(string base64)
    {
        var bytes = new byte[HMACSHA1.HashSizeInBytes + 1];
        return Convert.TryFromBase64String(base64, bytes, out var length)
            && length == HMACSHA1.HashSizeInBytes && Convert.ToBase64String(bytes, 0, length) == base64
            ? bytes[..length]
            : null;
    }
}
