using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>Single files, both ways, over a real server.</summary>
public abstract class RealTransferTests(SshdFixture sshd, string transport)
{
    private const int Size = 5_000_001;

    [SkippableFact]
    [Trait("Requirement", "IT-030C-01")]
    [Trait("Requirement", "IT-030C-09")]
    [Trait("Requirement", "NFR-030C-16")]
    public async Task A_file_is_uploaded_with_its_time_and_mode_and_compared_by_checksum()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        var source = Path.Join(ground.Here, "file");
        var destination = Path.Join(ground.There, "new", "directory", "file");
        var checksum = FaultGround.WriteRandom(source, Size);
        SetApart(source);

        var result = await MoveAsync(ground, upload: true, source, destination);

        RequireArrived(result, checksum, source, destination);
    }

    [SkippableFact]
    [Trait("Requirement", "IT-030C-02")]
    [Trait("Requirement", "IT-030C-09")]
    [Trait("Requirement", "NFR-030C-16")]
    public async Task A_file_is_downloaded_with_its_time_and_mode_and_compared_by_checksum()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        var source = Path.Join(ground.There, "file");
        var destination = Path.Join(ground.Here, "new", "directory", "file");
        var checksum = FaultGround.WriteRandom(source, Size);
        SetApart(source);

        var result = await MoveAsync(ground, upload: false, source, destination);

        RequireArrived(result, checksum, source, destination);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "IT-030C-15")]
    [Trait("Requirement", "SSH-31")]
    public async Task Progress_grows_to_all_of_the_file_at_about_the_rate_that_it_moves(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        FaultGround.WriteRandom(source, Size);
        var told = new List<TransferProgress>();

        var result = await MoveAsync(
            ground, upload, source, Path.Join(upload ? ground.There : ground.Here, "file"), new Immediate(told.Add), limit: Size / 3);

        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.InRange(told.Count, 3, 60);
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.First.BytesTransferred <= pair.Second.BytesTransferred));
        Assert.All(told, progress => Assert.InRange(progress.BytesTransferred, 0, Size));
        var last = told[^1];
        Assert.Equal((Size, Size, 100), (last.BytesTransferred, last.TotalBytes, (int)last.Percent));
        // The limit is what it moves at; the rate told on the way is a mean over seconds.
        var middle = told.Last(progress => progress.BytesTransferred < Size);
        Assert.InRange(middle.BytesPerSecond, Size / 6, Size);
    }

    private async Task<TransferResult> MoveAsync(
        FaultGround ground,
        bool upload,
        string source,
        string destination,
        IProgress<TransferProgress>? progress = null,
        long? limit = null)
    {
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        return upload
            ? await sftp.UploadAsync(source, destination, ground.Upload with { BandwidthLimit = limit }, progress, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download with { BandwidthLimit = limit }, progress, ground.Token);
    }

    private static void SetApart(string path)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
    }

    private static void RequireArrived(TransferResult result, string checksum, string source, string destination)
    {
        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.True(result.ChecksumVerified);
        Assert.False(result.WasResumed);
        Assert.Equal(checksum, Assert.Single(result.Files).Checksum);
        Assert.Equal(checksum, FaultGround.Hash(destination));
        Assert.Equal(File.GetUnixFileMode(source), File.GetUnixFileMode(destination));
        Assert.Equal(File.GetLastWriteTimeUtc(source), File.GetLastWriteTimeUtc(destination));
        Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(destination)!).Select(Path.GetFileName));
    }

    private sealed class Immediate(Action<TransferProgress> act) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => act(value);
    }
}
