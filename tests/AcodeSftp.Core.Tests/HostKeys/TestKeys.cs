using System.Buffers.Binary;
using System.Text;
using AcodeSftp.HostKeys;

namespace AcodeSftp.Tests.HostKeys;

/// <summary>Well-formed public keys that belong to nobody.</summary>
internal static class TestKeys
{
    public static SshHostKey Ed25519(byte seed) => SshHostKey.FromBlob(
        [.. Text("ssh-ed25519"), .. Bytes([.. Enumerable.Repeat(seed, 32)])]);

    public static SshHostKey Ecdsa(byte seed) => SshHostKey.FromBlob(
        [.. Text("ecdsa-sha2-nistp256"), .. Text("nistp256"), .. Bytes([4, .. Enumerable.Repeat(seed, 64)])]);

    public static SshHostKey Rsa(byte seed, int bits = 2048) => SshHostKey.FromBlob(RsaBlob(seed, bits));

    public static byte[] RsaBlob(byte seed, int bits) =>
        [.. Text("ssh-rsa"), .. Bytes([1, 0, 1]), .. Bytes([0, 0x80, .. Enumerable.Repeat(seed, (bits / 8) - 1)])];

    public static SshHostKey OfUnknownType(byte seed) =>
        SshHostKey.FromBlob([.. Text("ssh-future@example.org"), .. Bytes([seed])]);

    public static SshHostKey Certificate(
        SshHostKey plain, SshHostKey authority, string[] principals, uint kind = 2, ulong after = 0, ulong before = ulong.MaxValue,
        string critical = "")
    {
        var names = principals.SelectMany(Text).ToArray();
        return SshHostKey.FromBlob(
        [
            .. Text("ssh-ed25519-cert-v01@openssh.com"), .. Text("nonce"), .. plain.Blob.Span[(4 + "ssh-ed25519".Length)..],
            .. Number(7), .. Number(kind)[4..], .. Text("an id"), .. Bytes(names), .. Number(after), .. Number(before),
            .. Text(critical), .. Text(""), .. Text(""), .. Bytes(authority.Blob.ToArray()), .. Text("signature"),
        ]);
    }

    public static byte[] Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    public static byte[] Bytes(byte[] bytes)
    {
        var result = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(result, (uint)bytes.Length);
        bytes.CopyTo(result, 4);
        return result;
    }

    private static byte[] Number(ulong value)
    {
        var result = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(result, value);
        return result;
    }
}
