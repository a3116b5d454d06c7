using System.Buffers.Binary;
using System.Text;
using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>
/// Large files on a near server go through a command. What the SFTP server itself has read and written is in its log.
/// </summary>
public sealed class CommandMoveTests
{
    // Large enough for a command, which 32 MiB are.
    private const int Size = 34_789_999;

    private static readonly string? SftpServer =
        new[] { "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server", "/usr/libexec/sftp-server" }
            .FirstOrDefault(File.Exists);

    [SkippableTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Its_bytes_pass_by_the_sftp_server(bool upload, bool verify)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await StartAsync(ground);

        var result = await MoveAsync(ground, server, upload, verify);

        Assert.Equal((verify, 1), (result.ChecksumVerified, result.FilesTransferred));
        Assert.Equal(upload ? 0 : 8 * 4096, await CarriedBySftpAsync(ground, upload));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_sftp_only_they_do_not(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await StartAsync(ground);

        await MoveAsync(ground, server, upload, options: (ground.Upload with { SftpOnly = true }, ground.Download with { SftpOnly = true }));

        Assert.Equal(Size, await CarriedBySftpAsync(ground, upload));
    }

    [SkippableTheory]
    [InlineData("exit 1")]
    [InlineData("cat >/dev/null; echo nothing of the kind")]
    [InlineData("echo Welcome!; exec sh -c \"$SSH_ORIGINAL_COMMAND\"")]
    [InlineData("sleep 100")]
    public async Task An_account_without_a_shell_gets_it_by_sftp(string shell)
    {
        foreach (var upload in (bool[])[true, false])
        {
            await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
            await using var server = await StartWithShellAsync(ground, shell);

            await MoveAsync(ground, server, upload);

            Assert.Equal(Size, await CarriedBySftpAsync(ground, upload));
        }
    }

    [SkippableFact]
    public async Task A_file_is_no_requests_where_every_command_is_an_sftp_server()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["ForceCommand internal-sftp"] });
        var trap = Path.Join(ground.There, "trap");
        var source = Path.Join(ground.Here, "file");
        FaultGround.WriteRandom(source, Size);
        using (var file = File.OpenHandle(source, FileMode.Open, FileAccess.Write))
            RandomAccess.Write(file, RequestsThatMakeDirectory(trap), 0);

        await MoveAsync(ground, server, upload: true, makeSource: false);

        Assert.False(Directory.Exists(trap));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_shell_that_sees_other_files_touches_none_of_them(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        var elsewhere = Directory.CreateDirectory(Path.Join(ground.Root, "elsewhere")).FullName;
        var other = Path.Join(elsewhere, "file");
        var hash = FaultGround.WriteRandom(other, Size, seed: 2);
        await using var server = await StartWithShellAsync(
            ground, $"exec sh -c \"$(printf '%s' \"$SSH_ORIGINAL_COMMAND\" | sed 's#{ground.There}#{elsewhere}#g')\"");

        await MoveAsync(ground, server, upload);

        Assert.Equal([other], Directory.GetFiles(elsewhere));
        Assert.Equal(hash, FaultGround.Hash(other));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_that_breaks_off_leaves_the_rest_to_sftp(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await StartWithToolsAsync(ground, "/bin/head -c 12345678; read -r more && exit 1; exit 0", "cat");

        var result = await MoveAsync(ground, server, upload, verify: true);

        Assert.True(result.ChecksumVerified);
        Assert.InRange(await CarriedBySftpAsync(ground, upload), Size - 12345678, Size - 12345678 + 8 * 4096);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_room_for_a_command_costs_nothing_but_speed(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await StartAsync(ground, new SshdSettings { ConfigLines = ["MaxSessions 1"] });

        var result = await MoveAsync(ground, server, upload);

        Assert.True(result.Duration < TimeSpan.FromSeconds(20), $"{result.Duration}");
        Assert.Equal(Size, await CarriedBySftpAsync(ground, upload));
    }

    [SkippableFact]
    public async Task A_disk_that_becomes_full_is_told_of_and_leaves_nothing()
    {
        Skip.IfNot(SshdServer.CanChangeAccounts, "It mounts a small disk, for which it must be run by root.");
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await StartAsync(ground, new SshdSettings { SmallDiskMegabytes = 8 });
        await using var session = ground.Session(server.ConnectionOptions());
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(ground.Here, "file");
        FaultGround.WriteRandom(source, Size);

        var result = await sftp.UploadAsync(source, $"{server.SmallDisk}/file", ground.Upload, null, ground.Token);

        Assert.Equal(TransferErrorType.DiskFull, Assert.Single(result.Errors).Type);
        Assert.Empty(await sftp.ListDirectoryAsync(server.SmallDisk, cancellationToken: ground.Token));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public Task One_that_is_cancelled_goes_on_where_it_was(bool upload) => AssertGoesOnAsync(upload, CancelAndGoOnAsync);

    // The server takes longer to tidy up than the cancelled transfer waits for that.
    [SkippableFact]
    public async Task One_that_is_cancelled_goes_on_where_it_was_when_the_server_was_busy()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(90));
        var number = Path.Join(ground.Root, "number");
        await using var server = await StartAsync(ground, starting: $"echo $$ >{number};");
        await AssertGoesOnAsync(ground, server, true, async move =>
        {
            await CancelAsync(move, () => Signal("-STOP"));
            var goingOn = move.RunAsync(() => { }, move.Token);
            await Task.Delay(500, move.Token);
            Signal("-CONT");
            return await goingOn;
        });

        void Signal(string name) => SshdServer.Run("kill", name, File.ReadAllText(number).Trim());
    }

    // What a cancelled upload had sent may be written after the file was cut to what was sure, and so while that is proven.
    [SkippableFact]
    public async Task One_that_is_cancelled_goes_on_where_it_was_when_more_of_it_is_written_late()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(90));
        await using var server = await StartWithToolsAsync(
            ground,
            $"for f in {ground.There}/.~*; do printf late >>\"$f\"; done; PATH=${{PATH#*:}}; exec ${{0##*/}} \"$@\"",
            "openssl",
            "sha256sum");
        await AssertGoesOnAsync(ground, server, true, async move =>
        {
            await CancelAsync(move);
            // Nothing more comes now, but for what those tools write.
            await Task.Delay(500, move.Token);
            await using (var left = File.OpenWrite(Assert.Single(FaultGround.Leftovers(ground.There))))
                left.SetLength(LargeMove.Size / 4);
            return await move.RunAsync(() => { }, move.Token);
        });
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public Task One_whose_connection_breaks_goes_on_over_the_next(bool upload) => AssertGoesOnAsync(upload, async move =>
    {
        var isCut = 0;
        var result = await move.RunAsync(
            () =>
            {
                if (Interlocked.Exchange(ref isCut, 1) == 0)
                    move.Server.KillConnections();
            },
            move.Token);
        Assert.True(move.Session.ReconnectCount > 0);
        return result;
    });

    private static async Task<TransferResult> CancelAndGoOnAsync(LargeMove move)
    {
        await CancelAsync(move);
        return await move.RunAsync(() => { }, move.Token);
    }

    private static async Task CancelAsync(LargeMove move, Action? beforehand = null)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(move.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => move.RunAsync(
            () =>
            {
                beforehand?.Invoke();
                cancel.Cancel();
            },
            cancel.Token));
    }

    private static async Task AssertGoesOnAsync(bool upload, Func<LargeMove, Task<TransferResult>> disturbAsync)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(90));
        await using var server = await StartAsync(ground);
        await AssertGoesOnAsync(ground, server, upload, disturbAsync);
    }

    // What is done to a move when a quarter of it is there must not have it begin anew.
    private static async Task AssertGoesOnAsync(
        FaultGround ground,
        SshdServer server,
        bool upload,
        Func<LargeMove, Task<TransferResult>> disturbAsync)
    {
        await using var session = ground.Session(server.ConnectionOptions());
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var (source, destination) = Paths(ground, upload);
        var hash = FaultGround.WriteRandom(source, LargeMove.Size);

        var result = await disturbAsync(new LargeMove(server, session, RunAsync, ground.Token));

        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.InRange(Assert.Single(result.Files).ResumedFrom, LargeMove.Size / 5, LargeMove.Size);
        Assert.Equal(hash, FaultGround.Hash(destination));
        Assert.Empty(FaultGround.Leftovers(ground.Root));

        Task<TransferResult> RunAsync(Action onQuarter, CancellationToken token)
        {
            var progress = new Watcher(value =>
            {
                if (value.BytesTransferred > LargeMove.Size / 4)
                    onQuarter();
            });
            return upload
                ? sftp.UploadAsync(source, destination, ground.Upload, progress, token)
                : sftp.DownloadAsync(source, destination, ground.Download, progress, token);
        }
    }

    private static (string Source, string Destination) Paths(FaultGround ground, bool upload) => upload
        ? (Path.Join(ground.Here, "file"), Path.Join(ground.There, "file"))
        : (Path.Join(ground.There, "file"), Path.Join(ground.Here, "file"));

    // A file there and back, or only there, with what is asked of any transfer.
    private static async Task<TransferResult> MoveAsync(
        FaultGround ground,
        SshdServer server,
        bool upload,
        bool verify = false,
        bool makeSource = true,
        (UploadOptions Upload, DownloadOptions Download)? options = null)
    {
        var (source, destination) = Paths(ground, upload);
        if (makeSource)
            FaultGround.WriteRandom(source, Size);
        var (up, down) = options ?? (ground.Upload, ground.Download);
        await using var session = ground.Session(server.ConnectionOptions());
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        // The first answers take long, for all of it is compiled then, and a server that seems far gets no command.
        for (var i = 0; i < 20; i++)
            await sftp.ExistsAsync(source, ground.Token);
        var result = upload
            ? await sftp.UploadAsync(source, destination, up with { VerifyChecksum = verify }, null, ground.Token)
            : await sftp.DownloadAsync(source, destination, down with { VerifyChecksum = verify }, null, ground.Token);
        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.Equal(FaultGround.Hash(source), FaultGround.Hash(destination));
        Assert.Equal(File.GetLastWriteTimeUtc(source), File.GetLastWriteTimeUtc(destination), TimeSpan.FromSeconds(1));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
        return result;
    }

    private static string Log(FaultGround ground) => Path.Join(ground.Root, "log");

    // A server whose SFTP server keeps a log.
    private static Task<SshdServer> StartAsync(FaultGround ground, SshdSettings? settings = null, string starting = "")
    {
        Skip.If(SftpServer is null, "There is no sftp-server in any of the usual places.");
        return SshdFixture.StartAsync((settings ?? new SshdSettings()) with
        {
            SftpServer = $"{starting}exec {SftpServer} -e -l INFO 2>>{Log(ground)}",
        });
    }

    // A server on which every command is given to this script.
    private static async Task<SshdServer> StartWithShellAsync(FaultGround ground, string script)
    {
        var path = Path.Join(ground.Root, "shell");
        await WriteScriptAsync(path, script);
        var server = await StartAsync(ground);
        // The command of a key is run in place of the SFTP server, too.
        var entry = Path.Join(ground.Root, "entry");
        await WriteScriptAsync(
            entry,
            $$"""
            case "$SSH_ORIGINAL_COMMAND" in *sftp-server*) exec sh -c "$SSH_ORIGINAL_COMMAND";; esac
            exec {{path}}
            """);
        await File.WriteAllTextAsync(
            server.File("authorized_keys"),
            $"command=\"{entry}\" {await File.ReadAllTextAsync(server.File("user_key.pub"))}");
        return server;
    }

    // A server on which these programs are this script.
    private static async Task<SshdServer> StartWithToolsAsync(FaultGround ground, string script, params string[] names)
    {
        var tools = Directory.CreateDirectory(Path.Join(ground.Root, "tools")).FullName;
        foreach (var name in names)
            await WriteScriptAsync(Path.Join(tools, name), script);
        return await StartWithShellAsync(ground, $"PATH={tools}:$PATH; export PATH; exec sh -c \"$SSH_ORIGINAL_COMMAND\"");
    }

    private static async Task WriteScriptAsync(string path, string script)
    {
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    // What SFTP has read or written of files, by its own count.
    private static async Task<long> CarriedBySftpAsync(FaultGround ground, bool upload)
    {
        for (var i = 0; i < 100 && !File.ReadAllText(Log(ground)).Contains("close \"", StringComparison.Ordinal); i++)
            await Task.Delay(20);
        var sum = 0L;
        foreach (var line in File.ReadLines(Log(ground)).Where(line => line.Contains("close \"", StringComparison.Ordinal)))
        {
            var words = line[line.LastIndexOf('"')..].Split(' ');
            sum += long.Parse(words[Array.IndexOf(words, upload ? "written" : "read") + 1], System.Globalization.CultureInfo.InvariantCulture);
        }

        return sum;
    }

    private static byte[] RequestsThatMakeDirectory(string path)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var bytes = new byte[9 + 4 + 1 + 4 + 4 + name.Length + 4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 5);
        bytes[4] = 1; // SSH_FXP_INIT
        bytes[8] = 3;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(9), (uint)(bytes.Length - 13));
        bytes[13] = 14; // SSH_FXP_MKDIR
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(18), (uint)name.Length);
        name.CopyTo(bytes, 22);
        return bytes;
    }

    // One that can be run, more than once, with what to do from its first quarter on.
    private sealed record LargeMove(
        SshdServer Server,
        SftpSession Session,
        Func<Action, CancellationToken, Task<TransferResult>> RunAsync,
        CancellationToken Token)
    {
        public const long Size = 600_000_000;
    }

    private sealed class Watcher(Action<TransferProgress> onReport) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => onReport(value);
    }
}
