using System.Security.Cryptography;
using System.Text;
using AcodeSftp.HostKeys;
using FsCheck;
using FsCheck.Fluent;

namespace AcodeSftp.Tests.HostKeys;

[Trait("Requirement", "SFTP-008")]
public sealed class PemTextTests
{
    private static readonly Lazy<string[]> Keys = new(MakeKeys);

    // What the line breaks become, and what stands around the key.
    public static TheoryData<string, string> Spoiled => new()
    {
        { "line feeds", "\n" },
        { "carriage returns and line feeds", "\r\n" },
        { "carriage returns", "\r" },
        { "spaces", " " },
        { "several spaces", "   " },
        { "tabs", "\t" },
        { "spelled out", "\\n" },
        { "spelled out twice", "\\\\n" },
        { "spelled out for Windows", "\\r\\n" },
        { "indentation", "\n      " },
        { "indentation by no-break spaces", "\r\n\u00a0\u00a0" },
        { "empty lines", "\n\n" },
        { "bars", "|" },
        { "underscores", "_" },
        { "commas", "," },
        { "nothing", "" },
    };

    [Theory]
    [MemberData(nameof(Spoiled))]
    public void Line_breaks_are_mended_whatever_became_of_them(string what, string lineBreak)
    {
        Assert.NotEmpty(what);
        Assert.All(Keys.Value, pem =>
        {
            // Between the headers of an encrypted key, a separator other than white space would be part of a value.
            if (pem.Contains("Proc-Type", StringComparison.Ordinal) && lineBreak is "|" or "_" or ",")
                return;
            var spoiled = pem.TrimEnd('\n').Replace("\n", lineBreak, StringComparison.Ordinal);
            Assert.Equal(pem, Mend(spoiled));
            Assert.Equal(pem, Mend($"\uFEFF  \"{spoiled}\"\n"));
        });
    }

    [SkippableTheory]
    [InlineData("ed25519", null)]
    [InlineData("rsa", null)]
    [InlineData("ecdsa", null)]
    [InlineData("rsa", "PEM")]
    [InlineData("rsa", "PKCS8")]
    [InlineData("ecdsa", "PEM")]
    [InlineData("ecdsa", "PKCS8")]
    public void Ssh_keygen_reads_the_mended_key(string type, string? format)
    {
        foreach (var passphrase in new[] { "", "pass phrase" })
        {
            using var tools = new OpenSshTools();
            Assert.Equal(0, OpenSshTools.Run("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-f", tools["key"], .. Format(format)]).Code);
            var expected = OpenSshTools.Run("ssh-keygen", "-y", "-P", passphrase, "-f", tools["key"]).Output;

            var mended = tools.Write("mended", Mend(File.ReadAllText(tools["key"]).Replace('\n', ' ')));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(mended, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var (code, output, errors) = OpenSshTools.Run("ssh-keygen", "-y", "-P", passphrase, "-f", mended);

            Assert.True(code == 0, errors);
            Assert.Equal(SshHostKey.Parse(expected), SshHostKey.Parse(output));
        }
    }

