using AcodeSftp.Connections;
using AcodeSftp.HostKeys;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.SshNet.Tests;

/// <summary>SSH.NET trusts any key that no handler refuses; this transport trusts what the rest of the project trusts.</summary>
[Collection(SshdCollection.Name)]
public sealed class HostKeyTests(SshdFixture sshd)
{
    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    public async Task An_unknown_key_is_refused_with_its_fingerprint_and_not_as_a_failed_negotiation()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostsPath = sshd.Server.File("empty") });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.False(error.IsTransient);
        Assert.Contains(SshHostKey.Parse(sshd.Server.HostPublicKey).Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("negotiation", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("", "has changed")]
    [InlineData("@revoked ", "revoked")]
    public async Task A_changed_key_and_a_revoked_one_are_refused(string marker, string words)
    {
        var key = marker.Length > 0 ? sshd.Server.HostPublicKey : await StrangerAsync();
        var known = await KnownAsync($"{marker}[127.0.0.1]:{sshd.Server.Port} {key}\n");

        foreach (var policy in (HostKeyPolicy[])[HostKeyPolicy.Strict, HostKeyPolicy.TrustOnFirstUse])
        {
            var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostsPath = known, HostKeyPolicy = policy });
            Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task A_hashed_entry_with_a_port_is_known()
    {
        var known = await KnownAsync($"[127.0.0.1]:{sshd.Server.Port} {sshd.Server.HostPublicKey}\n");
        SshdServer.Run("ssh-keygen", "-H", "-f", known);

        await using var connection = await new SshNetTransport().ConnectAsync(sshd.ConnectionOptions() with { KnownHostsPath = known });

        Assert.True(connection.IsConnected);
        Assert.DoesNotContain("127.0.0.1", await File.ReadAllTextAsync(known), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_first_use_is_written_down_and_the_second_is_strict()
    {
        var known = await KnownAsync("");
        var options = sshd.ConnectionOptions() with { KnownHostsPath = known, HostKeyPolicy = HostKeyPolicy.TrustOnFirstUse };

        await using (await new SshNetTransport().ConnectAsync(options))
        {
        }

        await using (await new SshNetTransport().ConnectAsync(options with { HostKeyPolicy = HostKeyPolicy.Strict }))
        {
        }

        Assert.Contains(sshd.Server.HostPublicKey, await File.ReadAllTextAsync(known), StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-007")]
    public async Task Pins_and_keys_given_as_text_decide()
    {
        var options = sshd.ConnectionOptions() with { KnownHostsPath = sshd.Server.File("empty") };
        var key = SshHostKey.Parse(sshd.Server.HostPublicKey);

        await using (await new SshNetTransport().ConnectAsync(options with { HostKeyFingerprints = [key.Fingerprint] }))
        {
        }

        await using (await new SshNetTransport().ConnectAsync(options with { KnownHostKeys = sshd.Server.HostPublicKey }))
        {
        }

        var stranger = await StrangerAsync();
        var unpinned = await FailAsync(options with { HostKeyFingerprints = [SshHostKey.Parse(stranger).Fingerprint] });
        var unknown = await FailAsync(options with { KnownHostKeys = stranger });
        Assert.Equal(SftpErrorCode.HostKeyRejected, unpinned.Code);
        Assert.Equal(SftpErrorCode.HostKeyRejected, unknown.Code);
    }

    [SkippableFact]
    public async Task Of_several_keys_the_server_is_asked_for_the_known_one()
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        var path = Path.Combine(Directory.CreateTempSubdirectory("acode-").FullName, "rsa");
        SshdServer.Run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", path);
        await using var server = await SshdServer.StartAsync(new SshdSettings { ConfigLines = [$"HostKey {path}"] });
        var rsa = string.Join(' ', (await File.ReadAllTextAsync(path + ".pub")).Split(' ')[..2]);
        var known = server.File("known_rsa");
        await File.WriteAllTextAsync(known, $"[127.0.0.1]:{server.Port} {rsa}\n");

        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions() with { KnownHostsPath = known });

        Assert.True(connection.IsConnected);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [SkippableFact]
    public async Task A_command_is_run_on_a_connection_whose_key_was_judged_too()
    {
        var known = await KnownAsync($"[127.0.0.1]:{sshd.Server.Port} {sshd.Server.HostPublicKey}\n");
        await using var connection = await new SshNetTransport().ConnectAsync(sshd.ConnectionOptions() with { KnownHostsPath = known });
        await File.WriteAllTextAsync(known, $"@revoked [127.0.0.1]:{sshd.Server.Port} {sshd.Server.HostPublicKey}\n");

        var error = await Assert.ThrowsAsync<SftpException>(() => connection.ExecuteAsync(new RemoteCommandRequest("true")));

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
    }

    private async Task<string> StrangerAsync() =>
        string.Join(' ', (await File.ReadAllTextAsync(sshd.Server.File("stranger_key.pub"))).Split(' ')[..2]);

    private async Task<string> KnownAsync(string text)
    {
        var path = sshd.Server.File($"known-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    private static async Task<SftpException> FailAsync(SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => new SshNetTransport().ConnectAsync(options));
}
