using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.Files;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests;

/// <summary>What a session does is the same over every transport of this build, the embedded host among them.</summary>
public sealed class EveryTransportTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(120));
    private readonly string _here = Directory.CreateTempSubdirectory("acode-every-").FullName;
    private readonly string _there = Directory.CreateTempSubdirectory("acode-every-").FullName;
    private readonly EmbeddedHost _embedded = new("embedded");
    private SshdServer? _server;
    private SftpSession? _session;

    /// <summary>The transports.</summary>
    public static TheoryData<string> Transports => new()
    {
        "OpenSsh",
#if SSHNET
        "SshNet",
#endif
        "Memory",
    };

    private CancellationToken Token => _limit.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_session is not null)
            await _session.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _limit.Dispose();
        Directory.Delete(_here, recursive: true);
        Directory.Delete(_there, recursive: true);
    }

    [SkippableTheory, MemberData(nameof(Transports))]
    public async Task A_file_goes_there_and_back_compared_by_checksum(string transport)
    {
        await using var sftp = await OpenAsync(transport);
        var content = Bytes(3_000_001);
        await File.WriteAllBytesAsync(Here("file"), content);
        File.SetLastWriteTimeUtc(Here("file"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        var up = await sftp.UploadAsync(Here("file"), There("new/folder/file"), cancellationToken: Token);
        var down = await sftp.DownloadAsync(There("new/folder/file"), Here("back"), cancellationToken: Token);

        Assert.True(up.Success && down.Success, Describe(up) + Describe(down));
        Assert.True(up.ChecksumVerified && down.ChecksumVerified);
        Assert.Equal(content, await File.ReadAllBytesAsync(Here("back")));
        Assert.Equal(File.GetLastWriteTimeUtc(Here("file")), File.GetLastWriteTimeUtc(Here("back")));
        Assert.Equal(content.Length, (await sftp.StatAsync(There("new/folder/file"), Token)).Size);
    }

    [SkippableTheory, MemberData(nameof(Transports))]
    public async Task What_is_there_is_replaced_only_with_leave(string transport)
    {
        await using var sftp = await OpenAsync(transport);
        await File.WriteAllTextAsync(Here("one"), "one");
        await File.WriteAllTextAsync(Here("two"), "the second");

        var first = await sftp.UploadAsync(Here("one"), There("file"), cancellationToken: Token);
        var refused = await sftp.UploadAsync(Here("two"), There("file"), new UploadOptions { Overwrite = false }, null, Token);
        Assert.Equal(3, (await sftp.StatAsync(There("file"), Token)).Size);
        var replaced = await sftp.UploadAsync(Here("two"), There("file"), new UploadOptions { Overwrite = true }, null, Token);

        Assert.True(first.Success, Describe(first));
        Assert.False(refused.Success);
        Assert.True(replaced.Success, Describe(replaced));
        Assert.Equal(10, (await sftp.StatAsync(There("file"), Token)).Size);
        Assert.Equal(["file"], (await sftp.ListDirectoryAsync(There(""), cancellationToken: Token)).Select(entry => entry.Name));
    }

    [SkippableTheory, MemberData(nameof(Transports))]
    public async Task A_tree_goes_there_and_back_and_is_removed(string transport)
    {
        await using var sftp = await OpenAsync(transport);
        string[] names = ["plain", "two words", "[x]*", "ü文件", "-dash", "a/deep/er", "a/other", "empty/.keep"];
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Here("tree/" + name))!);
            await File.WriteAllBytesAsync(Here("tree/" + name), Bytes(i * 10_000));
        }

        var up = await sftp.UploadAsync(Here("tree"), There("tree"), cancellationToken: Token);
        var down = await sftp.DownloadAsync(There("tree"), Here("back"), cancellationToken: Token);

        Assert.True(up.Success && down.Success, Describe(up) + Describe(down));
        SshdServer.Run("diff", "-r", Here("tree"), Here("back"));
        var top = await sftp.ListDirectoryAsync(There("tree"), cancellationToken: Token);
        Assert.Equal(
            ((string[])["plain", "two words", "[x]*", "ü文件", "-dash", "a", "empty"]).Order(StringComparer.Ordinal),
            top.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        await sftp.DeleteAsync(There("tree"), recursive: true, Token);
        Assert.False(await sftp.ExistsAsync(There("tree"), Token));
    }

    [SkippableTheory, MemberData(nameof(Transports))]
    public async Task Files_are_renamed_changed_and_removed(string transport)
    {
        await using var sftp = await OpenAsync(transport);
        await File.WriteAllTextAsync(Here("file"), "text");
        await sftp.UploadAsync(Here("file"), There("file"), cancellationToken: Token);
        await sftp.UploadAsync(Here("file"), There("other"), cancellationToken: Token);

        await sftp.RenameAsync(There("file"), There("renamed"), cancellationToken: Token);
        var inTheWay = await Assert.ThrowsAsync<SftpException>(
            () => sftp.RenameAsync(There("renamed"), There("other"), overwrite: false, Token));
        await sftp.RenameAsync(There("renamed"), There("other"), overwrite: true, Token);
        await sftp.ChmodAsync(There("other"), 0x180, Token);

        Assert.Equal(SftpErrorCode.AlreadyExists, inTheWay.Code);
        Assert.Equal(0x180u, (await sftp.StatAsync(There("other"), Token)).Permissions & 0x1FF);
        await sftp.DeleteAsync(There("other"), cancellationToken: Token);
        Assert.Empty(await sftp.ListDirectoryAsync(There(""), cancellationToken: Token));
    }

    [SkippableTheory, MemberData(nameof(Transports))]
    public async Task Failures_have_the_same_codes(string transport)
    {
        await using var sftp = await OpenAsync(transport);
        await sftp.CreateDirectoryAsync(There("folder"), cancellationToken: Token);
        await sftp.CreateDirectoryAsync(There("folder/sub"), cancellationToken: Token);

        Assert.Equal(SftpErrorCode.NotFound, await CodeAsync(() => sftp.StatAsync(There("missing"), Token)));
        Assert.Equal(SftpErrorCode.NotFound, await CodeAsync(() => sftp.ListDirectoryAsync(There("missing"), cancellationToken: Token)));
        Assert.Equal(SftpErrorCode.NotFound, await CodeAsync(() => sftp.DeleteAsync(There("missing"), cancellationToken: Token)));
        Assert.Equal(SftpErrorCode.NotEmpty, await CodeAsync(() => sftp.DeleteAsync(There("folder"), recursive: false, Token)));
        Assert.Equal(
            SftpErrorCode.NotFound, await CodeAsync(() => sftp.DownloadAsync(There("missing"), Here("file"), cancellationToken: Token)));
        Assert.False(File.Exists(Here("file")));

        static async Task<SftpErrorCode> CodeAsync(Func<Task> call) => (await Assert.ThrowsAsync<SftpException>(call)).Code;
    }

    [SkippableTheory, MemberData(nameof(Transports))]
    public async Task A_command_runs_and_its_outputs_are_apart(string transport)
    {
        const string Command = "echo out; echo err >&2; exit 3";
        _embedded.AddReply(Command, new EmbeddedReply { StandardOutput = "out\n", StandardError = "err\n", ExitCode = 3 });
        await using var sftp = await OpenAsync(transport);

        var result = await _session!.InvokeCommandAsync(Command, null, Token);

        Assert.Equal(("out\n", "err\n", 3), (result.StandardOutput, result.StandardError, result.ExitCode));
    }

    [SkippableTheory, MemberData(nameof(Transports))]
    public async Task A_lost_connection_is_made_again_and_the_work_goes_on(string transport)
    {
        await using var sftp = await OpenAsync(transport);
        await sftp.CreateDirectoryAsync(There("folder"), cancellationToken: Token);

        for (var i = 1; i <= 3; i++)
        {
            if (_server is null)
                _embedded.DropConnections();
            else
                _server.KillConnections();
            Assert.True(await sftp.IsDirectoryAsync(There("folder"), Token));
            Assert.Equal(i, _session!.ReconnectCount);
        }
    }

    private async Task<ISftpChannel> OpenAsync(string transport)
    {
        SshTransportChoice choice;
        SshConnectionOptions options;
        if (transport == "Memory")
        {
            var memory = new MemoryTransport();
            memory.SetHost(_embedded);
            _embedded.CreateDirectory(_there);
            (choice, options) = (new SshTransportChoice(memory, "test"), new SshConnectionOptions { HostName = _embedded.Name });
        }
        else
        {
            _server = await SshdFixture.StartAsync();
            (choice, options) = (new SshTransportChoice(TestTransports.Get(transport), "test"), _server.ConnectionOptions());
        }

        _session = new SftpSession(1, null, options, choice, new SftpSessionSettings
        {
            Retry = new SessionRetryPolicy { BaseDelay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromMilliseconds(500) },
        });
        return await _session.OpenSftpAsync(Token);
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static string Describe(TransferResult result) => string.Join("; ", result.Errors.Select(error => error.ErrorMessage));

    private string Here(string name) => Path.Join(_here, name);

    private string There(string name) => name.Length == 0 ? _there : $"{_there}/{name}";
}
