using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>
/// A server's public key, or a certificate for one. Its fields are checked when it is made, so that a value of this type
/// is always well formed; two are equal when their blobs are.
/// </summary>
public sealed class SshHostKey : IEquatable<SshHostKey>
{
    // Certificates with many principals are the longest; OpenSSH's own buffer for a packet is of this size.
    internal const int MaxBlobLength = 256 * 1024;

    private const string Prefix = "SHA256:";

    private readonly byte[] _blob;
    private string? _fingerprint;

    private SshHostKey(byte[] blob, SshKeyFormat.Description description, string comment)
    {
        _blob = blob;
        Type = description.Type;
        Bits = description.Bits;
        Certificate = description.Certificate;
        Comment = comment;
    }

    /// <summary>Key type as the blob states it: <c>ssh-ed25519</c>, <c>ecdsa-sha2-nistp256</c>, <c>ssh-rsa</c>…</summary>
    public string Type { get; }

    /// <summary>Key size in bits, as <c>ssh-keygen -l</c> prints it; 0 for a type that is not known here.</summary>
    public int Bits { get; }

    /// <summary>What followed the key in its text; empty for none. Not part of the key.</summary>
    public string Comment { get; }

    /// <summary>The certificate, when the key is one; otherwise null.</summary>
    public SshHostCertificate? Certificate { get; }

    /// <summary>The key as it goes over the wire (RFC 4253, section 6.6).</summary>
    public ReadOnlyMemory<byte> Blob => _blob;

    /// <summary>
    /// <c>SHA256:</c> and the hash in base64 without padding, as OpenSSH prints it. That of a certificate is the one of the
    /// plain key inside, as with OpenSSH.
    /// </summary>
    public string Fingerprint =>
        _fingerprint ??= Prefix + Convert.ToBase64String(SHA256.HashData(PlainBlob)).TrimEnd('=');

    /// <summary>
    /// <c>MD5:</c> and the hash in hexadecimal, for comparison with what older tools and documents print. MD5 is broken:
    /// nothing is decided by it.
    /// </summary>
    [SuppressMessage("Security", "CA5351", Justification = "Shown for comparison only; no decision rests on it.")]
    public string Md5Fingerprint =>
        "MD5:" + string.Join(':', MD5.HashData(PlainBlob).Select(b => b.ToString("x2", null)));

    /// <summary><c>type base64</c>, as in a <c>.pub</c> file or a known_hosts line.</summary>
    public string KeyText => $"{Type} {Convert.ToBase64String(_blob)}";

    internal bool HasKnownType => Bits > 0;

    private ReadOnlySpan<byte> PlainBlob => Certificate is null ? _blob : Certificate.PlainKey._blob;

    /// <summary>Reads <c>type base64 [comment]</c>.</summary>
    /// <param name="text">The text, one line.</param>
    /// <returns>The key.</returns>
    /// <exception cref="SftpException">
    /// It is no public key (<see cref="SftpErrorCode.InvalidArgument"/>). The message does not repeat the text, which may
    /// be a secret given by mistake.
    /// </exception>
    public static SshHostKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out var problem)
            ?? throw new SftpException(SftpErrorCode.InvalidArgument, $"The text is not an SSH public key: {problem}.")
            {
                Advice = "Give one line such as 'ssh-ed25519 AAAAC3Nza... comment', as a .pub file or ssh-keyscan has it.",
            };
    }

    /// <summary>Reads <c>type base64 [comment]</c>.</summary>
    /// <param name="text">The text, one line.</param>
    /// <param name="key">The key.</param>
    /// <returns>False when it is no public key.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SshHostKey? key)
    {
        key = text is null ? null : Read(text, out _);
        return key is not null;
    }

    /// <summary>Takes a key as it goes over the wire.</summary>
    /// <param name="blob">The bytes; they are copied.</param>
    /// <returns>The key.</returns>
    /// <exception cref="SftpException">It is no public key (<see cref="SftpErrorCode.ProtocolViolation"/>).</exception>
    public static SshHostKey FromBlob(ReadOnlySpan<byte> blob) => Read(blob, "", out var problem)
        ?? throw new SftpException(SftpErrorCode.ProtocolViolation, $"The server's host key is malformed: {problem}.");

    /// <summary>Takes a key as it goes over the wire.</summary>
    /// <param name="blob">The bytes; they are copied.</param>
    /// <param name="key">The key.</param>
    /// <returns>False when it is no public key.</returns>
    public static bool TryFromBlob(ReadOnlySpan<byte> blob, [NotNullWhen(true)] out SshHostKey? key)
    {
        key = Read(blob, "", out _);
        return key is not null;
    }

    /// <summary>Brings a SHA-256 fingerprint that a person typed into the form of <see cref="Fingerprint"/>.</summary>
    /// <param name="fingerprint"><c>SHA256:</c> and 43 characters of base64, padding allowed.</param>
    /// <returns>The fingerprint.</returns>
    /// <exception cref="SftpException">It is no such fingerprint (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static string NormalizeFingerprint(string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        var text = fingerprint.Trim();
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes + 1];
        if (text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            && text[Prefix.Length..].TrimEnd('=') is { Length: 43 } digits
            && Convert.TryFromBase64String(digits + "=", hash, out var length) && length == SHA256.HashSizeInBytes)
            return Prefix + Convert.ToBase64String(hash[..length]).TrimEnd('=');

        var isMd5 = text.StartsWith("MD5:", StringComparison.OrdinalIgnoreCase) || text.Count(c => c == ':') == 15;
        throw new SftpException(
            SftpErrorCode.InvalidArgument,
            $"'{TerminalText.Clean(text)}' is not a SHA-256 fingerprint."
            + (isMd5 ? " MD5 fingerprints can be forged and are not accepted." : ""))
        {
            Advice = "Give SHA256: and 43 characters, as this prints on the server: "
                + "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        };
    }

    /// <inheritdoc/>
    public bool Equals(SshHostKey? other) => other is not null && _blob.AsSpan().SequenceEqual(other._blob);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SshHostKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_blob);
        return hash.ToHashCode();
    }

    /// <summary>Type and fingerprint; nothing that a terminal could take for a command.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Type} {Fingerprint}";

    internal bool EqualsPlain(SshHostKey other) => PlainBlob.SequenceEqual(other.PlainBlob);

    internal static SshHostKey? Read(ReadOnlySpan<char> text, out string problem)
    {
        text = text.Trim();
        var nameEnd = text.IndexOfAny(' ', '\t');
        if (nameEnd <= 0 || text.ContainsAny('\n', '\r'))
        {
            problem = "it is not one line of a key type and the key in base64";
            return null;
        }

        var name = text[..nameEnd];
        var rest = text[nameEnd..].TrimStart();
        var end = rest.IndexOfAny(' ', '\t');
        var base64 = end < 0 ? rest : rest[..end];
        var comment = end < 0 ? "" : rest[end..].Trim().ToString();
        problem = "the key is not in base64";
        if (base64.Length > MaxBlobLength / 3 * 4)
            return null;
        var blob = new byte[base64.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(base64, blob, out var length)
            || Read(blob.AsSpan(0, length), comment, out problem) is not { } key)
            return null;
        if (SshKeyFormat.IsNameOf(name, key.Type))
            return key;
        problem = "the key type before the key is not the one in the key";
        return null;
    }

    private static SshHostKey? Read(ReadOnlySpan<byte> blob, string comment, out string problem)
    {
        problem = "the key is too long";
        return blob.Length <= MaxBlobLength && SshKeyFormat.Describe(blob, out problem) is { } description
            ? new SshHostKey(blob.ToArray(), description, comment)
            : null;
    }
}
