using AcodeSftp.Connections;
using AcodeSftp.HostKeys;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.OpenSsh;

namespace AcodeSftp.IntegrationTests;

/// <summary>The ways to log in besides a key file or a password: jump hosts, certificates, several factors, an agent.</summary>
[Collection(SshdCollection.Name)]
public sealed class WaysInTests(SshdFixture sshd)
{
    private const string Password = "p'a\"s$s w\\o%rd é";

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Jump_hosts_are_gone_through_with_the_same_keys_and_the_same_known_hosts(bool multiplexing)
    {
        await using var first = await StartAsync(new SshdSettings());
        await using var second = await StartAsync(new SshdSettings());
        var options = sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{first.Port}", $"{second.UserName}@[127.0.0.1]:{second.Port}"],
            KeyFilePaths = [first.UserKeyPath, second.UserKeyPath, sshd.Server.UserKeyPath],
            KnownHostsPath = KnownHosts(first, second, sshd.Server),
        };

        await using var connection = await new OpenSshTransport(new OpenSshOptions { Multiplexing = multiplexing }).ConnectAsync(options);
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 9"));

        Assert.Equal(9, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(20))).ExitCode);
        Assert.Contains("Accepted publickey", first.Log, StringComparison.Ordinal);
        Assert.Contains("Accepted publickey", second.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-007")]
    public async Task A_key_as_text_and_host_keys_as_text_hold_for_jump_hosts_too()
    {
        await using var jump = await StartAsync(new SshdSettings());
        File.Copy(sshd.Server.File("authorized_keys"), jump.File("authorized_keys"), overwrite: true);
        using var key = new Secret(await File.ReadAllTextAsync(sshd.Server.UserKeyPath));

        await using var connection = await new OpenSshTransport().ConnectAsync(sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{jump.Port}"],
            KeyFilePaths = [],
            PrivateKey = key,
            KnownHostsPath = null,
            KnownHostKeys = await File.ReadAllTextAsync(KnownHosts(jump, sshd.Server)),
        });

        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task The_passphrase_of_one_key_opens_it_for_the_jump_host_and_for_the_target()
    {
        await using var jump = await StartAsync(new SshdSettings());
        File.Copy(sshd.Server.File("authorized_keys"), jump.File("authorized_keys"), overwrite: true);
        using var passphrase = new Secret(SshdServer.EncryptedKeyPassphrase);

        await using var connection = await new OpenSshTransport().ConnectAsync(sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{jump.Port}"],
            KeyFilePaths = [sshd.Server.EncryptedKeyPath],
            KeyPassphrase = passphrase,
            KnownHostsPath = KnownHosts(jump, sshd.Server),
        });

        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task A_pin_is_checked_through_a_jump_host_by_ssh_itself()
    {
        await using var jump = await StartAsync(new SshdSettings());
        var key = SshHostKey.Parse(sshd.Server.HostPublicKey);
        var options = sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{jump.Port}"],
            KeyFilePaths = [jump.UserKeyPath, sshd.Server.UserKeyPath],
            KnownHostsPath = KnownHosts(jump),
            HostKeyFingerprints = [key.Fingerprint],
        };

        await using (await new OpenSshTransport().ConnectAsync(options))
        {
        }

        var stranger = SshHostKey.Parse(jump.HostPublicKey).Fingerprint;
        var error = await FailAsync(options with { HostKeyFingerprints = [stranger] });
        Assert.Equal(SftpErrorCode.HostKeyRejected, error.Code);
        Assert.Contains(key.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains(stranger, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_jump_host_that_refuses_the_login_is_named_and_gets_no_password()
    {
        await using var jump = await StartPasswordServerAsync();
        using var password = new Secret(Password);

        var error = await FailAsync(sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{jump.Port}"],
            KnownHostsPath = KnownHosts(jump, sshd.Server),
            Password = password,
        });

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains($"jump host localhost:{jump.Port} on the way to 127.0.0.1 refused the login", error.Message, StringComparison.Ordinal);
        Assert.Contains("told to no other host", error.Advice, StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", error.Host);
        Assert.DoesNotContain("password", jump.Log.Replace("PasswordAuthentication", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_targets_password_goes_through_a_jump_host()
    {
        await using var target = await StartPasswordServerAsync();
        using var password = new Secret(Password);

        await using var connection = await new OpenSshTransport().ConnectAsync(target.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{sshd.Server.Port}"],
            KeyFilePaths = [sshd.Server.UserKeyPath],
            KnownHostsPath = KnownHosts(target, sshd.Server),
            Password = password,
        });

        Assert.Contains("Accepted password", target.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_target_that_the_jump_host_cannot_reach_is_told_apart()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{sshd.Server.Port}"],
            KnownHostsPath = KnownHosts(sshd.Server),
            Port = 1,
        });

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.Contains("cannot reach the next host: Connection refused", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_certificate_goes_with_its_key()
    {
        var authority = sshd.Server.File("user_ca");
        if (!File.Exists(authority))
            SshdServer.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority);
        await using var server = await StartAsync(new SshdSettings
        {
            ConfigLines = [$"TrustedUserCAKeys {authority}.pub", "AuthorizedKeysFile none"],
        });
        SshdServer.Run("ssh-keygen", "-q", "-s", authority, "-I", "tester", "-n", server.UserName, server.File("stranger_key.pub"));
        var certificate = server.File("elsewhere-cert.pub");
        File.Move(server.File("stranger_key-cert.pub"), certificate);
        var options = server.ConnectionOptions() with { KeyFilePaths = [server.StrangerKeyPath] };

        await using (await new OpenSshTransport().ConnectAsync(options with { CertificateFilePaths = [certificate] }))
        {
        }

        using var key = new Secret(await File.ReadAllTextAsync(server.StrangerKeyPath));
        await using (await new OpenSshTransport().ConnectAsync(
            options with { KeyFilePaths = [], PrivateKey = key, CertificateFilePaths = [certificate] }))
        {
        }

        Assert.Equal(SftpErrorCode.AuthenticationFailed, (await FailAsync(options)).Code);
        Assert.Equal(SftpErrorCode.NotFound, (await FailAsync(options with { CertificateFilePaths = ["/nowhere-cert.pub"] })).Code);
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-01")]
    [Trait("Requirement", "SSH-22")]
    public async Task Keyboard_interactive_gets_the_password()
    {
        Skip.IfNot(File.Exists("/etc/pam.d/sshd"), "Keyboard-interactive needs PAM with a service named sshd.");
        await using var server = await StartPasswordServerAsync("UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no");
        using var password = new Secret(Password);

        await using var connection = await new OpenSshTransport().ConnectAsync(
            server.ConnectionOptions() with { KeyFilePaths = [], Password = password });

        Assert.Contains("Accepted keyboard-interactive", server.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_key_and_a_password_in_a_row_log_in()
    {
        await using var server = await StartPasswordServerAsync("AuthenticationMethods publickey,password");
        using var password = new Secret(Password);
        using var key = new Secret(await File.ReadAllTextAsync(server.UserKeyPath));
        var options = server.ConnectionOptions() with { Password = password };

        await using (await new OpenSshTransport().ConnectAsync(options))
        {
        }

        await using (await new OpenSshTransport().ConnectAsync(options with { KeyFilePaths = [], PrivateKey = key }))
        {
        }

        Assert.Contains("Partial publickey", server.Log, StringComparison.Ordinal);
        Assert.Contains("Accepted password", server.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_key_of_the_users_agent_logs_in()
    {
        var socket = sshd.Server.File("agent");
        using var agent = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("ssh-agent", ["-D", "-a", socket]) { RedirectStandardOutput = true })!;
        try
        {
            await agent.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10));
            SshdServer.Run("env", $"SSH_AUTH_SOCK={socket}", "ssh-add", "-q", sshd.Server.UserKeyPath);

            await using var connection = await new OpenSshTransport().ConnectAsync(sshd.ConnectionOptions() with
            {
                KeyFilePaths = [],
                SshOptions = new Dictionary<string, string> { ["IdentityAgent"] = socket, ["IdentityFile"] = "none" },
            });

            Assert.True(connection.IsConnected);
        }
        finally
        {
            agent.Kill();
        }
    }

    [SkippableTheory]
    [InlineData("-oProxyCommand=id")]
    [InlineData("user@-v")]
    [InlineData("a,b")]
    [InlineData("a b")]
    [InlineData("$(id)")]
    [InlineData("h:0")]
    [InlineData("h:99999")]
    [InlineData("[::1")]
    [InlineData("none")]
    [InlineData("")]
    public async Task What_is_no_jump_host_is_refused_before_anything_is_started(string jump)
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { JumpHosts = [jump] });

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
    }

    private static async Task<SftpException> FailAsync(SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => new OpenSshTransport().ConnectAsync(options).WaitAsync(TimeSpan.FromSeconds(30)));

    private static async Task<SshdServer> StartAsync(SshdSettings settings)
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        return await SshdServer.StartAsync(settings);
    }

    private static async Task<SshdServer> StartPasswordServerAsync(params string[] lines)
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        Skip.IfNot(SshdServer.CanChangeAccounts, "Accounts of its own need root, mount namespaces, unshare and openssl.");
        return await SshdServer.StartAsync(new SshdSettings { Password = Password, ConfigLines = lines });
    }

    // All of them under both names of this machine.
    private string KnownHosts(params SshdServer[] servers)
    {
        var path = sshd.Server.File($"known_{Guid.NewGuid():N}");
        File.WriteAllLines(path, servers.Select(s => $"[127.0.0.1]:{s.Port},[localhost]:{s.Port} {s.HostPublicKey}"));
        return path;
    }
}
