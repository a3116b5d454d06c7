using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class RequiredChecksumTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_whose_checksum_the_server_does_not_compute_fails_and_leaves_the_destination_alone(bool upload)
    {
        var (server, channel) = await StartAsync(options => options.RefuseCommands = true);
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "there"u8.ToArray());
        var local = server.WriteLocal("d/a", "here");

        var result = upload
            ? await channel.UploadAsync(local, "a", server.Upload with { RequireChecksum = true }, null, server.Token)
            : await channel.DownloadAsync("a", local, server.Download with { RequireChecksum = true }, null, server.Token);

        var error = Assert.IsType<SftpException>(Assert.Single(result.Errors).Exception);
        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
        Assert.NotNull(error.Advice);
        Assert.Equal("there"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        Assert.Equal("here", File.ReadAllText(local));
        Assert.Single(Directory.GetFiles(server.Local("d")));
        Assert.Single(await channel.ListDirectoryAsync("/home/user", false, server.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_whose_checksum_is_computed_arrives(bool upload)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "there"u8.ToArray());
        var local = server.WriteLocal("d/a", "here");

        var result = upload
            ? await channel.UploadAsync(local, "a", server.Upload with { RequireChecksum = true }, null, server.Token)
            : await channel.DownloadAsync("a", local, server.Download with { RequireChecksum = true }, null, server.Token);

        Assert.True(result.Success && result.ChecksumVerified);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_nothing_is_to_be_verified_the_result_says_that_nothing_was(bool upload)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "there"u8.ToArray());
        var local = server.WriteLocal("d/a", "here");

        var result = upload
            ? await channel.UploadAsync(local, "a", server.Upload with { VerifyChecksum = false, VerifySize = false }, null, server.Token)
            : await channel.DownloadAsync("a", local, server.Download with { VerifyChecksum = false, VerifySize = false }, null, server.Token);

        Assert.Equal(TransferVerification.None, Assert.Single(result.Files).Verification);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Links_that_are_left_out_are_told_and_the_result_names_its_host(bool upload)
    {
        Skip.If(OperatingSystem.IsWindows(), "Links take a privilege there.");
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/a", "a");
        File.CreateSymbolicLink(server.Local("tree", "link"), "a");
        var observer = new RecordingObserver();
        await channel.UploadAsync(server.Local("tree"), "there", server.Upload with { SymbolicLinks = SymbolicLinkHandling.Preserve }, null, server.Token);

        var result = upload
            ? await channel.UploadAsync(server.Local("tree"), "again", server.Upload with { Observer = observer }, null, server.Token)
            : await channel.DownloadAsync("there", server.Local("back"), server.Download with { Observer = observer }, null, server.Token);

        Assert.EndsWith("/link", Assert.Single(observer.Events.OfType<TransferLinkSkippedEvent>()).Path, StringComparison.Ordinal);
        Assert.Equal(1, result.FilesTransferred);
        Assert.StartsWith("user@", result.Authority, StringComparison.Ordinal);
    }
}
