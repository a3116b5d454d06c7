using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>Logging in, and why it fails.</summary>
public abstract class LoginTests(SshdFixture sshd, string transport)
{
    [SkippableFact]
    public async Task A_key_that_the_server_does_not_know_is_an_authentication_failure()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [sshd.Server.StrangerKeyPath] });

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.False(error.IsTransient);
        Assert.Equal("127.0.0.1", error.Host);
        Assert.Contains("publickey", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_key_file_that_is_not_there_is_named()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = ["/nowhere/key"] });

        Assert.Equal(SftpErrorCode.NotFound, error.Code);
        Assert.Equal("/nowhere/key", error.Path);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    public async Task An_unknown_host_key_is_refused_under_the_strict_policy()
    {
        var knownHosts = EmptyKnownHosts("strict");

        var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostsPath = knownHosts });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.False(error.IsTransient);
        Assert.Contains("SHA256:", error.Message, StringComparison.Ordinal);
        Assert.Empty(await File.ReadAllTextAsync(knownHosts));
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    public async Task An_unknown_host_key_is_saved_on_first_use_and_a_changed_one_is_refused()
    {
        var knownHosts = EmptyKnownHosts("first use");
        var options = sshd.ConnectionOptions() with { KnownHostsPath = knownHosts, HostKeyPolicy = HostKeyPolicy.TrustOnFirstUse };

        await using (await TestTransports.Get(transport).ConnectAsync(options))
        {
        }

        Assert.Contains(sshd.Server.HostPublicKey, await File.ReadAllTextAsync(knownHosts), StringComparison.Ordinal);
        await using (await TestTransports.Get(transport).ConnectAsync(options with { HostKeyPolicy = HostKeyPolicy.Strict }))
        {
        }

        var strangerKey = string.Join(' ', (await File.ReadAllTextAsync(sshd.Server.StrangerKeyPath + ".pub")).Split(' ')[..2]);
        await File.WriteAllTextAsync(knownHosts, $"[127.0.0.1]:{sshd.Server.Port} {strangerKey}\n");
        var error = await FailAsync(options);
        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains($"{knownHosts}, line 1", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    public async Task Any_host_key_is_accepted_where_that_is_asked_for()
    {
        var knownHosts = EmptyKnownHosts("any");
        var options = sshd.ConnectionOptions() with { KnownHostsPath = knownHosts, HostKeyPolicy = HostKeyPolicy.AcceptAny };

        await using var connection = await TestTransports.Get(transport).ConnectAsync(options);

        Assert.True(connection.IsConnected);
        Assert.Empty(await File.ReadAllTextAsync(knownHosts));
    }

    [SkippableFact]
    public async Task A_passphrase_opens_an_encrypted_key()
    {
        using var passphrase = new Secret(SshdServer.EncryptedKeyPassphrase);
        var options = sshd.ConnectionOptions() with
        {
            KeyFilePaths = [sshd.Server.EncryptedKeyPath],
            KeyPassphrase = passphrase,
        };

        await using var connection = await TestTransports.Get(transport).ConnectAsync(options);
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 5"));

        Assert.Equal(5, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
    }

    [SkippableFact]
    public async Task A_wrong_passphrase_is_an_authentication_failure_that_names_the_key_file()
    {
        using var passphrase = new Secret("wrong");

        var error = await FailAsync(sshd.ConnectionOptions() with
        {
            KeyFilePaths = [sshd.Server.EncryptedKeyPath],
            KeyPassphrase = passphrase,
        });

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains("passphrase", error.Message, StringComparison.Ordinal);
        Assert.Contains(sshd.Server.EncryptedKeyPath, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_encrypted_key_without_a_passphrase_fails_at_once_and_asks_nobody()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [sshd.Server.EncryptedKeyPath] });

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains(sshd.Server.EncryptedKeyPath, error.Message, StringComparison.Ordinal);
        Assert.Contains("encrypted", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_unknown_host_key_is_never_accepted_by_the_answer_to_a_prompt()
    {
        using var password = new Secret("yes");

        var error = await FailAsync(sshd.ConnectionOptions() with { KnownHostsPath = EmptyKnownHosts("asked"), Password = password });

        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-01")]
    [Trait("Requirement", "SSH-13")]
    [Trait("Requirement", "SSH-17")]
    [Trait("Requirement", "SSH-21")]
    public async Task A_password_logs_in()
    {
        await using var server = await SshdFixture.StartPasswordServerAsync();
        using var password = new Secret(SshdFixture.Password);
        var options = server.ConnectionOptions() with { KeyFilePaths = [], Password = password };

        await using var connection = await TestTransports.Get(transport).ConnectAsync(options);
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 6"));

        Assert.Equal(6, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
        Assert.Contains("Accepted password", server.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_wrong_password_is_tried_once()
    {
        await using var server = await SshdFixture.StartPasswordServerAsync();
        using var password = new Secret("wrong");

        var error = await FailAsync(server.ConnectionOptions() with { KeyFilePaths = [], Password = password });

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains("password", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Log.Split("Failed password").Length);
    }

    private async Task<SftpException> FailAsync(SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => TestTransports.Get(transport).ConnectAsync(options).WaitAsync(TimeSpan.FromSeconds(30)));

    // A server of its own, for a password is an account's; only root can give this one another without touching the system.
    private string EmptyKnownHosts(string name)
    {
        var path = sshd.Server.File($"known hosts {name}");
        File.WriteAllText(path, "");
        return path;
    }
}
