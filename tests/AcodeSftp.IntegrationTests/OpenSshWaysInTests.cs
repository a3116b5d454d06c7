using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.HostKeys;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.OpenSsh;

namespace AcodeSftp.IntegrationTests;

/// <summary>What only <c>ssh</c> itself does at a login: jump hosts, aliases of <c>ssh_config</c>, the user's agent, its askpass.</summary>
[Collection(SshdCollection.Name)]
public sealed class OpenSshWaysInTests(SshdFixture sshd)
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Jump_hosts_are_gone_through_with_the_same_keys_and_the_same_known_hosts(bool multiplexing)
    {
        await using var first = await SshdFixture.StartAsync();
        await using var second = await SshdFixture.StartAsync();
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
        await using var jump = await SshdFixture.StartAsync();
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
        await using var jump = await SshdFixture.StartAsync();
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
        await using var jump = await SshdFixture.StartAsync();
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
        await using var jump = await SshdFixture.StartPasswordServerAsync();
        using var password = new Secret(SshdFixture.Password);

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
        await using var target = await SshdFixture.StartPasswordServerAsync();
        using var password = new Secret(SshdFixture.Password);

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

    [SkippableFact]
    public async Task An_alias_of_ssh_config_is_resolved()
    {
        var config = sshd.Server.File("client_config");
        await File.WriteAllTextAsync(config, $"""
            Host the-box
              HostName 127.0.0.1
              Port {sshd.Server.Port}
              User {sshd.Server.UserName}
              IdentityFile {sshd.Server.UserKeyPath}
              RemoteCommand echo in the way
              RequestTTY force
              ControlMaster auto
              ControlPath /tmp/never-made-%h
            """);

        await using var connection = await new OpenSshTransport().ConnectAsync(new SshConnectionOptions
        {
            HostName = "the-box",
            SshConfigPath = config,
            KnownHostsPath = sshd.Server.KnownHostsPath,
        });

        Assert.Equal("127.0.0.1", connection.HostName);
        Assert.Equal(sshd.Server.Port, connection.Port);
        await using var files = await connection.OpenSftpAsync();
        Assert.StartsWith("/", (await files.RealPathAsync(new RemotePath("."))).ToString(), StringComparison.Ordinal);
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 7"));
        Assert.Equal(7, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_jump_host_is_gone_through(bool multiplexing)
    {
        var config = sshd.Server.File("jump_config");
        await File.WriteAllTextAsync(config, $"""
            Host jump inner
              HostName 127.0.0.1
              Port {sshd.Server.Port}
              User {sshd.Server.UserName}
              IdentityFile {sshd.Server.UserKeyPath}
              UserKnownHostsFile {sshd.Server.KnownHostsPath}
            Host inner
              ProxyJump jump
            """);

        await using var connection = await new OpenSshTransport(new OpenSshOptions { Multiplexing = multiplexing }).ConnectAsync(
            new SshConnectionOptions { HostName = "inner", SshConfigPath = config });
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 4"));

        Assert.Equal(4, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
    }

    [SkippableFact]
    public async Task A_key_file_that_others_may_read_is_named()
    {
        var key = sshd.Server.File("open_key");
        File.Copy(sshd.Server.UserKeyPath, key, overwrite: true);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead | UnixFileMode.GroupRead);

        var error = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [key] });

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", error.Advice, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_password_is_in_no_argument_environment_or_file_while_ssh_runs()
    {
        await using var server = await SshdFixture.StartPasswordServerAsync();
        Skip.IfNot(Directory.Exists("/proc/self"), "No /proc to look at.");
        using var password = new Secret(SshdFixture.Password);

        await using var connection = await new OpenSshTransport().ConnectAsync(
            server.ConnectionOptions() with { KeyFilePaths = [], Password = password });

        var process = ((OpenSshConnection)connection).ProcessId;
        var directory = Path.GetDirectoryName(Environments(process)["SSH_ASKPASS"])!;
        Assert.False(Directory.Exists(directory));
        foreach (var file in (string[])["cmdline", "environ"])
            Assert.DoesNotContain(SshdFixture.Password, await File.ReadAllTextAsync($"/proc/{process}/{file}"), StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(directory)!).Where(f => Path.GetFileName(f) != "c"))
            Assert.DoesNotContain(SshdFixture.Password, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_secret_with_a_line_break_is_refused_before_anything_is_started()
    {
        using var password = new Secret("two\nlines");

        var error = await FailAsync(sshd.ConnectionOptions() with { Password = password });

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
    }

    private static Dictionary<string, string> Environments(int process) => File.ReadAllText($"/proc/{process}/environ")
        .Split('\0', StringSplitOptions.RemoveEmptyEntries)
        .Select(variable => variable.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    private static async Task<SftpException> FailAsync(SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => new OpenSshTransport().ConnectAsync(options).WaitAsync(TimeSpan.FromSeconds(30)));

    // All of them under both names of this machine.
    private string KnownHosts(params SshdServer[] servers)
    {
        var path = sshd.Server.File($"known_{Guid.NewGuid():N}");
        File.WriteAllLines(path, servers.Select(s => $"[127.0.0.1]:{s.Port},[localhost]:{s.Port} {s.HostPublicKey}"));
        return path;
    }
}
