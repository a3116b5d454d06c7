using System.Diagnostics;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>Servers without SFTP: sshd with no subsystem or one that is missing, sshd with scp only, and Dropbear.</summary>
public abstract class ScpFallbackTests(string transport)
{
    private static readonly DateTime Time = new(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    [SkippableTheory]
    [InlineData(null)]
    [InlineData("/nowhere/sftp-server")]
    [Trait("Requirement", "FR-030C-67")]
    [Trait("Requirement", "FR-030C-75")]
    [Trait("Requirement", "IT-030C-11")]
    [Trait("Requirement", "AC-048")]
    [Trait("Requirement", "NFR-030C-17")]
    public async Task Files_and_trees_go_both_ways_over_an_sshd_without_sftp(string? sftpServer)
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = sftpServer });
        var remote = Directory.CreateDirectory(server.File("remote")).FullName;

        await ShowAsync(server.ConnectionOptions(), remote, hasShell: true);
    }

    [SkippableFact]
    [Trait("Requirement", "FR-030C-67")]
    [Trait("Requirement", "FR-030C-70")]
    [Trait("Requirement", "FR-030C-71")]
    [Trait("Requirement", "IT-030C-11")]
    public async Task Files_and_trees_go_both_ways_over_dropbear()
    {
        Skip.If(DropbearServer.UnavailableReason is not null, DropbearServer.UnavailableReason);
        await using var server = await DropbearServer.StartAsync();

        await ShowAsync(server.ConnectionOptions(), server.Home, hasShell: true);
    }

    [SkippableFact]
    [Trait("Requirement", "FR-030C-67")]
    public async Task Files_and_trees_go_both_ways_where_scp_is_all_that_runs()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings
        {
            SftpServer = null,
            ConfigLines = ["ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in \"scp \"*) eval \"$SSH_ORIGINAL_COMMAND\";; *) exit 1;; esac"],
        });
        var remote = Directory.CreateDirectory(server.File("remote")).FullName;

        await ShowAsync(server.ConnectionOptions(), remote, hasShell: false);
    }

    [SkippableFact]
    public async Task Scp_is_used_on_request_where_there_is_sftp()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var session = SshdSession.New(
            server.ConnectionOptions() with { FileProtocol = FileProtocolChoice.Scp }, transport: transport);
        await using var channel = await session.OpenSftpAsync();

        var result = await channel.UploadAsync(server.KnownHostsPath, server.File("copy"));

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.Equal(FileProtocol.Scp, result.Protocol);
        Assert.Equal(await File.ReadAllTextAsync(server.KnownHostsPath), await File.ReadAllTextAsync(server.File("copy")));
    }

    [SkippableFact]
    public async Task A_server_without_sftp_and_without_scp_says_that_it_has_no_sftp()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = null, ConfigLines = ["ForceCommand exit 1"] });
        await using var session = SshdSession.New(server.ConnectionOptions(), transport: transport);

        var error = await Assert.ThrowsAsync<SftpException>(() => session.OpenSftpAsync());

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.False(error.IsTransient);
        Assert.Contains("no SFTP subsystem", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_connection_without_sftp_answers_pings_and_leaves_no_process()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The processes of a session are found in /proc.");
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = null });
        await using (var connection = await TestTransports.Get(transport).ConnectAsync(server.ConnectionOptions()))
        {
            Assert.InRange(await connection.PingAsync(), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(5));
            Assert.InRange(await connection.PingAsync(), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(5));
            await Assert.ThrowsAsync<SftpException>(() => connection.OpenSftpAsync());
            Assert.True(connection.IsConnected);
            Assert.Equal(transport == TestTransports.SshNet ? 0 : 1, Holders(server.Port).Count);
        }

        for (var i = 0; i < 50 && Holders(server.Port).Count > 0; i++)
            await Task.Delay(100);
        Assert.Empty(Holders(server.Port));
    }

    [SkippableFact]
    public async Task Cancelling_an_upload_takes_less_than_a_second_and_leaves_nothing()
    {
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SftpServer = null });
        var remote = Directory.CreateDirectory(server.File("remote")).FullName;
        var local = server.File("local");
        await File.WriteAllBytesAsync(local, new byte[20_000_000]);
        await using var session = SshdSession.New(server.ConnectionOptions(), transport: transport);
        await using var channel = await session.OpenSftpAsync();
        using var cancel = new CancellationTokenSource();
        var upload = channel.UploadAsync(
            local, $"{remote}/a", new UploadOptions { BandwidthLimit = 2_000_000 }, null, cancel.Token);
        for (var i = 0; i < 100 && !Directory.EnumerateFiles(remote).Any(path => new FileInfo(path).Length > 0); i++)
            await Task.Delay(50);

        var started = Stopwatch.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);

        // A second, and what a busy machine adds; the whole would take ten.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(4));
        for (var i = 0; i < 100 && Directory.EnumerateFiles(remote).Any(); i++)
            await Task.Delay(50);
        Assert.Empty(Directory.EnumerateFiles(remote));
        Assert.True(await channel.IsDirectoryAsync(remote));
    }

    // The idle scp of a session on the server of this test, and not on that of another run of it.
    private static List<string> Holders(int port) =>
        [.. SshdServer.Run("ps", "-A", "-o", "pid=,args=")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line.EndsWith(" scp -t -- .", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0])
            .Where(process => Environment(process).Contains($" 127.0.0.1 {port}\0", StringComparison.Ordinal))];

    private static string Environment(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private async Task ShowAsync(SshConnectionOptions options, string remote, bool hasShell)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var local = Directory.CreateTempSubdirectory("acode-scp-").FullName;
        try
        {
            await using var session = SshdSession.New(options, transport: transport);
            await using var channel = await session.OpenSftpAsync(limit.Token);
            Assert.Equal(FileProtocol.Scp, session.FileProtocol);
            var big = new byte[5_000_000];
            new Random(1).NextBytes(big);
            Directory.CreateDirectory(Path.Join(local, "tree/sub/empty"));
            await File.WriteAllBytesAsync(Path.Join(local, "tree/big"), big);
            for (var i = 0; i < 6; i++)
                await File.WriteAllTextAsync(Path.Join(local, $"tree/sub/it's {i}; $x"), $"{i}");
            File.SetUnixFileMode(Path.Join(local, "tree/big"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
            foreach (var path in Directory.EnumerateFileSystemEntries(local, "*", SearchOption.AllDirectories))
                File.SetLastWriteTimeUtc(path, Time);

            var up = await channel.UploadAsync(
                Path.Join(local, "tree"), $"{remote}/up", new UploadOptions { ParallelTransfers = 4 }, null, limit.Token);
            var again = await channel.UploadAsync(Path.Join(local, "tree/big"), $"{remote}/up/big", null, null, limit.Token);
            var down = await channel.DownloadAsync($"{remote}/up", Path.Join(local, "down"), null, null, limit.Token);
            var one = await channel.DownloadAsync($"{remote}/up/big", Path.Join(local, "one"), null, null, limit.Token);

            Assert.All([up, again, down, one], result =>
            {
                Assert.True(result.Success, string.Join("; ", result.Errors));
                Assert.Equal(FileProtocol.Scp, result.Protocol);
                Assert.NotNull(result.ProtocolReason);
                Assert.Equal(hasShell, result.ChecksumVerified);
            });
            Assert.Equal(7, up.FilesTransferred);
            Assert.Equal(Describe(Path.Join(local, "tree")), Describe(Path.Join(remote, "up")));
            Assert.Equal(Describe(Path.Join(local, "tree")), Describe(Path.Join(local, "down")));
            Assert.Equal(big, await File.ReadAllBytesAsync(Path.Join(local, "one")));
        }
        finally
        {
            Directory.Delete(local, recursive: true);
        }
    }

    private static List<string> Describe(string directory) =>
        [.. Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => string.Join(
                ' ',
                path[(directory.Length + 1)..],
                File.GetUnixFileMode(path),
                File.GetLastWriteTimeUtc(path).ToString("s"),
                Directory.Exists(path) ? "" : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))))];
}
