using AcodeSftp.Connections;
using AcodeSftp.HostKeys;

namespace AcodeSftp.Tests.HostKeys;

public sealed class HostKeyVerifierTests : IDisposable
{
    private static readonly SshHostKey Key = TestKeys.Ed25519(1);
    private static readonly SshHostKey Other = TestKeys.Ed25519(2);

    private readonly OpenSshTools _tools = new();

    public void Dispose() => _tools.Dispose();

    [Theory]
    [InlineData(HostKeyPolicy.Strict, "", HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.Strict, "web KEY", HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.Strict, "web OTHER", HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.Strict, "@revoked * KEY", HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "", HostKeyAction.AcceptAndSave)]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "web KEY", HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "web OTHER", HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "@revoked * KEY", HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.AcceptAny, "", HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.AcceptAny, "web KEY", HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.AcceptAny, "web OTHER", HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.AcceptAny, "@revoked * KEY", HostKeyAction.Accept)]
    [Trait("Requirement", "SFTP-006")]
    public void The_policy_decides_on_a_key(HostKeyPolicy policy, string file, HostKeyAction expected)
    {
        var decision = Verifier(policy, file).Decide("web", 22, Key);

        Assert.Equal(expected, decision.Action);
        Assert.Equal(expected == HostKeyAction.Reject, decision.Error is not null);
        if (decision.Error is { } error)
        {
            Assert.Equal((SftpErrorCode.HostKeyRejected, "web", false), (error.Code, error.Host, error.IsTransient));
            Assert.Same(error, Assert.Throws<SftpException>(decision.ThrowIfRejected));
        }

        // Under AcceptAny every connection warns; under trust on first use, the first.
        Assert.Equal(policy == HostKeyPolicy.AcceptAny || expected == HostKeyAction.AcceptAndSave, decision.Warning is not null);
        Assert.Contains(decision.Warning is null ? "" : Key.Fingerprint, decision.Warning ?? "", StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "SFTP-006")]
    public void Strict_is_the_default() => Assert.Equal(HostKeyPolicy.Strict, new SshConnectionOptions { HostName = "web" }.HostKeyPolicy);

    [Fact]
    [Trait("Requirement", "SFTP-006")]
    public void Trust_on_first_use_saves_the_first_key_and_verifies_the_next()
    {
        var verifier = Verifier(HostKeyPolicy.TrustOnFirstUse, "");
        Assert.Equal(HostKeyAction.AcceptAndSave, verifier.Decide("web", 2222, Key).Action);

        Assert.Equal("[web]:2222", verifier.Save("web", 2222, Key)!.HostNames);

        Assert.Equal(HostKeyAction.Accept, verifier.Decide("web", 2222, Key).Action);
        Assert.Equal(HostKeyStanding.Changed, verifier.Decide("web", 2222, Other).Judgement.Standing);
        Assert.Equal(HostKeyAction.Accept, Verifier(HostKeyPolicy.Strict).Decide("web", 2222, Key).Action);
    }

    [Fact]
    public void Of_two_first_uses_at_once_only_one_is_the_first()
    {
        var verifier = Verifier(HostKeyPolicy.TrustOnFirstUse, "");
        Assert.Equal(HostKeyAction.AcceptAndSave, verifier.Decide("web", 22, Key).Action);
        Assert.Equal(HostKeyAction.AcceptAndSave, verifier.Decide("web", 22, Other).Action);

        verifier.Save("web", 22, Key);

        Assert.Equal(SftpErrorCode.HostKeyRejected, Assert.Throws<SftpException>(() => verifier.Save("web", 22, Other)).Code);
        Assert.Null(verifier.Save("web", 22, Key));
    }

    [Fact]
    [Trait("Requirement", "SFTP-007")]
    public void When_no_place_has_a_key_strict_fails()
    {
        var known = new KnownHostKeysSource { Environment = _ => null, UserFiles = [_tools["none"]], GlobalFiles = [] }.Resolve();

        var error = new HostKeyVerifier(HostKeyPolicy.Strict, known).Decide("web", 22, Key).Error!;

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains(_tools["none"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_is_not_in_a_list_given_as_text_is_no_first_use()
    {
        var known = new KnownHostKeysSource { Parameter = $"else {Key.KeyText}" }.Resolve();

        var decision = new HostKeyVerifier(HostKeyPolicy.TrustOnFirstUse, known).Decide("web", 22, Key);

        Assert.Equal(HostKeyAction.Reject, decision.Action);
        Assert.Contains($"add 'web {Key.KeyText}' to the parameter -KnownHostKey", decision.Error!.Advice, StringComparison.Ordinal);
        Assert.Null(new HostKeyVerifier(HostKeyPolicy.TrustOnFirstUse, known).Save("web", 22, Key));
    }

    [Fact]
    public void A_changed_key_is_told_with_both_fingerprints_the_line_and_the_remedy()
    {
        var error = Verifier(HostKeyPolicy.Strict, "# comment\n[web]:2222 OTHER\n*,[web]:2222 RSA").Decide("web", 2222, Key).Error!;

        Assert.Equal(
            $"The host key of web:2222 has changed. It presented ssh-ed25519 {Key.Fingerprint}; known is "
            + $"ssh-ed25519 {Other.Fingerprint} ({_tools["known_hosts"]}, line 2) or "
            + $"ssh-rsa {TestKeys.Rsa(1).Fingerprint} ({_tools["known_hosts"]}, line 3). "
            + "Either the server was set up anew, or someone is between you and it.",
            error.Message);
        Assert.EndsWith(
            $"If it is genuine: Remove-SshKnownHost -HostName web -Port 2222 -KnownHostsPath {_tools["known_hosts"]} "
            + $"(or: ssh-keygen -R '[web]:2222' -f {_tools["known_hosts"]}); then connect with -HostKeyPolicy TrustOnFirstUse.",
            error.Advice,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_remedy_for_a_changed_key_works()
    {
        var verifier = Verifier(HostKeyPolicy.TrustOnFirstUse, "[web]:2222 OTHER");
        var advice = verifier.Decide("web", 2222, Key).Error!.Advice!;
        var command = advice[(advice.IndexOf("ssh-keygen -R", StringComparison.Ordinal) + "ssh-keygen".Length)..];

        var arguments = command[..command.IndexOf(')', StringComparison.Ordinal)].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(0, OpenSshTools.Run("ssh-keygen", [.. arguments.Select(argument => argument.Trim('\''))]).Code);

        Assert.Equal(HostKeyAction.AcceptAndSave, verifier.Decide("web", 2222, Key).Action);
    }

    [Fact]
    public void A_line_that_is_the_administrator_s_is_left_to_the_administrator()
    {
        var known = new KnownHostKeysSource
        {
            Environment = _ => null,
            UserFiles = [_tools["none"]],
            GlobalFiles = [_tools.Write("global", $"web {Other.KeyText}")],
        }.Resolve();

        var error = new HostKeyVerifier(HostKeyPolicy.Strict, known).Decide("web", 22, Key).Error!;

        Assert.Contains($"have the administrator correct {_tools["global"]}, line 1", error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("Remove-SshKnownHost", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void For_the_user_s_own_file_the_remedy_names_no_file()
    {
        var known = new KnownHostKeysSource { Environment = _ => null, GlobalFiles = [] }.Resolve();
        var entry = KnownHostsFile.Parse($"web {Other.KeyText}", known.UserFiles[0]).Entries[0];
        var messages = new HostKeyMessages("web", 22, PresentedHostKey.Of(Key), new HostKeyJudgement(HostKeyStanding.Changed, [entry]), known);

        Assert.EndsWith(
            "Remove-SshKnownHost -HostName web -Port 22 (or: ssh-keygen -R web); then connect with -HostKeyPolicy TrustOnFirstUse.",
            messages.Changed().Advice,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_key_is_told_with_its_fingerprint_and_how_to_trust_it()
    {
        var error = Verifier(HostKeyPolicy.Strict, "@cert-authority *.web RSA").Decide("a.web", 22, Key).Error!;

        Assert.StartsWith($"The host key of a.web:22 is unknown. It presented ssh-ed25519 {Key.Fingerprint};", error.Message, StringComparison.Ordinal);
        Assert.Contains($"authority {TestKeys.Rsa(1).Fingerprint} in {_tools["known_hosts"]}:1", error.Message, StringComparison.Ordinal);
        Assert.Contains("-HostKeyPolicy TrustOnFirstUse", error.Advice, StringComparison.Ordinal);
        Assert.Contains($"-HostKeyFingerprint '{Key.Fingerprint}'", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_name_cannot_smuggle_commands_into_a_message()
    {
        var error = Verifier(HostKeyPolicy.Strict, "* OTHER").Decide("a'; rm\u001b[2J x", 22, Key).Error!;

        Assert.DoesNotContain('\u001b', error.Message + error.Advice);
        Assert.Contains("-HostName 'a''; rm\\x1b[2j x'", error.Advice!.ToLowerInvariant().Replace("-hostname", "-HostName", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HostKeyPolicy.Strict, "", true, HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.Strict, "web OTHER", true, HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.Strict, "@revoked web KEY", true, HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.AcceptAny, "@revoked web KEY", true, HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "", true, HostKeyAction.AcceptAndSave)]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "web OTHER", true, HostKeyAction.Accept)]
    [InlineData(HostKeyPolicy.Strict, "web KEY", false, HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "", false, HostKeyAction.Reject)]
    [InlineData(HostKeyPolicy.AcceptAny, "", false, HostKeyAction.Reject)]
    public void A_pinned_fingerprint_decides_alone(HostKeyPolicy policy, string file, bool matches, HostKeyAction expected)
    {
        var pin = matches ? Key.Fingerprint + "=" : Other.Fingerprint;

        var decision = Verifier(policy, file, pin, TestKeys.Ed25519(9).Fingerprint).Decide("web", 22, Key);

        Assert.Equal(expected, decision.Action);
        if (!matches)
        {
            Assert.Contains(Key.Fingerprint, decision.Error!.Message, StringComparison.Ordinal);
            Assert.Contains(Other.Fingerprint, decision.Error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_certificate_counts_only_when_its_signature_names_and_dates_were_checked()
    {
        var authority = TestKeys.Ecdsa(1);
        var good = TestKeys.Certificate(Key, authority, ["web"]);
        var verifier = Verifier(HostKeyPolicy.Strict, $"@cert-authority * {authority.KeyText}");

        Assert.Equal(HostKeyAction.Accept, verifier.Decide("web", 22, good, isCertificateVerified: true).Action);
        Assert.Equal(HostKeyAction.Reject, verifier.Decide("web", 22, good).Action);
        Assert.Equal(HostKeyAction.Reject, verifier.Decide("other", 22, good, isCertificateVerified: true).Action);
        Assert.Equal(
            HostKeyAction.Reject,
            verifier.Decide("web", 22, TestKeys.Certificate(Key, authority, ["web"], before: 1), isCertificateVerified: true).Action);
        Assert.Equal(HostKeyAction.Accept, Verifier(HostKeyPolicy.Strict, "web KEY").Decide("web", 22, good).Action);
    }

    [Fact]
    public void Of_a_certificate_the_plain_key_is_saved()
    {
        var verifier = Verifier(HostKeyPolicy.TrustOnFirstUse, "");

        var entry = verifier.Save("web", 22, TestKeys.Certificate(Key, Other, ["web"]));

        Assert.Equal(Key, entry!.Key);
    }

    private HostKeyVerifier Verifier(HostKeyPolicy policy, string? file = null, params string[] pins)
    {
        if (file is not null)
        {
            _tools.Write("known_hosts", file.Replace("KEY", Key.KeyText, StringComparison.Ordinal)
                .Replace("OTHER", Other.KeyText, StringComparison.Ordinal)
                .Replace("RSA", TestKeys.Rsa(1).KeyText, StringComparison.Ordinal));
        }

        var source = new KnownHostKeysSource { Environment = _ => null, KnownHostsPath = _tools["known_hosts"], GlobalFiles = [] };
        return new HostKeyVerifier(policy, source.Resolve(), pins);
    }
}
