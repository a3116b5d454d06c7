using AcodeSftp.HostKeys;
using FsCheck;
using FsCheck.Fluent;

namespace AcodeSftp.Tests.HostKeys;

public sealed class SshHostKeyTests
{
    // The public key is the bytes from 0 to 31.
    private const string Line =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f somebody@example.org";

    [SkippableTheory]
    [InlineData("ed25519", null)]
    [InlineData("rsa", "2048")]
    [InlineData("rsa", "1024")]
    [InlineData("ecdsa", "256")]
    [InlineData("ecdsa", "384")]
    [InlineData("ecdsa", "521")]
    [InlineData("dsa", null)]
    public void Size_and_fingerprints_are_those_that_ssh_keygen_prints(string type, string? bits)
    {
        using var tools = new OpenSshTools();
        Skip.If(type == "dsa" && OpenSshTools.Run("ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", tools["try"]).Code != 0, "No DSA keys.");
        var key = tools.NewKey("key", type, bits is null ? [] : ["-b", bits]);

        var sha = OpenSshTools.Run("ssh-keygen", "-l", "-f", tools["key.pub"]).Output.Split(' ');
        var md5 = OpenSshTools.Run("ssh-keygen", "-l", "-E", "md5", "-f", tools["key.pub"]).Output.Split(' ');

        Assert.Equal([$"{key.Bits}", key.Fingerprint], sha[..2]);
        Assert.Equal(key.Md5Fingerprint, md5[1]);
        Assert.Equal(key.KeyText, string.Join(' ', File.ReadAllText(tools["key.pub"]).Split(' ', '\n')[..2]));
    }

    [SkippableFact]
    public void A_certificate_tells_what_ssh_keygen_put_into_it()
    {
        using var tools = new OpenSshTools();
        var authority = tools.NewKey("authority", "ecdsa");
        var plain = tools.NewKey("host", "rsa", "-b", "2048");
        var certificate = tools.Certify("host", "authority", "web.example.org,*.web.example.org");

        var described = OpenSshTools.Run("ssh-keygen", "-l", "-f", tools["host-cert.pub"]).Output.Split(' ');

        Assert.Equal("ssh-rsa-cert-v01@openssh.com", certificate.Type);
        Assert.Equal([$"{plain.Bits}", plain.Fingerprint], described[..2]);
        Assert.Equal(plain.Fingerprint, certificate.Fingerprint);
        Assert.Equal(plain, certificate.Certificate!.PlainKey);
        Assert.Equal(authority, certificate.Certificate.AuthorityKey);
        Assert.Equal(["web.example.org", "*.web.example.org"], certificate.Certificate.Principals);
        Assert.True(certificate.Certificate.IsHostCertificate);
        Assert.Null(certificate.Certificate.ProblemFor("WEB.example.org", DateTimeOffset.UtcNow));
        Assert.Null(certificate.Certificate.ProblemFor("a.web.example.org", DateTimeOffset.UtcNow));
        Assert.Equal("it is for other hosts", certificate.Certificate.ProblemFor("example.org", DateTimeOffset.UtcNow));
    }

    [Fact]
    public void A_certificate_is_no_good_outside_its_time_or_for_other_uses()
    {
        var (plain, authority) = (TestKeys.Ed25519(1), TestKeys.Ed25519(2));
        var now = DateTimeOffset.FromUnixTimeSeconds(1000);

        Assert.Null(TestKeys.Certificate(plain, authority, ["h"], after: 1000, before: 1001).Certificate!.ProblemFor("h", now));
        Assert.Equal("it is not valid yet", TestKeys.Certificate(plain, authority, ["h"], after: 1001).Certificate!.ProblemFor("h", now));
        Assert.Equal("it has expired", TestKeys.Certificate(plain, authority, ["h"], before: 1000).Certificate!.ProblemFor("h", now));
        Assert.Equal("it names no host", TestKeys.Certificate(plain, authority, []).Certificate!.ProblemFor("h", now));
        Assert.Equal(
            "it is a user's certificate, not a host's", TestKeys.Certificate(plain, authority, ["h"], kind: 1).Certificate!.ProblemFor("h", now));
        Assert.Equal(
            "it has critical options that are not supported",
            TestKeys.Certificate(plain, authority, ["h"], critical: "x").Certificate!.ProblemFor("h", now));
    }

