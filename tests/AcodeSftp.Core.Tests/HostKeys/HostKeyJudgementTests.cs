using AcodeSftp.HostKeys;

namespace AcodeSftp.Tests.HostKeys;

public sealed class HostKeyJudgementTests
{
    private static readonly SshHostKey Key = TestKeys.Ed25519(1);
    private static readonly SshHostKey Other = TestKeys.Ed25519(2);

    // The server's own keys are SERVER (Ed25519) and RSA; NAME is '[127.0.0.1]:port'.
    public static TheoryData<string, HostKeyStanding> Files => new()
    {
        { "", HostKeyStanding.Unknown },
        { "NAME SERVER", HostKeyStanding.Known },
        { "NAME OTHER", HostKeyStanding.Changed },
        { "NAME OTHER\nNAME SERVER", HostKeyStanding.Known },
        { "NAME SERVER\nNAME OTHER", HostKeyStanding.Known },
        { "NAME ECDSA", HostKeyStanding.Changed },
        { "NAME ssh-future AAAACnNzaC1mdXR1cmUAAAAB", HostKeyStanding.Unknown },
        { "127.0.0.1 SERVER", HostKeyStanding.Known },
        { "127.0.0.1 OTHER", HostKeyStanding.Unknown },
        { "NAME OTHER\n127.0.0.1 SERVER", HostKeyStanding.Changed },
        { "127.0.0.* SERVER", HostKeyStanding.Known },
        { "*,!127.0.0.1 SERVER", HostKeyStanding.Known },
        { "*,!127.0.0.1,!NAME SERVER", HostKeyStanding.Unknown },
        { "@revoked * SERVER", HostKeyStanding.Revoked },
        { "NAME SERVER\n@revoked NAME SERVER", HostKeyStanding.Revoked },
        { "@revoked NAME OTHER\nNAME SERVER", HostKeyStanding.Known },
        { "@revoked NAME OTHER", HostKeyStanding.Unknown },
        { "@cert-authority * SERVER", HostKeyStanding.Unknown },
        { "@cert-authority * OTHER\nNAME SERVER", HostKeyStanding.Known },
    };

    [SkippableFact]
    public void A_key_is_judged_as_ssh_judges_it()
    {
        using var tools = new OpenSshTools();
        var server = tools.NewKey("server");
        var other = tools.NewKey("other");
        var ecdsa = tools.NewKey("ecdsa", "ecdsa");
        var port = tools.StartServer(["server"]);
        Assert.All(Files, row =>
        {
            var (template, expected) = ((string)row[0], (HostKeyStanding)row[1]);
            var text = template.Replace("NAME", $"[127.0.0.1]:{port}", StringComparison.Ordinal)
                .Replace("SERVER", server.KeyText, StringComparison.Ordinal)
                .Replace("OTHER", other.KeyText, StringComparison.Ordinal)
                .Replace("ECDSA", ecdsa.KeyText, StringComparison.Ordinal);
            var path = tools.Write("known_hosts", text);

            Assert.Equal((template, expected), (template, KnownHostsFile.Load(path).Judge("127.0.0.1", port, server).Standing));
            Assert.Equal((template, expected), (template, Standing(OpenSshTools.Judge("127.0.0.1", port, path, "StrictHostKeyChecking=yes"))));
        });
    }

