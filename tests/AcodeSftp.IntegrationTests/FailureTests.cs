using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.HostKeys;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.OpenSsh;

namespace AcodeSftp.IntegrationTests;

/// <summary>
/// Each failure of <c>docs/failures.md</c>, brought about: the code, the message and whether it is tried again are what the
/// table says.
/// </summary>
public abstract partial class FailureTests(SshdFixture sshd, string transport)
{
    private static readonly Lazy<Dictionary<string, string[]>> Table = new(ReadTable);

    private ISshTransport Transport => TestTransports.Get(transport);

    private SshHostKey Key => SshHostKey.Parse(sshd.Server.HostPublicKey);

    [SkippableFact]
    public async Task Port_refused()
    {
        var listener = new SilentServer();
        var port = listener.Port;
        listener.Dispose();
        AssertDocumented("port refused", await FailAsync(sshd.ConnectionOptions() with { Port = port }));
    }

    [SkippableFact]
    public async Task No_such_host() =>
        AssertDocumented("no such host", await FailAsync(sshd.ConnectionOptions() with { HostName = "no-such-host.invalid" }));

    [SkippableFact]
    public async Task Packets_dropped()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux drops packets when a listener's queue is full.");
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var first = new TcpClient();
        using var second = new TcpClient();
        _ = first.ConnectAsync(IPAddress.Loopback, port);
        _ = second.ConnectAsync(IPAddress.Loopback, port);
        await Task.Delay(200);