    [Fact]
    public void A_certificate_signed_by_a_certificate_is_no_key()
    {
        var inner = TestKeys.Certificate(TestKeys.Ed25519(1), TestKeys.Ed25519(2), ["h"]);

        Assert.Throws<SftpException>(() => TestKeys.Certificate(TestKeys.Ed25519(1), inner, ["h"]));
    }

    [Fact]
    public void A_line_is_read_with_its_comment_and_equality_is_that_of_the_key()
    {
        var key = SshHostKey.Parse(Line);

        Assert.Equal("ssh-ed25519", key.Type);
        Assert.Equal("somebody@example.org", key.Comment);
        Assert.Equal(key, SshHostKey.Parse(key.KeyText));
        Assert.Equal(key.GetHashCode(), SshHostKey.Parse(key.KeyText).GetHashCode());
        Assert.NotEqual(key, TestKeys.Ed25519(1));
        Assert.Equal($"ssh-ed25519 {key.Fingerprint}", key.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ssh-ed25519")]
    [InlineData("ssh-ed25519 !!!!")]
    [InlineData("ssh-ed25519 AAAA")]
    [InlineData("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAA==")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5/////wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\nmore")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0 -----END OPENSSH PRIVATE KEY-----")]
    public void What_is_no_key_is_refused_and_never_repeated(string text)
    {
        var error = Assert.Throws<SftpException>(() => SshHostKey.Parse(text));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.DoesNotContain("c2Vj", error.ToString(), StringComparison.Ordinal);
        Assert.False(SshHostKey.TryParse(text, out _));
    }

    [Fact]
    public void An_rsa_key_that_openssh_calls_too_short_is_refused()
    {
        Assert.Equal(1024, TestKeys.Rsa(1, 1024).Bits);
        Assert.False(SshHostKey.TryFromBlob(TestKeys.RsaBlob(1, 1016), out _));
    }

    [Fact]
    public void An_rsa_key_may_stand_under_the_names_of_its_signatures()
    {
        var key = TestKeys.Rsa(5);
        var base64 = key.KeyText["ssh-rsa ".Length..];

        Assert.Equal(key, SshHostKey.Parse("rsa-sha2-512 " + base64));
        Assert.Equal(key, SshHostKey.Parse("rsa-sha2-256 " + base64));
        Assert.False(SshHostKey.TryParse("ecdsa-sha2-nistp256 " + base64, out _));
    }

    [Fact]
    public void Any_bytes_are_a_key_or_are_refused() => Prop.ForAll<byte[]>(bytes =>
    {
        SshHostKey.TryFromBlob(bytes, out _);
        var damaged = TestKeys.Certificate(TestKeys.Ed25519(1), TestKeys.Ed25519(2), ["h"]).Blob.ToArray();
        for (var i = 0; i < bytes.Length; i++)
            damaged[bytes[i] * (i + 1) % damaged.Length] ^= bytes[i];
        return !SshHostKey.TryFromBlob(damaged, out var key) || key.Fingerprint.Length == 50;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")]
    [InlineData("sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData(" SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU ")]
    public void A_fingerprint_is_taken_as_people_copy_it(string text) =>
        Assert.Equal("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", SshHostKey.NormalizeFingerprint(text));

    [Theory]
    [InlineData("")]
    [InlineData("SHA256:")]
    [InlineData("SHA256:47DEQpj8HBSa")]
    [InlineData("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")]
    [InlineData("MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e")]
    [InlineData("d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e")]
    public void What_is_no_sha_256_fingerprint_is_refused(string text) =>
        Assert.Equal(SftpErrorCode.InvalidArgument, Assert.Throws<SftpException>(() => SshHostKey.NormalizeFingerprint(text)).Code);
}