    [SkippableFact]
    public void A_certificate_is_judged_as_ssh_judges_it()
    {
        using var tools = new OpenSshTools();
        var server = tools.NewKey("server");
        var authority = tools.NewKey("authority");
        var other = tools.NewKey("other");
        var certificate = tools.Certify("server", "authority", "127.0.0.1");
        var port = tools.StartServer(["server"], certificate: "server");
        (string Template, HostKeyStanding Expected)[] files =
        [
            ("@cert-authority * AUTHORITY", HostKeyStanding.KnownByAuthority),
            ("@cert-authority NAME AUTHORITY", HostKeyStanding.KnownByAuthority),
            ("@cert-authority 127.0.0.1 AUTHORITY", HostKeyStanding.KnownByAuthority),
            ("@cert-authority elsewhere AUTHORITY", HostKeyStanding.Unknown),
            ("@cert-authority * OTHER", HostKeyStanding.Unknown),
            ("@cert-authority * AUTHORITY\nNAME OTHER", HostKeyStanding.KnownByAuthority),
            ("@cert-authority * OTHER\nNAME SERVER", HostKeyStanding.Known),
            ("@cert-authority * OTHER\nNAME OTHER", HostKeyStanding.Changed),
            ("NAME SERVER", HostKeyStanding.Known),
            ("NAME AUTHORITY", HostKeyStanding.Changed),
            ("@cert-authority * AUTHORITY\n@revoked * AUTHORITY", HostKeyStanding.Revoked),
            ("@cert-authority * AUTHORITY\n@revoked * SERVER", HostKeyStanding.Revoked),
        ];
        Assert.All(files, file =>
        {
            var text = file.Template.Replace("NAME", $"[127.0.0.1]:{port}", StringComparison.Ordinal)
                .Replace("SERVER", server.KeyText, StringComparison.Ordinal)
                .Replace("AUTHORITY", authority.KeyText, StringComparison.Ordinal)
                .Replace("OTHER", other.KeyText, StringComparison.Ordinal);
            var path = tools.Write("known_hosts", text);
            var said = OpenSshTools.Judge("127.0.0.1", port, path, "StrictHostKeyChecking=yes");
            var judged = KnownHostsFile.Load(path).Judge("127.0.0.1", port, certificate).Standing;

            Assert.Equal(file, (file.Template, judged));
            Assert.Equal((file.Template, Accepted(judged) ? HostKeyStanding.Known : judged), (file.Template, Standing(said)));
        });
    }

    [Fact]
    public void A_host_on_the_default_port_is_judged_by_its_name_alone()
    {
        var known = KnownHostsFile.Parse($"[web]:22 {Key.KeyText}\n[web]:2222 {Key.KeyText}", "test");

        Assert.Equal(HostKeyStanding.Unknown, known.Judge("web", 22, Key).Standing);
        Assert.Equal(HostKeyStanding.Known, known.Judge("web", 2222, Key).Standing);
    }

    [Fact]
    public void A_key_revoked_for_a_host_is_revoked_on_every_port_though_ssh_only_warns()
    {
        var known = KnownHostsFile.Parse($"@revoked web {Key.KeyText}", "test");

        Assert.Equal(HostKeyStanding.Revoked, known.Judge("web", 2222, Key).Standing);
        Assert.Equal(HostKeyStanding.Unknown, known.Judge("other", 2222, Key).Standing);
    }

    [Fact]
    public void All_entries_with_another_key_are_named()
    {
        var known = KnownHostsFile.Parse($"web {Other.KeyText}\nelse {Key.KeyText}\n*eb {TestKeys.Rsa(1).KeyText}", "test");

        var judgement = known.Judge("web", 22, Key);

        Assert.Equal(HostKeyStanding.Changed, judgement.Standing);
        Assert.Equal([1, 3], judgement.Entries.Select(entry => entry.LineNumber));
    }

    [Fact]
    public void A_key_of_a_type_that_is_not_known_here_can_still_be_known()
    {
        var key = TestKeys.OfUnknownType(1);
        var known = KnownHostsFile.Parse($"web {key.KeyText}", "test");

        Assert.Equal(HostKeyStanding.Known, known.Judge("web", 22, key).Standing);
        Assert.Equal(HostKeyStanding.Unknown, known.Judge("web", 22, Key).Standing);
    }

    private static bool Accepted(HostKeyStanding standing) => standing is HostKeyStanding.Known or HostKeyStanding.KnownByAuthority;

    private static HostKeyStanding Standing(string? said) => said switch
    {
        null => HostKeyStanding.Known,
        _ when said.Contains("REVOKED HOST KEY DETECTED", StringComparison.Ordinal) => HostKeyStanding.Revoked,
        _ when said.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal) => HostKeyStanding.Changed,
        _ when said.Contains("host key is known for", StringComparison.Ordinal) => HostKeyStanding.Unknown,
        _ => throw new InvalidOperationException(said),
    };
}