        AssertDocumented("no answer", await FailWithinAsync(
            TimeSpan.FromSeconds(5), sshd.ConnectionOptions() with { Port = port, ConnectTimeout = TimeSpan.FromSeconds(1) }));
    }

    [SkippableFact]
    public async Task A_listener_that_never_speaks()
    {
        using var silent = new SilentServer();
        AssertDocumented("accepts and never speaks", await FailWithinAsync(
            TimeSpan.FromSeconds(5), sshd.ConnectionOptions() with { Port = silent.Port, ConnectTimeout = TimeSpan.FromSeconds(1) }));
    }

    [SkippableFact]
    public async Task No_ssh_client()
    {
        SkipWhereItCannotArise("no ssh client");
        var error = await Assert.ThrowsAsync<SftpException>(() =>
            new OpenSshTransport(new OpenSshOptions { SshPath = "/nowhere/ssh" }).ConnectAsync(sshd.ConnectionOptions()));
        AssertDocumented("no ssh client", error);
    }

    [SkippableFact]
    public async Task Key_file_that_others_may_read()
    {
        SkipWhereItCannotArise("key file others may read");
        var key = sshd.Server.File("loose_key");
        File.Copy(sshd.Server.UserKeyPath, key, overwrite: true);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        AssertDocumented("key file others may read", await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [key] }));
    }

    [SkippableFact]
    public async Task Key_file_missing() =>
        AssertDocumented("key file missing", await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = ["/nowhere/key"] }));

    [SkippableFact]
    public async Task Key_not_accepted() => AssertDocumented(
        "key not accepted", await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [sshd.Server.StrangerKeyPath] }));

    [SkippableFact]
    public async Task Key_encrypted_and_passphrases()
    {
        using var wrong = new Secret("wrong");
        using var text = new Secret(await File.ReadAllTextAsync(sshd.Server.EncryptedKeyPath));
        var options = sshd.ConnectionOptions() with { KeyFilePaths = [sshd.Server.EncryptedKeyPath] };
        var asText = options with { KeyFilePaths = [], PrivateKey = text };

        AssertDocumented("key file encrypted, no passphrase", await FailAsync(options));
        AssertDocumented("key file encrypted, wrong passphrase", await FailAsync(options with { KeyPassphrase = wrong }));
        AssertDocumented("key as text encrypted, no passphrase", await FailAsync(asText));
        AssertDocumented("key as text encrypted, wrong passphrase", await FailAsync(asText with { KeyPassphrase = wrong }));
    }

    [SkippableFact]
    public async Task Key_as_text_is_none()
    {
        using var text = new Secret("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n");
        AssertDocumented("key as text unusable", await FailAsync(sshd.ConnectionOptions() with { KeyFilePaths = [], PrivateKey = text }));
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-009")]
    public async Task A_wrong_password_is_tried_once_by_a_session_too()
    {
        await using var server = await SshdFixture.StartPasswordServerAsync();
        using var wrong = new Secret("wrong");
        await using var session = SshdSession.New(
            server.ConnectionOptions() with { KeyFilePaths = [], Password = wrong }, transport: transport);

        var error = await Assert.ThrowsAsync<SftpException>(() => session.ConnectAsync());

        AssertDocumented("wrong password", error);
        Assert.Equal(2, server.Log.Split("Failed password").Length);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-006")]
    public async Task Host_keys()
    {
        var stranger = SshHostKey.Parse(await File.ReadAllTextAsync(sshd.Server.StrangerKeyPath + ".pub"));
        var host = $"[127.0.0.1]:{sshd.Server.Port}";
        var options = sshd.ConnectionOptions();

        AssertDocumented("host key unknown", await FailAsync(options with { KnownHostsPath = KnownHosts("") }));
        var changed = KnownHosts($"{host} {stranger.KeyText}");
        foreach (var policy in (HostKeyPolicy[])[HostKeyPolicy.Strict, HostKeyPolicy.TrustOnFirstUse])
            AssertDocumented("host key changed", await FailAsync(options with { KnownHostsPath = changed, HostKeyPolicy = policy }));
        AssertDocumented("host key revoked", await FailAsync(options with { KnownHostsPath = KnownHosts($"@revoked * {Key.KeyText}") }));
        AssertDocumented("host key not pinned", await FailAsync(options with { HostKeyFingerprints = [stranger.Fingerprint] }));
        AssertDocumented("host key text unusable", await FailAsync(options with { KnownHostKeys = "rubbish" }));
    }

    [SkippableFact]
    public async Task No_sftp_subsystem()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = null });
        AssertDocumented("no SFTP subsystem", await FailAsync(server.ConnectionOptions() with { FileProtocol = FileProtocolChoice.Sftp }));
    }

    [SkippableFact]
    public async Task Noisy_login_script()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings
        {
            ConfigLines = ["ForceCommand echo Welcome to this host; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\""],
        });
        AssertDocumented("noisy login script", await FailAsync(server.ConnectionOptions()));
    }

    [SkippableFact]
    public async Task Jump_host_refuses_the_login()
    {
        await using var jump = await SshdFixture.StartAsync();
        AssertDocumented("jump host refuses the login", await FailAsync(sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{jump.Port}"],
            KnownHostsPath = KnownHosts($"[localhost]:{jump.Port} {jump.HostPublicKey}"),
        }));
    }

    [SkippableFact]
    public async Task Jump_host_unknown()
    {
        AssertDocumented("jump host's key unknown", await FailAsync(sshd.ConnectionOptions() with
        {
            JumpHosts = [$"localhost:{sshd.Server.Port}"],
        }));
    }

    [SkippableFact]
    public async Task Server_killed()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var connection = await Transport.ConnectAsync(server.ConnectionOptions());
        await using var files = await connection.OpenSftpAsync();

        await server.KillAsync();

        AssertDocumented("server killed", await Assert.ThrowsAsync<SftpException>(() => files.StatAsync(new RemotePath("/"))));
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-33")]
    public async Task A_frozen_server_is_found_out_by_signs_of_life()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var connection = await Transport.ConnectAsync(server.ConnectionOptions() with
        {
            KeepAliveInterval = TimeSpan.FromSeconds(1),
            KeepAliveCountMax = 2,
        });
        await using var files = await connection.OpenSftpAsync();

        server.FreezeConnections();
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<SftpException>(() => files.StatAsync(new RemotePath("/")).WaitAsync(TimeSpan.FromSeconds(30)));

        AssertDocumented("server frozen, keep-alive", error);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        Assert.False(connection.IsConnected);
    }

    [SkippableFact]
    public async Task A_frozen_server_is_found_out_by_the_time_limit_of_an_operation()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var connection = await Transport.ConnectAsync(server.ConnectionOptions() with
        {
            KeepAliveInterval = TimeSpan.Zero,
            OperationTimeout = TimeSpan.FromSeconds(1),
        });
        await using var files = await connection.OpenSftpAsync();

        server.FreezeConnections();
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<SftpException>(() => files.StatAsync(new RemotePath("/")).WaitAsync(TimeSpan.FromSeconds(30)));

        AssertDocumented("server frozen, no keep-alive", error);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));
    }

    // The columns: failure, code, tried again, message, what to do, and what differs over SSH.NET: nothing ("same"), the
    // message, or the code and the message. What stands in ‹› in a message is any text.
    private void AssertDocumented(string failure, SftpException error)
    {
        Assert.True(Table.Value.TryGetValue(failure, out var row), $"docs/failures.md has no row '{failure}': {error.Message}");
        var (code, message) = (row[1].Trim('`'), row[3]);
        if (Difference(row) is { } difference)
            (code, message) = difference.StartsWith('`') ? (difference.Split('`')[1], difference.Split('`')[2].Trim()) : (code, difference);
        Assert.True(code == error.Code.ToString(), $"'{failure}' is {error.Code}: {error.Message}");
        Assert.Equal(row[2] == "yes", error.IsTransient);
        var pattern = string.Join(".+", Placeholder().Split(message).Select(Regex.Escape));
        Assert.True(Regex.IsMatch(error.Message, $"^{pattern}$", RegexOptions.Singleline), $"'{failure}' says: {error.Message}");
        Assert.False(string.IsNullOrEmpty(error.Host), failure);
        if (error.Code is not SftpErrorCode.ConnectionLost)
            Assert.False(string.IsNullOrEmpty(error.Advice), $"'{failure}' has no advice.");
    }

    private string? Difference(string[] row) => transport == TestTransports.OpenSsh || row[5] == "same" ? null : row[5];

    private void SkipWhereItCannotArise(string failure)
    {
        var difference = Difference(Table.Value[failure]) ?? "";
        Skip.If(difference.StartsWith('—'), $"Over {transport} it cannot arise {difference}.");
    }

    private static Dictionary<string, string[]> ReadTable()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "AcodeSftp.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("No AcodeSftp.sln above the tests.");
        return File.ReadAllLines(Path.Combine(directory.FullName, "docs", "failures.md"))
            .SkipWhile(line => line != "## Failures")
            .Where(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())
            .Where(cells => cells.Length >= 6)
            .ToDictionary(cells => cells[0]);
    }

    private Task<SftpException> FailAsync(SshConnectionOptions options) => FailWithinAsync(TimeSpan.FromSeconds(30), options);

    private async Task<SftpException> FailWithinAsync(TimeSpan time, SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => Transport.ConnectAsync(options).WaitAsync(time));

    private string KnownHosts(string text)
    {
        var path = sshd.Server.File($"known_{Guid.NewGuid():N}");
        File.WriteAllText(path, text + "\n");
        return path;
    }

    [GeneratedRegex("‹[^›]*›")]
    private static partial Regex Placeholder();
}
