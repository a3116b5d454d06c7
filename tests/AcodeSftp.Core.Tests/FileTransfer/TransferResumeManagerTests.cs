using AcodeSftp.FileTransfer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public sealed class TransferResumeManagerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("acode-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    [Trait("Requirement", "UT-030C-03")]
    public async Task What_is_saved_is_found_by_another_process_and_cleared()
    {
        var state = State("/a", "sftp://h/a");
        await new TransferResumeManager(_directory).SaveResumeStateAsync(state);
        await new TransferResumeManager(_directory).SaveResumeStateAsync(state with { BytesTransferred = 7 });

        var other = new TransferResumeManager(_directory);
        Assert.Equal(state with { BytesTransferred = 7 }, await other.GetResumeStateAsync("/a", "sftp://h/a"));
        Assert.Null(await other.GetResumeStateAsync("/a", "sftp://h/b"));
        await other.ClearResumeStateAsync("/a", "sftp://h/a");
        await other.ClearResumeStateAsync("/a", "sftp://h/a");
        Assert.Null(await other.GetResumeStateAsync("/a", "sftp://h/a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    [InlineData("{\"SourcePath\":\"/a\"}")]
    [InlineData("{\"SourcePath\":\"/a\",\"DestinationPath\":\"sftp://h/a\",\"BytesTransferred\":9,\"TotalBytes\":3,\"PartialChecksum\":\"\",\"LastUpdated\":\"2026-01-01T00:00:00Z\"}")]
    public async Task A_damaged_file_counts_as_none_and_is_replaced(string damaged)
    {
        var manager = new TransferResumeManager(_directory);
        await manager.SaveResumeStateAsync(State("/a", "sftp://h/a"));
        var file = Assert.Single(Directory.EnumerateFiles(_directory, "*.resume.json"));
        File.WriteAllText(file, damaged);

        Assert.Null(await manager.GetResumeStateAsync("/a", "sftp://h/a"));
        await manager.SaveResumeStateAsync(State("/a", "sftp://h/a"));
        Assert.NotNull(await manager.GetResumeStateAsync("/a", "sftp://h/a"));
    }

    [Fact]
    public async Task What_is_old_is_not_given_and_is_swept_and_what_is_new_stays()
    {
        var manager = new TransferResumeManager(_directory, TimeSpan.FromDays(1));
        await manager.SaveResumeStateAsync(State("/new", "x"));
        await manager.SaveResumeStateAsync(State("/old", "x") with { LastUpdated = DateTimeOffset.UtcNow.AddDays(-2) });

        Assert.Null(await manager.GetResumeStateAsync("/old", "x"));
        await manager.SweepAsync();
        Assert.Single(Directory.EnumerateFiles(_directory, "*.resume.json"));
        Assert.NotNull(await manager.GetResumeStateAsync("/new", "x"));
    }

    [Fact]
    public async Task Many_writers_of_one_transfer_leave_one_whole_file()
    {
        var manager = new TransferResumeManager(_directory);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => manager.SaveResumeStateAsync(State("/a", "x") with { BytesTransferred = i })));

        Assert.InRange((await manager.GetResumeStateAsync("/a", "x"))!.BytesTransferred, 0, 49);
        Assert.Single(Directory.EnumerateFiles(_directory, "*.resume.json*"));
    }

    [SkippableFact]
    public async Task A_directory_that_cannot_be_written_is_an_error_of_ours()
    {
        Skip.IfNot(Directory.Exists("/proc/self"), "There is no directory here that nobody can write.");
        var manager = new TransferResumeManager("/proc/self/nothing");
        await Assert.ThrowsAsync<SftpException>(() => manager.SaveResumeStateAsync(State("/a", "x")));
        Assert.Null(await manager.GetResumeStateAsync("/a", "x"));
    }

    private static ResumeState State(string source, string destination) =>
        new(source, destination, 5, 100, "abc", DateTimeOffset.UtcNow) { SourceModified = DateTimeOffset.UnixEpoch };
}
