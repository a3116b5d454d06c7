using AcodeSftp.HostKeys;

namespace AcodeSftp.Tests.HostKeys;

public sealed class KnownHostKeysSourceTests : IDisposable
{
    private static readonly SshHostKey[] Keys = [.. Enumerable.Range(1, 6).Select(seed => TestKeys.Ed25519((byte)seed))];

    private readonly OpenSshTools _tools = new();

    public void Dispose() => _tools.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [Trait("Requirement", "SFTP-007")]
    public void The_first_place_that_has_a_key_is_the_one_that_counts(int first, int expected)
    {
        var source = Source() with
        {
            Parameter = first <= 1 ? Line(1) : null,
            SessionConfiguration = first <= 2 ? Line(2) : "  ",
            Environment = name => name == "SFTP_KNOWN_HOST_KEYS" && first <= 3 ? Line(3) : "# only a comment",
            KnownHostsPath = _tools.Write("given", Line(4)),
        };

        var known = source.Resolve();

        Assert.Equal(Keys[expected], known.Load()[0].Key);
        Assert.Equal(first == 4, known.Lines is null);
    }

    [Fact]
    [Trait("Requirement", "SFTP-007")]
    public void Without_a_path_the_user_s_own_files_are_used_and_the_machine_s_files_always()
    {
        var user = Source().Resolve();
        var given = (Source() with { KnownHostsPath = _tools.Write("given", Line(4)) }).Resolve();

        Assert.Equal([Keys[0], Keys[5]], user.Load().Select(entry => entry.Key));
        Assert.Equal([Keys[4], Keys[5]], given.Load().Select(entry => entry.Key));
        Assert.Equal((_tools["user"], _tools["given"]), (user.SaveFile, given.SaveFile));
        Assert.Equal([_tools["global"]], given.GlobalFiles);
    }

    [Fact]
    public void By_default_the_files_are_those_of_ssh()
    {
        Assert.EndsWith(Path.Combine(".ssh", "known_hosts"), new KnownHostKeysSource().UserFiles[0], StringComparison.Ordinal);
        Assert.Contains("ssh_known_hosts", new KnownHostKeysSource().GlobalFiles[0], StringComparison.Ordinal);
        Assert.Equal(
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "x"),
            (Source() with { KnownHostsPath = "~/x" }).Resolve().SaveFile);
    }

    [Theory]
    [InlineData("{0}\n{1}")]
    [InlineData("{0}\r\n{1}\r\n")]
    [InlineData("{0}\\n{1}")]
    [InlineData("{0}\\r\\n{1}\\n")]
    [InlineData("\uFEFF{0}\n# between\n\n  {1}")]
    [InlineData("nonsense\n{0}\n{1}")]
    public void Lines_are_separated_by_line_breaks_real_or_spelled_out(string format)
    {
        var text = format.Replace("{0}", Line(1), StringComparison.Ordinal).Replace("{1}", Line(2), StringComparison.Ordinal);

        var known = (Source() with { Parameter = text }).Resolve();

        Assert.Equal([Keys[1], Keys[2]], known.Load().Select(entry => entry.Key));
        Assert.Equal([Line(1), Line(2)], known.Lines!);
        Assert.Null(known.SaveFile);
        Assert.All(known.Load(), entry => Assert.Equal("the parameter -KnownHostKey", entry.Source));
    }

    [SkippableFact]
    public void A_key_alone_is_for_any_host_and_the_lines_serve_ssh()
    {
        using var tools = new OpenSshTools();
        var server = tools.NewKey("server");
        var port = tools.StartServer(["server"]);
        var known = (Source() with { Parameter = File.ReadAllText(tools["server.pub"]) + "\nelse " + Keys[1].KeyText }).Resolve();

        var path = tools.Write("temporary", string.Join('\n', known.Lines!) + "\n");

        Assert.Equal("* " + server.KeyText, known.Lines![0]);
        Assert.Equal(HostKeyStanding.Known, HostKeyJudgement.Of(known.Load(), "127.0.0.1", port, server).Standing);
        Assert.Null(OpenSshTools.Judge("127.0.0.1", port, path, "StrictHostKeyChecking=yes"));
    }

    [Theory]
    [InlineData("web")]
    [InlineData("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")]
    [InlineData("web ssh-ed25519 AAAA")]
    public void A_text_that_was_meant_to_be_a_key_is_not_passed_over(string text)
    {
        var error = Assert.Throws<SftpException>(() => (Source() with { Environment = _ => text }).Resolve());

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Contains("SFTP_KNOWN_HOST_KEYS", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_of_known_keys_are_told_so_that_they_can_be_asked_for_first()
    {
        var rsa = TestKeys.Rsa(1);
        var known = (Source() with
        {
            Parameter = $"web {rsa.KeyText}\nweb {Keys[1].KeyText}\n[web]:2222 {Keys[2].KeyText}\n@revoked web {TestKeys.Ecdsa(1).KeyText}",
        }).Resolve();

        Assert.Equal(["ssh-rsa", "ssh-ed25519"], known.KnownKeyTypes("web", 22));
        Assert.Equal(["ssh-ed25519"], known.KnownKeyTypes("web", 2222));
        Assert.Equal(["ssh-rsa", "ssh-ed25519"], known.KnownKeyTypes("web", 2200));
        Assert.Empty(known.KnownKeyTypes("other", 22));
    }

    private KnownHostKeysSource Source() => new()
    {
        Environment = _ => null,
        UserFiles = [_tools.Write("user", Line(0)), _tools["user2"]],
        GlobalFiles = [_tools.Write("global", Line(5))],
    };

    private static string Line(int key) => $"web {Keys[key].KeyText}";
}
