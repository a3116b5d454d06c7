using System.Text;
using AcodeSftp.HostKeys;
using FsCheck;
using FsCheck.Fluent;

namespace AcodeSftp.Tests.HostKeys;

public sealed class KnownHostsFileTests
{
    private static readonly string Key = TestKeys.Ed25519(1).KeyText;

    public static TheoryData<string, string, int> Names => new()
    {
        // hosts field, host, port: asked of ssh-keygen -F as well as of us.
        { "web.example.org", "web.example.org", 22 },
        { "web.example.org", "web.example.org", 2222 },
        { "Web.Example.ORG", "web.example.org", 22 },
        { "web.example.org", "web.example.com", 22 },
        { "[web.example.org]:2222", "web.example.org", 2222 },
        { "[web.example.org]:22", "web.example.org", 22 },
        { "[web.example.org]:2222", "web.example.org", 2223 },
        { "*.example.org", "web.example.org", 22 },
        { "*.example.org", "example.org", 22 },
        { "*.example.org", "web.example.org", 2222 },
        { "[*.example.org]:2222", "web.example.org", 2222 },
        { "[*]:*", "web.example.org", 2222 },
        { "*", "web.example.org", 2222 },
        { "web?", "web1", 22 },
        { "web?", "web", 22 },
        { "w*b*1", "web-bab-1", 22 },
        { "w**1", "web1", 22 },
        { "a*b*c", "abxbc", 22 },
        { "*a", "aaab", 22 },
        { "one,two", "two", 22 },
        { "one,two", "one,two", 22 },
        { "*,!secret", "secret", 22 },
        { "*,!secret", "other", 22 },
        { "!secret,*", "secret", 22 },
        { "!secret", "other", 22 },
        { "!*.org,*", "x.org", 22 },
        { "!!x", "x", 22 },
        { ",x,", "x", 22 },
        { ",", "x", 22 },
        { "192.0.2.1", "192.0.2.1", 22 },
        { "192.0.2.*", "192.0.2.77", 22 },
        { "2001:db8::1", "2001:db8::1", 22 },
        { "[2001:db8::1]:2222", "2001:db8::1", 2222 },
        { "h\u00e9?", "h\u00e9x", 22 },
        { "h?x", "h\u00e9x", 22 },
        { "h??x", "h\u00e9x", 22 },
    };

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void A_host_is_found_where_ssh_keygen_finds_it(string field, string host, int port)
    {
        using var tools = new OpenSshTools();
        var path = tools.Write("known_hosts", $"{field} {Key}\n");
        var name = port == 22 ? host : $"[{host}]:{port}";

        var found = KnownHostsFile.Load(path).Find(host, port).Count > 0;

        Assert.Equal(OpenSshTools.Run("ssh-keygen", "-F", name, "-f", path).Code == 0, found);
    }

    [Theory]
    [InlineData("web.example.org", "WEB.Example.org")]
    [InlineData("2001:db8::1", "2001:0DB8:0::1")]
    [InlineData("2001:db8::1", "[2001:db8::1]")]
    public void A_name_is_looked_for_as_ssh_looks_for_it(string field, string host) =>
        Assert.Single(KnownHostsFile.Parse($"{field} {Key}", "test").Find(host));

    [SkippableFact]
    public void Names_that_ssh_keygen_hashed_are_found()
    {
        using var tools = new OpenSshTools();
        var path = tools.Write("known_hosts", $"web.example.org,192.0.2.1 {Key} a comment\n[web.example.org]:2222 {Key}\n");
        Assert.Equal(0, OpenSshTools.Run("ssh-keygen", "-H", "-f", path).Code);

        var file = KnownHostsFile.Load(path);

        Assert.Equal(3, file.Entries.Count);
        Assert.All(file.Entries, entry => Assert.True(entry.IsHashed));
        Assert.DoesNotContain("web", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(file.Find("WEB.example.org")).LineNumber);
        Assert.Equal(2, Assert.Single(file.Find("192.0.2.1")).LineNumber);
        Assert.Equal(3, Assert.Single(file.Find("web.example.org", 2222)).LineNumber);
        Assert.Empty(file.Find("web.example.org", 2223));
        Assert.Equal("a comment", file.Entries[0].Comment);
    }

    public static TheoryData<string> Lines => new()
    {
        "HOST KEY",
        "  \tHOST\t KEY comment # more",
        "HOST KEY\r",
        "@revoked HOST KEY",
        "@cert-authority HOST KEY",
        "@cert-authority\tHOST\tTABKEY",
        "@revoked\tHOST KEY",
        "@revoked @revoked HOST KEY",
        "@revoked @cert-authority HOST KEY",
        "@Revoked HOST KEY",
        "@other HOST KEY",
        "@ HOST KEY",
        "@revoked",
        "@revoked ",
        "# HOST KEY",
        "#HOST KEY",
        "HOST",
        "HOST ",
        "HOST #KEY",
        "HOST ssh-ed25519",
        "HOST ssh-ed25519 ",
        "HOST ssh-ed25519 #",
        "HOST ssh-ed25519 AAAA",
        "HOST ssh-rsa ED25519",
        "HOST ssh-ed25519 ED25519=",
        "HOST ssh-ed25519 ED25519AAAA",
        "HOST ssh-dsa ED25519",
        "HOST 2048 65537 123456789",
        "HOST SHORTRSA",
        "HOST RSA2",
        "|1|AAAA|AAAA KEY",
        "|1|HOST KEY",
        "|2|HOST KEY",
        "HOST KEY\0 hidden",
        "HO\0ST KEY",
        "\vHOST KEY",
        "\u00a0HOST KEY",
    };

