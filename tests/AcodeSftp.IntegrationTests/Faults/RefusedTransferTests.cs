using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>Transfers that cannot succeed: the error says why, nothing is left behind and nothing old is lost.</summary>
public abstract class RefusedTransferTests(SshdFixture sshd, string transport)
{
    private const string NeedsNamespaces = "It mounts a small disk, for which it must be run by root.";
    private const int Large = 20 * 1024 * 1024;

    [SkippableFact]
    [Trait("Requirement", "NFR-030C-14")]
    [Trait("Requirement", "SSH-30")]
    public async Task A_full_disk_on_the_server_fails_the_upload_and_leaves_the_old_file()
    {
        Skip.IfNot(SshdServer.CanChangeAccounts, NeedsNamespaces);
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await SshdFixture.StartAsync(new SshdSettings { SmallDiskMegabytes = 8 });
        await using var session = ground.Session(server.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var small = Path.Join(ground.Here, "small");
        FaultGround.WriteRandom(small, 1000);
        var destination = $"{server.SmallDisk}/file";
        Assert.True((await sftp.UploadAsync(small, destination, ground.Upload, null, ground.Token)).Success);
        var large = Path.Join(ground.Here, "large");
        FaultGround.WriteRandom(large, Large);

        var result = await sftp.UploadAsync(large, destination, ground.Upload, null, ground.Token);

        var error = Assert.Single(result.Errors);
        Assert.Equal(TransferErrorType.DiskFull, error.Type);
        Assert.Equal(SftpErrorCode.DiskFull, Assert.IsType<SftpException>(error.Exception).Code);
        var left = Assert.Single(await sftp.ListDirectoryAsync(server.SmallDisk, cancellationToken: ground.Token));
        Assert.Equal(("file", 1000), (left.Name, left.Size));
        Assert.Equal(0, session.ReconnectCount);
    }

    [SkippableFact]
    [Trait("Requirement", "NFR-030C-14")]
    public async Task A_full_disk_here_fails_the_download_and_leaves_the_old_file()
    {
        Skip.IfNot(SshdServer.CanChangeAccounts, NeedsNamespaces);
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        var large = Path.Join(ground.There, "large");
        FaultGround.WriteRandom(large, Large);
        const string Script =
            "mount -t tmpfs -o size=8m tmpfs \"$0\" && echo old >\"$0/file\" && { \"$@\"; ls -A \"$0\"; cat \"$0/file\"; }";

        var output = SshdServer.Run(
            "unshare",
            [
                "-m", "sh", "-c", Script, ground.Here,
                .. TransferProcess.Command(
                    sshd.ConnectionOptions(),
                    transport,
                    upload: false,
                    large,
                    Path.Join(ground.Here, "file"),
                    ground.ResumeManager.StateDirectory),
            ]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(4, output.Length);
        Assert.StartsWith("DiskFull ", output[0], StringComparison.Ordinal);
        Assert.StartsWith("False 0 ", output[1], StringComparison.Ordinal);
        Assert.Equal(["file", "old"], output[2..]);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_system_that_lets_few_files_be_open_gets_all_of_many_small_ones(bool upload)
    {
        Skip.IfNot(File.Exists("/bin/sh"), "It needs ulimit, of a POSIX shell.");
        const int count = 1500;
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        var (from, to) = upload ? (ground.Here, ground.There) : (ground.There, ground.Here);
        Directory.CreateDirectory(Path.Join(from, "many"));
        for (var i = 0; i < count; i++)
            await File.WriteAllTextAsync(Path.Join(from, "many", $"{i}"), $"{i}");

        var command = TransferProcess.Command(
            sshd.ConnectionOptions(),
            transport,
            upload,
            Path.Join(from, "many"),
            Path.Join(to, "many"),
            ground.ResumeManager.StateDirectory);
        var output = SshdServer.Run("/bin/sh", ["-c", "ulimit -n 200; exec \"$0\" \"$@\"", .. command]);

        Assert.StartsWith($"True {count} ", output, StringComparison.Ordinal);
        Assert.Equal(count, Directory.GetFiles(Path.Join(to, "many")).Length);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "SSH-30")]
    public async Task What_one_may_not_do_is_refused_with_its_path_and_changes_nothing(bool upload)
    {
        Skip.IfNot(SshdServer.CanChangeAccounts, "It needs an account without rights, which only root can make.");
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await SshdFixture.StartAsync(new SshdSettings { HasOwnAccount = true });
        foreach (var directory in (string[])[ground.Root, ground.There])
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await using var session = ground.Session(server.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var here = Path.Join(ground.Here, "file");
        var there = Path.Join(ground.There, "file");
        await File.WriteAllTextAsync(here, "here");
        await File.WriteAllTextAsync(there, "there");
        File.SetUnixFileMode(there, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var result = upload
            ? await sftp.UploadAsync(here, there, ground.Upload, null, ground.Token)
            : await sftp.DownloadAsync(there, here, ground.Download, null, ground.Token);

        var error = Assert.Single(result.Errors);
        Assert.Equal(TransferErrorType.PermissionDenied, error.Type);
        Assert.Contains(ground.There, Assert.IsType<SftpException>(error.Exception).Message, StringComparison.Ordinal);
        Assert.Equal(("here", "there"), (await File.ReadAllTextAsync(here), await File.ReadAllTextAsync(there)));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "SSH-30")]
    public async Task A_directory_at_the_destination_is_not_replaced_by_a_file(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        FaultGround.WriteRandom(source, 5_000_000);
        var destination = Path.Join(upload ? ground.There : ground.Here, "file");
        await File.WriteAllTextAsync(Path.Join(Directory.CreateDirectory(destination).FullName, "old"), "old");

        var result = upload
            ? await sftp.UploadAsync(source, destination, ground.Upload, null, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download, null, ground.Token);

        var error = Assert.IsType<SftpException>(Assert.Single(result.Errors).Exception);
        Assert.Equal(SftpErrorCode.AlreadyExists, error.Code);
        Assert.Contains("directory", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(Path.Join(destination, "old")));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_vanishes_before_its_turn_fails_and_the_others_arrive(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Directory.CreateDirectory(Path.Join(upload ? ground.Here : ground.There, "tree")).FullName;
        var destination = Path.Join(upload ? ground.There : ground.Here, "copy");
        for (var i = 0; i < 10; i++)
            FaultGround.WriteRandom(Path.Join(source, $"file{i}"), 1000, i);
        string? vanished = null;
        var observer = new Vanishing(file =>
        {
            var arrived = upload ? file.LocalPath : file.RemotePath;
            if (vanished is not null)
                return;
            vanished = Directory.EnumerateFiles(source).First(path => path != arrived && !File.Exists(Path.Join(destination, Path.GetFileName(path))));
            File.Delete(vanished);
        });

        var result = upload
            ? await sftp.UploadAsync(source, destination, ground.Upload with { Observer = observer }, null, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download with { Observer = observer, ParallelTransfers = 1 }, null, ground.Token);

        var error = Assert.Single(result.Errors);
        Assert.Equal((TransferErrorType.FileNotFound, vanished), (error.Type, error.Path));
        Assert.Equal(9, result.FilesTransferred);
        SshdServer.Run("diff", "-r", source, destination);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "NFR-030C-11")]
    public async Task A_source_that_shrinks_during_the_transfer_arrives_as_it_is_then(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        var shrunk = 0;

        var (result, source, destination) = await MoveChangingAsync(ground, upload, file =>
        {
            if (Interlocked.Exchange(ref shrunk, 1) == 0)
                file.SetLength(1000);
        });

        Assert.Equal(1, shrunk);
        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.Equal(1000, new FileInfo(destination).Length);
        Assert.Equal(FaultGround.Hash(source), FaultGround.Hash(destination));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "NFR-030C-11")]
    [Trait("Requirement", "NFR-030C-14")]
    public async Task A_source_that_never_holds_still_fails_and_the_old_file_stays(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));

        var (result, _, destination) = await MoveChangingAsync(ground, upload, file => file.SetLength(file.Length + 1));

        Assert.False(result.Success);
        Assert.Contains("changed", Assert.Single(result.Errors).ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(destination));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
    }

    private async Task<(TransferResult Result, string Source, string Destination)> MoveChangingAsync(
        FaultGround ground,
        bool upload,
        Action<FileStream> change)
    {
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        var destination = Path.Join(upload ? ground.There : ground.Here, "file");
        FaultGround.WriteRandom(source, Large);
        await File.WriteAllTextAsync(destination, "old");
        var progress = new Immediate(so =>
        {
            if (so.BytesTransferred == 0)
                return;
            using var file = File.Open(source, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            change(file);
        });
        var result = upload
            ? await sftp.UploadAsync(source, destination, ground.Upload with { BandwidthLimit = Large / 2 }, progress, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download with { BandwidthLimit = Large / 2 }, progress, ground.Token);
        return (result, source, destination);
    }

    private sealed class Vanishing(Action<TransferredFile> act) : ITransferObserver
    {
        public ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken = default)
        {
            if (transferEvent is TransferFileCompletedEvent completed)
                act(completed.File);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Immediate(Action<TransferProgress> act) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => act(value);
    }
}
