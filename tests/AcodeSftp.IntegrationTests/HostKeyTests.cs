using AcodeSftp.Connections;
using AcodeSftp.HostKeys;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>Which host keys are accepted, and what a person is told about the others.</summary>
public abstract class HostKeyTests(SshdFixture sshd, string transport)
{
    private SshHostKey Key => SshHostKey.Parse(sshd.Server.HostPublicKey);

    private SshHostKey StrangerKey => SshHostKey.Parse(File.ReadAllText(sshd.Server.StrangerKeyPath + ".pub"));

    private string HostPattern => $"[127.0.0.1]:{sshd.Server.Port}";

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "SFTP-007")]
    public async Task A_key_given_as_text_is_accepted_whatever_the_files_say(bool isBare)
    {
        var line = isBare ? Key.KeyText : $"{HostPattern} {Key.KeyText}";
        var options = sshd.ConnectionOptions() with
        {
            KnownHostKeys = line,
            KnownHostsPath = WriteFile("contradicts", $"{HostPattern} {StrangerKey.KeyText}"),
        };

        await ConnectAsync(options);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-007")]
    public async Task Given_text_comes_before_the_configuration_and_the_configuration_before_the_file()
    {
        var options = sshd.ConnectionOptions();

        await ConnectAsync(options with { KnownHostKeys = Key.KeyText, ConfiguredKnownHostKeys = StrangerKey.KeyText });
        await ConnectAsync(options with { ConfiguredKnownHostKeys = Key.KeyText, KnownHostsPath = WriteFile("none", "") });
        var error = await FailAsync(options with { ConfiguredKnownHostKeys = StrangerKey.KeyText });
        Assert.Contains("known_host_keys", error.Message + error.Advice, StringComparison.Ordinal);
        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        error = await FailAsync(options with { KnownHostKeys = StrangerKey.KeyText, ConfiguredKnownHostKeys = Key.KeyText });
        Assert.Contains("-KnownHostKey", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-007")]
    public async Task A_key_of_the_environment_comes_before_the_file()
    {
        var withKey = TestTransports.Get(
            transport, name => name == KnownHostKeysSource.EnvironmentVariable ? $"{HostPattern} {Key.KeyText}" : null);

        await using var connection = await withKey.ConnectAsync(
            sshd.ConnectionOptions() with { KnownHostsPath = WriteFile("empty", "") });

        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    public async Task A_changed_key_names_line_and_fingerprints_and_the_command_that_mends_it()
    {
        var file = WriteFile("changed", $"# a comment\n{HostPattern} {StrangerKey.KeyText}");

        var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostsPath = file });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains("has changed", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{file}, line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(Key.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains(StrangerKey.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains($"Remove-SshKnownHost -HostName 127.0.0.1 -Port {sshd.Server.Port}", error.Advice, StringComparison.Ordinal);
        Assert.Contains(file, error.Advice, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-007")]
    public async Task A_key_that_differs_from_given_text_names_the_text_and_its_line()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostKeys = $"# mine\n{StrangerKey.KeyText}" });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains("the parameter -KnownHostKey, line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(StrangerKey.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains(Key.Fingerprint, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    [Trait("Requirement", "SFTP-007")]
    public async Task An_unknown_key_names_its_fingerprint_and_how_to_accept_it()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostsPath = WriteFile("unknown", "") });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains("is unknown", error.Message, StringComparison.Ordinal);
        Assert.Contains($"ssh-ed25519 {Key.Fingerprint}", error.Message, StringComparison.Ordinal);
        Assert.Contains("-HostKeyPolicy TrustOnFirstUse", error.Advice, StringComparison.Ordinal);
        Assert.Contains($"-HostKeyFingerprint '{Key.Fingerprint}'", error.Advice, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    public async Task Given_text_is_not_added_to_on_first_use()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with
        {
            KnownHostKeys = $"elsewhere {StrangerKey.KeyText}",
            HostKeyPolicy = HostKeyPolicy.TrustOnFirstUse,
        });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains("the parameter -KnownHostKey", error.Advice, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_revoked_key_is_refused_with_its_place_even_where_it_is_pinned(bool isPinned)
    {
        var file = WriteFile("revoked", $"{HostPattern} {Key.KeyText}\n@revoked * {Key.KeyText}");

        var error = await FailAsync(sshd.ConnectionOptions() with
        {
            KnownHostsPath = file,
            HostKeyFingerprints = isPinned ? [Key.Fingerprint] : [],
        });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains("revoked", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{file}, line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(Key.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains("Do not connect", error.Advice, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Text_that_is_no_key_is_refused_before_anything_is_sent()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostKeys = "rubbish" });

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
    }

    [SkippableTheory]
    [InlineData(HostKeyPolicy.Strict)]
    [InlineData(HostKeyPolicy.AcceptAny)]
    public async Task A_pinned_key_is_accepted_and_no_other(HostKeyPolicy policy)
    {
        var options = sshd.ConnectionOptions() with { KnownHostsPath = WriteFile("pins", ""), HostKeyPolicy = policy };

        await ConnectAsync(options with { HostKeyFingerprints = [StrangerKey.Fingerprint, Key.Fingerprint] });
        var error = await FailAsync(options with { HostKeyFingerprints = [StrangerKey.Fingerprint] });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains(Key.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains(StrangerKey.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains($"-HostKeyFingerprint '{Key.Fingerprint}'", error.Advice, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(150)]
    public async Task A_pinned_key_of_another_type_than_ssh_prefers_is_found(int delayMilliseconds)
    {
        var path = sshd.Server.File($"host_rsa_{Guid.NewGuid():N}");
        SshdServer.Run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", path);
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = [$"HostKey {path}"] });
        var rsa = SshHostKey.Parse(await File.ReadAllTextAsync(path + ".pub"));
        using var relay = new SlowRelay(server.Port, TimeSpan.FromMilliseconds(delayMilliseconds));

        // The first ssh is refused, and what follows has the whole time of the connection still.
        await ConnectAsync(server.ConnectionOptions() with
        {
            Port = relay.Port,
            KnownHostsPath = WriteFile("other type", ""),
            HostKeyFingerprints = [rsa.Fingerprint],
        });
    }

    [SkippableFact]
    public async Task A_pin_that_is_none_is_refused_before_anything_is_sent()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { HostKeyFingerprints = ["MD5:00"] });

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
    }

    private async Task ConnectAsync(SshConnectionOptions options)
    {
        await using var connection = await TestTransports.Get(transport).ConnectAsync(options).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(connection.IsConnected);
    }

    private async Task<SftpException> FailAsync(SshConnectionOptions options)
    {
        var error = await Assert.ThrowsAsync<SftpException>(
            () => TestTransports.Get(transport).ConnectAsync(options).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(error.IsTransient);
        return error;
    }

    private string WriteFile(string name, string text)
    {
        var path = sshd.Server.File($"known {name}");
        File.WriteAllText(path, text + "\n");
        return path;
    }
}