    [SkippableTheory]
    [MemberData(nameof(Lines))]
    public void A_line_is_used_or_not_as_ssh_keygen_decides(string template)
    {
        using var tools = new OpenSshTools();
        var base64 = Key.Split(' ')[1];
        var text = template.Replace("TABKEY", Key.Replace(' ', '\t'), StringComparison.Ordinal)
            .Replace("SHORTRSA", $"ssh-rsa {Convert.ToBase64String(TestKeys.RsaBlob(1, 768))}", StringComparison.Ordinal)
            .Replace("RSA2", TestKeys.Rsa(3).KeyText.Replace("ssh-rsa", "rsa-sha2-256", StringComparison.Ordinal), StringComparison.Ordinal)
            .Replace("ED25519", base64, StringComparison.Ordinal)
            .Replace("KEY", Key, StringComparison.Ordinal)
            .Replace("HOST", "web", StringComparison.Ordinal);
        var path = tools.Write("known_hosts", text + "\n");

        // With -l, ssh-keygen reads the key itself, as ssh does; otherwise it only looks at the type.
        var (_, output, _) = OpenSshTools.Run("ssh-keygen", "-l", "-F", "web", "-f", path);
        var expected = output.Contains("found", StringComparison.Ordinal) && output.Contains("SHA256:", StringComparison.Ordinal);
        var file = KnownHostsFile.Load(path);

        Assert.Equal(expected, file.Find("web").Count > 0);
        Assert.Equal(expected && output.Contains("line 1 REVOKED", StringComparison.Ordinal), file.Find("web").Any(e => e.Marker == KnownHostMarker.Revoked));
        Assert.Equal(expected && output.Contains("line 1 CA", StringComparison.Ordinal), file.Find("web").Any(e => e.Marker == KnownHostMarker.CertificateAuthority));
    }

    [Fact]
    public void Lines_keep_their_numbers_and_damaged_ones_are_told()
    {
        var file = KnownHostsFile.Parse($"# a comment\n\na {Key}\nnonsense\n@cert-authority *.b {Key} c\u00f4t\u00e9\n", "some file");

        Assert.Equal([3, 5], file.Entries.Select(entry => entry.LineNumber));
        Assert.Equal("some file:3", file.Entries[0].Location);
        Assert.Equal("c\u00f4t\u00e9", file.Entries[1].Comment);
        Assert.Equal("*.b", file.Entries[1].HostNames);
        var damage = Assert.Single(file.DamagedLines);
        Assert.Equal(("some file", 4), (damage.Source, damage.LineNumber));
        Assert.Contains("no key", damage.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_as_long_as_a_file_takes_no_time()
    {
        var hosts = string.Concat(Enumerable.Repeat("*a", 500));
        var file = KnownHostsFile.Parse($"{hosts} {Key}\n{new string('x', 5000)},* {Key}\n*,{new string('x', 5000)} {Key}", "test");

        Assert.Empty(file.Find(new string('a', 400) + "b"));
    }

    [Fact]
    public void Hostile_lines_throw_nothing_and_every_byte_is_kept()
    {
        var pieces = Gen.Elements(
            "@revoked ", "@cert-authority", "@", " ", "\t", "|1|", "|", "*", "?", "!", ",", "[", "]:22", "\n", "\r\n", "\0", "#", "web", "ssh-ed25519 ",
            Key, Key[..40], "AAAA====", "\u20ac", "\ufeff", "\u001b[31m", "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=");
        Prop.ForAll(Gen.ListOf(pieces).Select(string.Concat).ToArbitrary(), text =>
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var file = new KnownHostsFile("test", bytes);
            file.Find("web");
            file.Judge("web", 2222, TestKeys.Ed25519(1));
            return file.Lines.SelectMany(line => line.Bytes.ToArray()).SequenceEqual(bytes)
                && file.Entries.All(entry => entry.ToString().Length > 0);
        }).QuickCheckThrowOnFailure();
        Prop.ForAll<byte[]>(bytes => new KnownHostsFile("test", bytes).Lines.SelectMany(line => line.Bytes.ToArray()).SequenceEqual(bytes))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_entry_has_no_property_that_names_a_file_to_other_cmdlets()
    {
        var names = typeof(KnownHostEntry).GetProperties().Select(property => property.Name);

        Assert.Empty(names.Intersect(["Path", "LiteralPath", "PSPath", "FullName"]));
    }

    [Fact]
    public void A_file_that_is_missing_has_no_entries_and_one_that_cannot_be_read_is_an_error()
    {
        using var tools = new OpenSshTools();

        Assert.Empty(KnownHostsFile.Load(tools["none"]).Entries);
        Assert.Empty(KnownHostsFile.Load(tools["none/at/all"]).Entries);
        Assert.Equal(tools.Directory, Assert.Throws<SftpException>(() => KnownHostsFile.Load(tools.Directory)).Path);
    }
}
