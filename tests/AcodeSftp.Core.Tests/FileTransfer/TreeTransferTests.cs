using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;
using static AcodeSftp.Core.Tests.FileTransfer.ChannelTests;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class TreeTransferTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_allows_one_open_handle_and_does_not_say_so_gets_one_at_a_time(bool upload)
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options =>
        {
            options.MaxOpenHandles = 1;
            options.Extensions.Remove("limits@openssh.com");
        });
        await using var _ = server;
        // More in one directory than the walk and the queue of the transfer hold between them.
        for (var i = 0; i < 3000; i++)
        {
            var content = System.Text.Encoding.ASCII.GetBytes($"content {i}");
            if (upload)
                server.WriteLocal($"tree/{i % 2}/{i}", content);
            else
                server.Host.WriteFile($"/home/user/tree/{i % 2}/{i}", content);
        }

        var result = upload
            ? await channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { ParallelTransfers = 4 }, null, server.Token)
            : await channel.DownloadAsync("tree", server.Local("tree"), server.Download, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors.Take(3)));
        Assert.Equal(3000, result.FilesTransferred);
        for (var i = 0; i < 3000; i++)
        {
            var arrived = upload
                ? server.Host.ReadFile($"/home/user/tree/{i % 2}/{i}")
                : await File.ReadAllBytesAsync(server.Local("tree", $"{i % 2}", $"{i}"));
            Assert.Equal($"content {i}", System.Text.Encoding.ASCII.GetString(arrived));
        }
    }

    [Fact]
    [Trait("Requirement", "FR-030C-23")]
    [Trait("Requirement", "FR-030C-24")]
    [Trait("Requirement", "FR-030C-46")]
    [Trait("Requirement", "FR-030C-47")]
    [Trait("Requirement", "AC-012")]
    [Trait("Requirement", "AC-013")]
    [Trait("Requirement", "AC-031")]
    [Trait("Requirement", "AC-032")]
    [Trait("Requirement", "AC-039")]
    [Trait("Requirement", "AC-040")]
    [Trait("Requirement", "NFR-030C-18")]
    [Trait("Requirement", "NFR-030C-19")]
    public async Task A_tree_comes_back_as_it_went()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var random = new Random(7);
        for (var i = 0; i < 150; i++)
        {
            var path = server.WriteLocal($"tree/{i % 7}/{i % 3}/file {i}", RandomBytes(random.Next(0, 20_000), i));
            File.SetLastWriteTimeUtc(path, new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(i));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, (UnixFileMode)(Mode("400") | (uint)(i & Mode("377"))));
        }

        Directory.CreateDirectory(server.Local("tree", "empty", "inside"));
        var shut = Directory.CreateDirectory(server.Local("tree", "0"));
        if (!OperatingSystem.IsWindows())
            shut.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        foreach (var directory in Directory.EnumerateDirectories(server.Local("tree"), "*", SearchOption.AllDirectories).Append(server.Local("tree")))
            Directory.SetLastWriteTimeUtc(directory, new DateTime(2019, 5, 6, 7, 8, 9, DateTimeKind.Utc));

        var up = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { ParallelTransfers = 4 }, null, server.Token);
        var down = await channel.DownloadAsync("tree", server.Local("back"), server.Download, null, server.Token);

        Assert.True(up.Success, string.Join("; ", up.Errors));
        Assert.True(down.Success, string.Join("; ", down.Errors));
        Assert.Empty(up.Warnings);
        Assert.Empty(down.Warnings);
        Assert.Equal((150, 150), (up.FilesTransferred, down.FilesTransferred));
        Assert.True(up.ChecksumVerified && down.ChecksumVerified);
        Assert.Equal(Describe(server.Local("tree")), Describe(server.Local("back")));
    }

    [Fact]
    public async Task A_tree_goes_into_a_directory_that_exists_and_leaves_the_rest_of_it_alone()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/sub/new", "new");
        server.Host.WriteFile("/home/user/tree/sub/old", "old");
        await channel.ChmodAsync("/home/user/tree/sub", Mode("750"), server.Token);

        var result = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.Equal(["new", "old"], server.Host.List("/home/user/tree/sub"));
        Assert.Equal(Mode("750"), server.Host.GetAttributes("/home/user/tree/sub")!.Permissions);
    }

    [Fact]
    public async Task Without_recursion_only_the_files_of_the_directory_itself_go()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/a");
        server.WriteLocal("tree/sub/b");

        var up = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { Recursive = false }, null, server.Token);
        server.Host.WriteFile("/home/user/tree/sub/b", "x");
        var down = await channel.DownloadAsync("tree", server.Local("back"), server.Download with { Recursive = false }, null, server.Token);

        Assert.Equal(1, up.FilesTransferred);
        Assert.Equal(1, down.FilesTransferred);
        Assert.False(Directory.Exists(server.Local("back", "sub")));
    }

    [Fact]
    public async Task One_file_that_fails_does_not_stop_the_others()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        for (var i = 0; i < 10; i++)
            server.Host.WriteFile($"/home/user/tree/{i}", "x");
        await channel.ChmodAsync("/home/user/tree/5", 0, server.Token);
        var observer = new RecordingObserver();

        var result = await channel.DownloadAsync("tree", server.Local("tree"), server.Download with { Observer = observer }, null, server.Token);

        Assert.False(result.Success);
        Assert.Equal(9, result.FilesTransferred);
        var error = Assert.Single(result.Errors);
        Assert.Equal("tree/5", error.Path);
        Assert.Equal(TransferErrorType.PermissionDenied, error.Type);
        Assert.Equal(9, observer.Events.OfType<TransferFileCompletedEvent>().Count());
        Assert.Equal(error, Assert.Single(observer.Events.OfType<TransferFileFailedEvent>()).Error);
        Assert.Empty(LocalLeftovers(server.Local("tree")));
    }

    [Fact]
    public async Task The_first_error_stops_the_transfer_when_asked_to()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        for (var i = 0; i < 300; i++)
            server.Host.WriteFile($"/home/user/tree/{i:000}", "x");
        await channel.ChmodAsync("/home/user/tree/005", 0, server.Token);

        var result = await channel.DownloadAsync(
            "tree",
            server.Local("tree"),
            server.Download with { StopOnFirstError = true, ParallelTransfers = 1 },
            null,
            server.Token);

        Assert.False(result.Success);
        Assert.InRange(result.FilesTransferred, 0, 50);
        Assert.Equal("tree/005", result.Errors[0].Path);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_created_is_reported_once_and_not_for_each_file()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/ok");
        for (var i = 0; i < 20; i++)
            server.WriteLocal($"tree/blocked/below/{i}");
        server.Host.WriteFile("/home/user/tree/blocked", "a file in the way");

        var result = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload, null, server.Token);

        Assert.Equal(1, result.FilesTransferred);
        Assert.Equal(server.Local("tree", "blocked"), Assert.Single(result.Errors).Path);
    }

    [Fact]
    public async Task Files_arrive_while_the_listing_still_goes_on()
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(5));
        await using var _ = server;
        // Each level is only known when the one above it has been listed.
        for (var i = 1; i <= 60; i++)
            server.Host.WriteFile($"/home/user/tree/{string.Concat(Enumerable.Repeat("d/", i))}file", "x");
        var arrived = 0;
        var arrivedBeforeLastListing = 0;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "OpenDir")
                arrivedBeforeLastListing = Volatile.Read(ref arrived);
        };
        var observer = new RecordingObserver
        {
            OnEvent = (told, _) =>
            {
                if (told is TransferFileCompletedEvent)
                    Interlocked.Increment(ref arrived);
                return Task.CompletedTask;
            },
        };

        var result = await channel.DownloadAsync("tree", server.Local("tree"), server.Download with { Observer = observer }, null, server.Token);

        Assert.Equal(60, result.FilesTransferred);
        Assert.InRange(arrivedBeforeLastListing, 1, 59);
    }

    [Theory]
    [InlineData(TransferDirection.Upload)]
    [InlineData(TransferDirection.Download)]
    [Trait("Requirement", "FR-030C-25")]
    [Trait("Requirement", "FR-030C-48")]
    [Trait("Requirement", "AC-014")]
    [Trait("Requirement", "AC-033")]
    public async Task A_glob_chooses_files_and_creates_only_the_directories_they_are_in(TransferDirection direction)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        foreach (var path in new[] { "a.dll", "a.txt", "sub/b.dll", "sub/deep/c.dll", "other/d.txt", "skip/e.dll" })
        {
            server.WriteLocal("from/" + path);
            server.Host.WriteFile("/home/user/from/" + path, "x");
        }

        IEnumerable<string> arrived;
        if (direction == TransferDirection.Upload)
        {
            var options = server.Upload with { GlobPattern = "**/*.dll", Exclude = ["skip"] };
            var result = await channel.UploadAsync(server.Local("from"), "to", options, null, server.Token);
            Assert.True(result.Success);
            arrived = (await channel.ListDirectoryAsync("to", true, server.Token)).Select(entry => entry.FullPath[3..]);
        }
        else
        {
            var options = server.Download with { GlobPattern = "**/*.dll", Exclude = ["skip"] };
            var result = await channel.DownloadAsync("from", server.Local("to"), options, null, server.Token);
            Assert.True(result.Success);
            arrived = Directory.EnumerateFileSystemEntries(server.Local("to"), "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(server.Local("to"), path));
        }

        Assert.Equal(["a.dll", "sub", "sub/b.dll", "sub/deep", "sub/deep/c.dll"], arrived.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Size_limits_refuse_a_large_file_and_stop_a_large_transfer()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/small", new byte[10]);
        server.WriteLocal("tree/large", new byte[1000]);
        for (var i = 0; i < 50; i++)
            server.WriteLocal($"many/{i}", new byte[100]);

        var file = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { MaxFileSize = 999 }, null, server.Token);
        var total = await channel.UploadAsync(server.Local("many"), "many", server.Upload with { MaxTotalSize = 1000 }, null, server.Token);

        Assert.Equal(1, file.FilesTransferred);
        Assert.Equal(server.Local("tree", "large"), Assert.Single(file.Errors).Path);
        Assert.False(total.Success);
        Assert.InRange(total.BytesTransferred, 0, 1000);
    }

    [Theory]
    [InlineData(SymbolicLinkHandling.Skip)]
    [InlineData(SymbolicLinkHandling.Follow)]
    [InlineData(SymbolicLinkHandling.Preserve)]
    [Trait("Requirement", "NFR-030C-20")]
    [Trait("Requirement", "UT-030C-15")]
    public async Task Links_are_skipped_followed_or_preserved_both_ways(SymbolicLinkHandling handling)
    {
        if (OperatingSystem.IsWindows())
            return;
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("outside/secret", "secret");
        server.WriteLocal("tree/dir/file", "in dir");
        File.CreateSymbolicLink(server.Local("tree", "to-file"), "dir/file");
        File.CreateSymbolicLink(server.Local("tree", "to-dir"), "dir");
        File.CreateSymbolicLink(server.Local("tree", "dir", "loop"), "..");
        File.CreateSymbolicLink(server.Local("tree", "out"), "../outside/secret");
        File.CreateSymbolicLink(server.Local("tree", "nowhere"), "nothing");

        var up = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { SymbolicLinks = handling }, null, server.Token);
        // What the first way left out is there for the way back.
        await channel.DeleteAsync("tree", true, server.Token);
        await channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { SymbolicLinks = SymbolicLinkHandling.Preserve }, null, server.Token);
        server.Host.WriteFile("/home/user/outside/secret", "secret");
        var down = await channel.DownloadAsync("tree", server.Local("back"), server.Download with { SymbolicLinks = handling }, null, server.Token);

        var entries = Directory.EnumerateFileSystemEntries(server.Local("back"), "*", new EnumerationOptions { RecurseSubdirectories = false })
            .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray();
        switch (handling)
        {
            case SymbolicLinkHandling.Skip:
                Assert.True(up.Success && down.Success);
                Assert.Equal((1, 1), (up.FilesTransferred, down.FilesTransferred));
                Assert.Equal(["dir"], entries);
                break;
            case SymbolicLinkHandling.Follow:
                Assert.Equal(["dir", "to-dir", "to-file"], entries);
                Assert.Equal((3, 3), (up.FilesTransferred, down.FilesTransferred));
                Assert.Equal("in dir", File.ReadAllText(server.Local("back", "to-dir", "file")));
                Assert.Null(new FileInfo(server.Local("back", "to-file")).LinkTarget);
                // Out of the tree, nowhere, and the loop, met twice.
                Assert.Equal((4, 4), (up.Errors.Count, down.Errors.Count));
                break;
            default:
                Assert.True(up.Success);
                Assert.Equal("tree/out", Assert.Single(down.Errors).Path);
                Assert.Equal(["dir", "nowhere", "to-dir", "to-file"], entries);
                Assert.Equal("dir", new FileInfo(server.Local("back", "to-dir")).LinkTarget);
                Assert.Equal("..", new FileInfo(server.Local("back", "dir", "loop")).LinkTarget);
                break;
        }
    }

    [Fact]
    [Trait("Requirement", "UT-030C-01")]
    public async Task A_download_writes_through_no_link_below_its_destination()
    {
        if (OperatingSystem.IsWindows())
            return;
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/tree/dir/file", "from the server");
        server.Host.WriteFile("/home/user/tree/name", "from the server");
        server.WriteLocal("precious/file", "precious");
        Directory.CreateDirectory(server.Local("tree"));
        File.CreateSymbolicLink(server.Local("tree", "dir"), server.Local("precious"));
        File.CreateSymbolicLink(server.Local("tree", "name"), server.Local("precious", "file"));

        var result = await channel.DownloadAsync("tree", server.Local("tree"), server.Download, null, server.Token);

        Assert.Equal("precious", File.ReadAllText(server.Local("precious", "file")));
        Assert.Equal("tree/dir", Assert.Single(result.Errors).Path);
        Assert.Equal("from the server", File.ReadAllText(server.Local("tree", "name")));
        Assert.Null(new FileInfo(server.Local("tree", "name")).LinkTarget);
    }

    [Fact]
    [Trait("Requirement", "FR-030C-63")]
    [Trait("Requirement", "AC-045")]
    public async Task A_batch_is_one_transfer()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        for (var i = 0; i < 5; i++)
            server.WriteLocal($"up/{i}", $"{i}");
        server.WriteLocal("tree/sub/file");
        var observer = new RecordingObserver();

        var up = await channel.UploadBatchAsync(
            Enumerable.Range(0, 5).Select(i => (server.Local("up", $"{i}"), $"files/{i}"))
                .Append((server.Local("tree"), "tree"))
                .Append((server.Local("missing"), "missing")),
            server.Upload with { Observer = observer },
            null,
            server.Token);
        var down = await channel.DownloadBatchAsync(
            Enumerable.Range(0, 5).Select(i => ($"files/{i}", server.Local("down", $"{i}"))),
            server.Download,
            null,
            server.Token);

        Assert.Equal(6, up.FilesTransferred);
        Assert.Equal(server.Local("missing"), Assert.Single(up.Errors).Path);
        Assert.True(server.Host.Exists("/home/user/tree/sub/file"));
        Assert.True(down.Success);
        Assert.Equal("3", File.ReadAllText(server.Local("down", "3")));
        Assert.Single(observer.Events.Select(told => told.TransferId).Distinct());
        Assert.IsType<TransferStartedEvent>(observer.Events[0]);
        Assert.IsType<TransferCompletedEvent>(observer.Events[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [Trait("Requirement", "FR-030C-64")]
    [Trait("Requirement", "FR-030C-65")]
    [Trait("Requirement", "AC-046")]
    [Trait("Requirement", "AC-047")]
    [Trait("Requirement", "UT-030C-13")]
    public async Task As_many_files_are_open_at_once_as_the_options_say(int parallel)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        for (var i = 0; i < 30; i++)
            server.Host.WriteFile($"/home/user/tree/{i}", RandomBytes(10_000));
        server.Host.Options.Latency = TimeSpan.FromMilliseconds(5);
        var open = 0;
        var most = 0;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Open")
                most = Math.Max(most, ++open);
            else if (request is { Name: "Close", Path: not "tree" })
                open--;
        };

        var result = await channel.DownloadAsync(
            "tree", server.Local("tree"), server.Download with { ParallelTransfers = parallel }, null, server.Token);

        Assert.Equal(30, result.FilesTransferred);
        Assert.Equal(4, new DownloadOptions().ParallelTransfers);
        Assert.Equal(parallel, most);
    }

    // Paths, types, sizes, hashes, permissions and times.
    private static List<string> Describe(string root)
    {
        var lines = new List<string>();
        foreach (var path in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Append(root).Order(StringComparer.Ordinal))
        {
            var isDirectory = Directory.Exists(path);
            var mode = OperatingSystem.IsWindows() ? 0 : (int)File.GetUnixFileMode(path);
            var content = isDirectory ? "directory" : Sha256(File.ReadAllBytes(path));
            lines.Add($"{Path.GetRelativePath(root, path)} {Convert.ToString(mode, 8)} {File.GetLastWriteTimeUtc(path):s} {content}");
        }

        return lines;
    }
}