    [SkippableFact]
    public void What_openssl_and_key_vault_put_beside_a_key_is_left_out()
    {
        var key = Keys.Value.First(pem => pem.StartsWith("-----BEGIN PRIVATE KEY", StringComparison.Ordinal));
        const string Certificate = "-----BEGIN CERTIFICATE-----\nTUlJQw==\n-----END CERTIFICATE-----\n";
        const string Parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

        Assert.Equal(key, Mend(key + Certificate + Certificate));
        Assert.Equal(key, Mend("Bag Attributes\n    friendlyName: me\n" + Parameters + key).Replace("\r", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Padding_that_was_taken_away_comes_back()
    {
        foreach (var pem in Keys.Value)
            Assert.Equal(pem, Mend(pem.Replace("=", "", StringComparison.Ordinal)));
    }

    public static TheoryData<string, string> Unfit => new()
    {
        { "", "empty" },
        { " \r\n\t\uFEFF ", "empty" },
        { "c2VjcmV0", "no line '-----BEGIN" },
        { "-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0", "cut off" },
        { "-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0 -----END RSA PRIVATE KEY-----", "label" },
        { "-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0 -----BEGIN OPENSSH PRIVATE KEY-----", "do not belong together" },
        { "-----END PRIVATE KEY----- c2VjcmV0 -----BEGIN PRIVATE KEY-----", "do not belong together" },
        { "-----BEGIN PRIVATE KEY----- -----END PRIVATE KEY-----", "nothing between" },
        { "-----BEGIN PRIVATE KEY----- c2Vj!cmV0 -----END PRIVATE KEY-----", "not base64" },
        { "-----BEGIN PRIVATE KEY----- c2Vj==cmV0 -----END PRIVATE KEY-----", "not base64" },
        { "-----BEGIN PRIVATE KEY----- c2VjcmV0c -----END PRIVATE KEY-----", "not complete" },
        { "-----BEGIN PRIVATE KEY----- c2VjcmV0 -----END PRIVATE KEY-----", "damaged" },
        { "-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0 -----END OPENSSH PRIVATE KEY-----", "damaged" },
        { "-----BEGIN c2VjcmV0 KEY----- c2VjcmV0 -----END c2VjcmV0 KEY-----", "label that is not one" },
        { "-----BEGIN c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0-----", "BEGIN line is malformed" },
        { "-----BEGIN PUBLIC KEY----- c2VjcmV0 -----END PUBLIC KEY-----", "public key" },
        { "-----BEGIN RSA PUBLIC KEY----- c2VjcmV0 -----END RSA PUBLIC KEY-----", "public key" },
        { "---- BEGIN SSH2 PUBLIC KEY ----\nc2VjcmV0\n---- END SSH2 PUBLIC KEY ----", "public key" },
        { "ssh-ed25519 c2VjcmV0 me@here", "public key" },
        { "ecdsa-sha2-nistp256 c2VjcmV0", "public key" },
        { "-----BEGIN CERTIFICATE----- c2VjcmV0 -----END CERTIFICATE-----", "only CERTIFICATE" },
        { "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nc2VjcmV0", "PuTTY" },
        { "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nc2VjcmV0", "SSH Communications" },
        { "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZLS0tLS0K", "base64 once more" },
        { "~/.ssh/c2VjcmV0", "path of a file" },
        { "-----BEGIN RSA PRIVATE KEY----- Proc-Type: 4,MIC-ONLY c2VjcmV0 -----END RSA PRIVATE KEY-----", "headers other than" },
        { "-----BEGIN PRIVATE KEY----- Proc-Type: 4,ENCRYPTED c2VjcmV0 -----END PRIVATE KEY-----", "headers other than" },
        { "-----BEGIN RSA PRIVATE KEY----- Proc-Type: 4,ENCRYPTED DEK-Info: c2VjcmV0 -----END RSA PRIVATE KEY-----", "how it is encrypted" },
        {
            "-----BEGIN RSA PRIVATE KEY----- Proc-Type: 4,ENCRYPTED DEK-Info: AES-128-CBC,00 c2VjcmV0 -----END RSA PRIVATE KEY-----",
            "how it is encrypted"
        },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void What_cannot_be_a_key_is_refused_without_repeating_it(string text, string reason)
    {
        var error = Assert.Throws<SftpException>(() => PemText.Mend(text));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2Vj", error + error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error + error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_keys_are_one_too_many() =>
        Assert.Contains("more than one", Assert.Throws<SftpException>(() => PemText.Mend(Keys.Value[0] + Keys.Value[1])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_key_cut_off_anywhere_or_under_another_label_is_refused()
    {
        foreach (var pem in Keys.Value.Where(pem => !pem.Contains("Proc-Type", StringComparison.Ordinal)))
        {
            var lines = pem.Split('\n');
            foreach (var missing in Enumerable.Range(1, lines.Length - 3))
                Assert.Throws<SftpException>(() => PemText.Mend(string.Join('\n', lines.Where((_, i) => i != missing))));
            var own = lines[0]["-----BEGIN ".Length..^"-----".Length];
            string[] labels = ["OPENSSH ", "RSA ", "EC ", "DSA ", "ENCRYPTED ", ""];
            foreach (var label in labels.Select(label => label + "PRIVATE KEY").Where(label => label != own))
                Assert.Throws<SftpException>(() => PemText.Mend(pem.Replace($" {own}-", $" {label}-", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Content_of_indefinite_length_that_is_broken_is_refused()
    {
        var content = Convert.ToBase64String([0x30, 0x80, 0x02, 0x85, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00, 0x00]);

        Assert.Throws<SftpException>(() => PemText.Mend($"-----BEGIN PRIVATE KEY-----\n{content}\n-----END PRIVATE KEY-----"));
    }

    [Fact]
    public void A_key_with_more_behind_it_is_refused()
    {
        foreach (var pem in Keys.Value.Where(pem => !pem.Contains("Proc-Type", StringComparison.Ordinal)))
        {
            var lines = pem.TrimEnd('\n').Split('\n');
            byte[] longer = [.. Convert.FromBase64String(string.Concat(lines[1..^1])), 0, 0, 0];

            Assert.Throws<SftpException>(() => PemText.Mend($"{lines[0]}\n{Convert.ToBase64String(longer)}\n{lines[^1]}"));
        }
    }

    [Fact]
    public void Any_text_is_mended_or_refused_with_nothing_of_it_in_the_message()
    {
        var pieces = Gen.Elements(
            "-----BEGIN ", "-----END ", "-----", "PRIVATE KEY", "RSA ", "OPENSSH ", "c2VjcmV0c2VjcmV0", "\n", "\\n", "Proc-Type: 4,ENCRYPTED", ":", "=",
            "DEK-Info: DES-CBC,0011223344556677", "MIIB", " ", "\u00e9", "ssh-rsa ", "PUBLIC KEY-----", "-----BEGIN RSA PRIVATE KEY-----\n");
        Prop.ForAll(Gen.ListOf(pieces).Select(string.Concat).ToArbitrary(), text =>
        {
            try
            {
                using var secret = PemText.Mend(text);
                return true;
            }
            catch (SftpException e)
            {
                return e.Code == SftpErrorCode.InvalidArgument && !(e.Message + e.Advice).Contains("c2Vj", StringComparison.Ordinal);
            }
        }).QuickCheckThrowOnFailure();
        Prop.ForAll<string>(text =>
        {
            try
            {
                PemText.Mend(text ?? "").Dispose();
                return false;
            }
            catch (SftpException e)
            {
                return e.Code == SftpErrorCode.InvalidArgument;
            }
        }).QuickCheckThrowOnFailure();
    }

    private static string[] Format(string? format) => format is null ? [] : ["-m", format];

    private static string Mend(string text)
    {
        using var secret = PemText.Mend(text);
        return Encoding.UTF8.GetString(secret.Reveal().Span);
    }

    private static string[] MakeKeys()
    {
        using var rsa = RSA.Create(1024);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10);
        byte[] publicKey = [.. TestKeys.Ed25519(1).Blob.Span];
        byte[] openSsh =
        [
            .. "openssh-key-v1\0"u8, .. TestKeys.Text("none"), .. TestKeys.Text("none"), .. TestKeys.Text(""), 0, 0, 0, 1,
            .. TestKeys.Bytes(publicKey), .. TestKeys.Bytes([.. Enumerable.Repeat((byte)7, 136)]),
        ];
        return
        [
            rsa.ExportRSAPrivateKeyPem() + "\n",
            rsa.ExportPkcs8PrivateKeyPem() + "\n",
            rsa.ExportEncryptedPkcs8PrivateKeyPem("pass", encryption) + "\n",
            ecdsa.ExportECPrivateKeyPem() + "\n",
            ecdsa.ExportPkcs8PrivateKeyPem() + "\n",
            Lines("OPENSSH PRIVATE KEY", "", openSsh, 70),
            Lines("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n", new byte[640], 64),
            Lines("EC PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011223344556677\n\n", new byte[128], 64),
        ];
    }

    private static string Lines(string label, string headers, byte[] bytes, int length) =>
        $"-----BEGIN {label}-----\n{headers}"
        + string.Concat(Convert.ToBase64String(bytes).Chunk(length).Select(line => new string(line) + "\n"))
        + $"-----END {label}-----\n";
}
