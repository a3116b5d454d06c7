using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;
using Renci.SshNet;

namespace AcodeSftp.SshNet.Tests;

[Collection(SshdCollection.Name)]
public sealed class LoginTests(SshdFixture sshd)
{
    [SkippableFact]
    [Trait("Requirement", "FR-030C-01")]
    public async Task A_key_file_logs_in_and_the_connection_knows_where_to()
    {
        await using var connection = await new SshNetTransport().ConnectAsync(sshd.ConnectionOptions());

        Assert.Equal("127.0.0.1", connection.HostName);
        Assert.Equal(sshd.Server.Port, connection.Port);
        Assert.Equal(sshd.Server.UserName, connection.UserName);
        Assert.StartsWith("OpenSSH_", connection.ServerVersion, StringComparison.Ordinal);
        Assert.True(connection.IsConnected);
        Assert.InRange(await connection.PingAsync(), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(5));
    }

    [SkippableFact]
    public async Task An_encrypted_key_file_needs_the_right_passphrase()
    {
        using var right = new Secret(SshdServer.EncryptedKeyPassphrase);
        using var wrong = new Secret("wrong");
        var options = sshd.ConnectionOptions() with { KeyFilePaths = [sshd.Server.EncryptedKeyPath] };

        await using (await new SshNetTransport().ConnectAsync(options with { KeyPassphrase = right }))
        {
        }

        var none = await FailAsync(options);
        Assert.Equal(SftpErrorCode.AuthenticationFailed, none.Code);
        Assert.Contains("is encrypted, and no passphrase was given", none.Message, StringComparison.Ordinal);
        var other = await FailAsync(options with { KeyPassphrase = wrong });
        Assert.Equal(SftpErrorCode.AuthenticationFailed, other.Code);
        Assert.Contains("does not open", other.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_key_as_text_logs_in()
    {
        using var key = new Secret(await File.ReadAllTextAsync(sshd.Server.UserKeyPath));

        await using var connection = await new SshNetTransport().ConnectAsync(
            sshd.ConnectionOptions() with { KeyFilePaths = [], PrivateKey = key });

        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task A_key_that_the_server_does_not_know_is_refused_with_what_it_allows()
    {
        var error = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [sshd.Server.StrangerKeyPath] });

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.False(error.IsTransient);
        Assert.Contains("publickey", error.Message, StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", error.Host);
    }

    [SkippableFact]
    public async Task A_missing_key_file_and_a_damaged_one_are_told_apart()
    {
        var damaged = sshd.Server.File("damaged_key");
        await File.WriteAllTextAsync(damaged, "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----\n");

        var missing = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = ["/no/such/key"] });
        var unusable = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [damaged] });

        Assert.Equal(SftpErrorCode.NotFound, missing.Code);
        Assert.Equal(SftpErrorCode.InvalidArgument, unusable.Code);
        Assert.Contains("-Transport OpenSsh", unusable.Advice, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_password_logs_in_and_a_wrong_one_is_refused()
    {
        await using var server = await SshdFixture.StartPasswordServerAsync();
        using var right = new Secret(SshdFixture.Password);
        using var wrong = new Secret("wrong");
        var options = server.ConnectionOptions() with { KeyFilePaths = [] };

        await using (await new SshNetTransport().ConnectAsync(options with { Password = right }))
        {
        }

        var error = await FailAsync(options with { Password = wrong });
        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains("password", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Key_and_password_in_a_row_log_in()
    {
        await using var server = await SshdFixture.StartPasswordServerAsync("AuthenticationMethods publickey,password");
        using var password = new Secret(SshdFixture.Password);

        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions() with { Password = password });

        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task A_certificate_beside_the_key_logs_in()
    {
        await using var server = await SshdFixture.StartAsync();
        SshdServer.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server.File("authority"));
        SshdServer.Run(
            "ssh-keygen", "-q", "-s", server.File("authority"), "-I", "test", "-n", server.UserName, server.File("stranger_key.pub"));
        await File.WriteAllTextAsync(
            server.File("authorized_keys"), "cert-authority " + await File.ReadAllTextAsync(server.File("authority.pub")));

        await using var connection = await new SshNetTransport().ConnectAsync(
            server.ConnectionOptions() with { KeyFilePaths = [server.StrangerKeyPath] });

        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task What_this_transport_cannot_do_is_refused_and_the_other_named()
    {
        var options = sshd.ConnectionOptions();
        SshConnectionOptions[] impossible =
        [
            options with { JumpHosts = ["elsewhere"] },
            options with { SshConfigPath = sshd.Server.File("config") },
            options with { SshOptions = new Dictionary<string, string> { ["ProxyCommand"] = "nc %h %p" } },
        ];

        foreach (var asked in impossible)
        {
            var error = await FailAsync(asked);
            Assert.Equal(SftpErrorCode.Unsupported, error.Code);
            Assert.False(error.IsTransient);
            Assert.Contains("-Transport OpenSsh", error.Advice, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task A_key_on_hardware_is_refused_and_the_other_transport_named()
    {
        // The public face of such a key in OpenSSH's format, without any hardware: SSH.NET must not get as far as that.
        var path = sshd.Server.File("id_ed25519_sk");
        await File.WriteAllTextAsync(path, SecurityKeyText());

        var error = await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [path] });

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Contains("FIDO", error.Advice, StringComparison.Ordinal);
        Assert.Contains("-Transport OpenSsh", error.Advice, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_refused_port_and_an_unknown_host_are_told_apart()
    {
        var closed = await FailAsync(sshd.ConnectionOptions() with { Port = 1 });
        var unknown = await FailAsync(sshd.ConnectionOptions() with { HostName = "no-such-host.invalid" });

        Assert.Equal(SftpErrorCode.Unavailable, closed.Code);
        Assert.Equal("127.0.0.1 refused the connection on port 1.", closed.Message);
        Assert.Equal(SftpErrorCode.Unavailable, unknown.Code);
        Assert.StartsWith("There is no host named no-such-host.invalid", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_accepts_and_never_speaks_is_given_up_in_time()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var password = new Secret("x");

        var error = await FailAsync(new SshConnectionOptions
        {
            HostName = "127.0.0.1",
            Port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port,
            UserName = "nobody",
            Password = password,
            ConnectTimeout = TimeSpan.FromSeconds(1),
        }).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(SftpErrorCode.Timeout, error.Code);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task Connecting_can_be_cancelled()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var password = new Secret("x");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new SshNetTransport().ConnectAsync(
            new SshConnectionOptions
            {
                HostName = "127.0.0.1",
                Port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port,
                UserName = "nobody",
                Password = password,
            },
            cancel.Token).WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [SkippableFact]
    public async Task Aes_gcm_is_used()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["LogLevel DEBUG1"] });

        await using (await new SshNetTransport().ConnectAsync(server.ConnectionOptions()))
        {
        }

        Assert.Contains("cipher: aes128-gcm@openssh.com", server.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_server_without_sftp_is_connected_and_has_no_sftp_for_good()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = null });
        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions());

        var error = await Assert.ThrowsAsync<SftpException>(() => connection.OpenSftpAsync());

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.False(error.IsTransient);
        Assert.Contains("SFTP subsystem", error.Message, StringComparison.Ordinal);
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 3"));
        Assert.Equal(3, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
    }

    [Fact]
    public void The_call_that_the_advisory_is_about_is_not_used()
    {
        var used = typeof(SshNetTransport).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name);
        Assert.Contains(typeof(SftpClient).Assembly.GetName().Name, used);

        using var file = File.OpenRead(typeof(SshNetTransport).Assembly.Location);
        using var image = new System.Reflection.PortableExecutable.PEReader(file);
        var metadata = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(image);
        var types = metadata.TypeReferences.Select(handle => metadata.GetString(metadata.GetTypeReference(handle).Name)).ToList();

        Assert.Contains(nameof(SftpClient), types);
        Assert.DoesNotContain(nameof(ScpClient), types);
    }

    private static async Task<SftpException> FailAsync(SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => new SshNetTransport().ConnectAsync(options));

    // openssh-key-v1 with the key type sk-ssh-ed25519@openssh.com (PROTOCOL.key, PROTOCOL.u2f).
    private static string SecurityKeyText()
    {
        var publicKey = Concat(Text("sk-ssh-ed25519@openssh.com"), Blob(new byte[32]), Text("ssh:"));
        var secret = Concat(
            [0, 0, 0, 1, 0, 0, 0, 1],
            publicKey,
            [1],
            Blob(new byte[16]),
            Blob([]),
            Text("comment"));
        var padding = Enumerable.Range(1, (8 - (secret.Length % 8)) % 8).Select(i => (byte)i).ToArray();
        var file = Concat(
            [.. "openssh-key-v1\0"u8],
            Text("none"),
            Text("none"),
            Blob([]),
            [0, 0, 0, 1],
            Blob(publicKey),
            Blob(Concat(secret, padding)));
        return $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Convert.ToBase64String(file, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n")}\n-----END OPENSSH PRIVATE KEY-----\n";

        static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];
        static byte[] Text(string text) => Blob(System.Text.Encoding.ASCII.GetBytes(text));
        static byte[] Blob(byte[] bytes) => Concat([0, 0, (byte)(bytes.Length >> 8), (byte)bytes.Length], bytes);
    }
}
