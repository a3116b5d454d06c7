using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;
using static AcodeSftp.Core.Tests.FileTransfer.ChannelTests;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class DownloadTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(131_072)]
    [InlineData(3_000_001)]
    [Trait("Requirement", "FR-030C-44")]
    [Trait("Requirement", "FR-030C-45")]
    [Trait("Requirement", "FR-030C-55")]
    [Trait("Requirement", "FR-030C-56")]
    [Trait("Requirement", "AC-030")]
    public async Task Download_puts_the_content_times_and_permissions_in_place(int size)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var content = RandomBytes(size);
        server.Host.WriteFile("/home/user/a", content, Mode("750"));
        var time = new DateTimeOffset(2020, 2, 3, 4, 5, 6, TimeSpan.Zero);
        await channel.FileSystem.SetAttributesAsync(new("/home/user/a"), new() { Modified = time, Accessed = time }, server.Token);

        var result = await channel.DownloadAsync("a", server.Local("x", "b"), server.Download, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.Equal(content, File.ReadAllBytes(server.Local("x", "b")));
        Assert.Equal(time.UtcDateTime, File.GetLastWriteTimeUtc(server.Local("x", "b")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(Mode("750"), (uint)File.GetUnixFileMode(server.Local("x", "b")));
        var file = Assert.Single(result.Files);
        Assert.Equal((Sha256(content), TransferVerification.Checksum), (file.Checksum, file.Verification));
        Assert.True(result.ChecksumVerified);
        Assert.Empty(LocalLeftovers(server.Local("x")));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-58")]
    [Trait("Requirement", "FR-030C-59")]
    [Trait("Requirement", "AC-041")]
    [Trait("Requirement", "AC-042")]
    public async Task Download_replaces_the_destination_in_one_step_and_its_temporary_file_is_private()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", RandomBytes(2_000_000));
        var local = server.WriteLocal("d/a", "old");
        var seen = new List<(string Content, int Others)>();
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name != "Read")
                return;
            var temporary = Assert.Single(LocalLeftovers(server.Local("d")));
            var mode = OperatingSystem.IsWindows() ? 0 : (uint)File.GetUnixFileMode(server.Local("d", temporary));
            seen.Add((File.ReadAllText(local), (int)(mode & Mode("77"))));
        };

        var result = await channel.DownloadAsync("a", local, server.Download, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.NotEmpty(seen);
        Assert.All(seen, at => Assert.Equal(("old", 0), at));
        Assert.Equal(2_000_000, new FileInfo(local).Length);
        Assert.Equal(["a"], Directory.EnumerateFileSystemEntries(server.Local("d")).Select(Path.GetFileName));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-54")]
    public async Task Download_refuses_to_replace_when_it_is_told_so()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "new");
        var local = server.WriteLocal("a", "old");

        var result = await channel.DownloadAsync("a", local, server.Download with { Overwrite = false }, null, server.Token);

        Assert.Equal(SftpErrorCode.AlreadyExists, ((SftpException)Assert.Single(result.Errors).Exception!).Code);
        Assert.Equal("old", File.ReadAllText(local));
    }

    [Fact]
    public async Task Without_overwrite_the_commit_itself_refuses_a_file_that_came_meanwhile()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "new");
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Read")
                server.WriteLocal("d/a", "somebody else's");
        };

        var result = await channel.DownloadAsync("a", server.Local("d", "a"), server.Download with { Overwrite = false }, null, server.Token);

        Assert.Equal(SftpErrorCode.AlreadyExists, ((SftpException)Assert.Single(result.Errors).Exception!).Code);
        Assert.Equal("somebody else's", File.ReadAllText(server.Local("d", "a")));
        Assert.Empty(LocalLeftovers(server.Local("d")));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-57")]
    public async Task Download_creates_missing_parents_or_leaves_that_alone()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "new");

        var created = await channel.DownloadAsync("a", server.Local("x", "y", "a"), server.Download, null, server.Token);
        var refused = await channel.DownloadAsync(
            "a", server.Local("p", "q", "a"), server.Download with { CreateParentDirectories = false }, null, server.Token);

        Assert.True(created.Success);
        Assert.Equal(TransferErrorType.FileNotFound, Assert.Single(refused.Errors).Type);
        Assert.False(Directory.Exists(server.Local("p")));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-61")]
    [Trait("Requirement", "AC-043")]
    public async Task A_checksum_that_differs_fails_and_leaves_the_old_file()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "new");
        server.Host.AddReply("sha256sum < *", new Protocol.Embedded.EmbeddedReply(new string('0', 64) + "  -\n"));
        var local = server.WriteLocal("d/a", "old");

        var result = await channel.DownloadAsync("a", local, server.Download, null, server.Token);

        Assert.Equal(TransferErrorType.ChecksumMismatch, Assert.Single(result.Errors).Type);
        Assert.Equal(2, server.Host.CommandsRun.Count(command => command == "sha256sum < '/home/user/a'"));
        Assert.Equal("old", File.ReadAllText(local));
        Assert.Empty(LocalLeftovers(server.Local("d")));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-60")]
    public async Task A_refused_read_is_told_and_leaves_nothing()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "new", Mode("0"));
        Directory.CreateDirectory(server.Local("d"));

        var result = await channel.DownloadAsync("a", server.Local("d", "a"), server.Download, null, server.Token);

        Assert.Equal(TransferErrorType.PermissionDenied, Assert.Single(result.Errors).Type);
        Assert.Empty(Directory.EnumerateFileSystemEntries(server.Local("d")));
    }

    [Fact]
    public async Task A_missing_source_is_thrown()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        await ThrowsAsync(SftpErrorCode.NotFound, () => channel.DownloadAsync("none", server.Local("a"), server.Download, null, server.Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_source_that_grows_once_is_fetched_again_and_one_that_goes_on_growing_is_an_error(int times)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", RandomBytes(300_000));
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Read" && times-- > 0)
                server.Host.AppendFile("/home/user/a", RandomBytes(100));
        };

        var result = await channel.DownloadAsync("a", server.Local("d", "a"), server.Download, null, server.Token);

        if (times < 0)
        {
            Assert.True(result.Success, string.Join("; ", result.Errors));
            Assert.Equal(server.Host.ReadFile("/home/user/a"), File.ReadAllBytes(server.Local("d", "a")));
        }
        else
        {
            Assert.Contains("changed while", Assert.Single(result.Errors).ErrorMessage, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(server.Local("d")));
        }
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../escape")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("nul\0")]
    [Trait("Requirement", "UT-030C-01")]
    public void A_name_that_is_no_single_component_is_never_joined_to_a_path(string name)
    {
        Assert.NotNull(LocalPaths.WhyNot(name, windows: false));
        Assert.Equal(SftpErrorCode.InvalidArgument, Assert.Throws<SftpException>(() => LocalPaths.Combine(Path.GetTempPath(), name)).Code);
    }

    [Theory]
    [InlineData("CON")]
    [InlineData("nul.txt")]
    [InlineData("com1 .log")]
    [InlineData("LPT¹")]
    [InlineData("a:b")]
    [InlineData("a\\b")]
    [InlineData("end.")]
    [InlineData("end ")]
    [InlineData("a\nb")]
    public void Windows_does_not_get_the_names_it_takes_for_something_else(string name)
    {
        Assert.NotNull(LocalPaths.WhyNot(name, windows: true));
        Assert.Null(LocalPaths.WhyNot(name, windows: false));
    }

    [Theory]
    [InlineData("file", 0, true)]
    [InlineData("dir/file", 0, true)]
    [InlineData("../file", 1, true)]
    [InlineData("./../file", 1, true)]
    [InlineData("../file", 0, false)]
    [InlineData("../../file", 1, false)]
    [InlineData("dir/../file", 1, false)]
    [InlineData("/etc/passwd", 5, false)]
    [InlineData("", 5, false)]
    public void A_link_is_created_only_where_it_cannot_lead_out(string target, int depth, bool isInside) =>
        Assert.Equal(isInside, LocalPaths.StaysInside(target, depth));

    [SkippableFact]
    public async Task A_name_that_is_not_utf8_is_an_error_and_not_another_name()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows names are UTF-16.");
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/tree/good", "x");
        server.Host.WriteFile("/home/user/tree/bad\udcff", "x");

        var result = await channel.DownloadAsync("tree", server.Local("tree"), server.Download, null, server.Token);

        Assert.Equal(1, result.FilesTransferred);
        Assert.Contains("UTF-8", Assert.Single(result.Errors).ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(["good"], Directory.EnumerateFileSystemEntries(server.Local("tree")).Select(Path.GetFileName));
    }
}
