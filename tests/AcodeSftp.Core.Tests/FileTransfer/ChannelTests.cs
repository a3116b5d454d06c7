using AcodeSftp.FileTransfer;
using AcodeSftp.Files;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class ChannelTests
{
    [Fact]
    [Trait("Requirement", "FR-030C-07")]
    [Trait("Requirement", "FR-030C-08")]
    [Trait("Requirement", "AC-004")]
    public async Task Stat_tells_size_time_permissions_and_where_the_file_is()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a.txt", "four", Mode("640"));

        var info = await channel.StatAsync("/home/user/a.txt", server.Token);

        Assert.Equal(4, info.Size);
        Assert.Equal(Mode("640"), info.Permissions);
        Assert.Equal("-rw-r-----", info.Mode);
        Assert.InRange(info.Modified, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal("user@host:22", info.Authority);
        Assert.Equal(1, info.SessionId);
        Assert.Equal("sftp://user@host:22/home/user/a.txt", info.ToString());
    }

    [Fact]
    [Trait("Requirement", "FR-030C-09")]
    [Trait("Requirement", "FR-030C-10")]
    [Trait("Requirement", "FR-030C-11")]
    [Trait("Requirement", "AC-005")]
    [Trait("Requirement", "SFTP-011")]
    public async Task Exists_and_its_kin_tell_files_directories_and_nothing_apart()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/file", "x");
        server.Host.CreateDirectory("/home/user/directory");
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/dangling"), "nowhere", server.Token);

        Assert.True(await channel.ExistsAsync("/home/user/file", server.Token));
        Assert.True(await channel.ExistsAsync("/home/user/directory", server.Token));
        Assert.False(await channel.ExistsAsync("/home/user/missing", server.Token));
        Assert.False(await channel.ExistsAsync("/home/user/dangling", server.Token));
        Assert.True(await channel.IsFileAsync("/home/user/file", server.Token));
        Assert.False(await channel.IsFileAsync("/home/user/directory", server.Token));
        Assert.True(await channel.IsDirectoryAsync("/home/user/directory", server.Token));
        Assert.False(await channel.IsDirectoryAsync("/home/user/missing", server.Token));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-20")]
    public async Task ReadLink_gives_the_text_of_a_link_and_nothing_for_a_file()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/file", "x");
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/link"), "../user/file", server.Token);

        Assert.Equal("../user/file", await channel.ReadLinkAsync("/home/user/link", server.Token));
        Assert.Null(await channel.ReadLinkAsync("/home/user/file", server.Token));
        await ThrowsAsync(SftpErrorCode.NotFound, () => channel.ReadLinkAsync("/home/user/missing", server.Token));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-12")]
    [Trait("Requirement", "AC-006")]
    public async Task List_gives_every_entry_once_and_the_targets_of_links()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        for (var i = 0; i < 500; i++)
            server.Host.WriteFile($"/home/user/d/file{i}", "x");
        server.Host.CreateDirectory("/home/user/d/sub");
        for (var i = 0; i < 100; i++)
            await channel.FileSystem.CreateSymbolicLinkAsync(new($"/home/user/d/link{i}"), $"file{i}", server.Token);

        var list = await channel.ListDirectoryAsync("/home/user/d", cancellationToken: server.Token);

        Assert.Equal(601, list.Select(entry => entry.Name).Distinct().Count());
        Assert.Equal(601, list.Count);
        Assert.All(list.Where(entry => entry.IsSymlink), link => Assert.Equal("file" + link.Name[4..], link.LinkTarget));
        Assert.True(list.Single(entry => entry.Name == "sub").IsDirectory);
    }

    [Fact]
    [Trait("Requirement", "FR-030C-13")]
    [Trait("Requirement", "AC-007")]
    public async Task Recursive_list_descends_into_directories_and_not_into_links()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/d/1/2/3/deep", "x");
        server.Host.WriteFile("/home/user/d/top", "x");
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/d/1/loop"), "..", server.Token);

        var list = await channel.ListDirectoryAsync("/home/user/d", recursive: true, server.Token);

        Assert.Equal(
            ["/home/user/d/1", "/home/user/d/1/2", "/home/user/d/1/2/3", "/home/user/d/1/2/3/deep", "/home/user/d/1/loop", "/home/user/d/top"],
            list.Select(entry => entry.FullPath).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Recursive_list_keeps_a_bounded_number_of_listings_in_flight()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        for (var i = 0; i < 100; i++)
            server.Host.WriteFile($"/home/user/d/{i}/file", "x");
        server.Host.Options.Latency = TimeSpan.FromMilliseconds(20);
        var open = 0;
        var most = 0;
        server.Host.Options.OnRequest = request =>
        {
            // Each directory is opened once and its end is read once; a handle is closed when nobody waits for it.
            if (request.Name == "OpenDir")
                most = Math.Max(most, ++open);
            else if (request.Name == "Close")
                open--;
        };

        var list = await channel.ListDirectoryAsync("/home/user/d", recursive: true, server.Token);

        Assert.Equal(200, list.Count);
        Assert.InRange(most, 17, 65);
    }

    [Fact]
    public async Task Enumerate_of_a_missing_directory_says_that_it_is_missing()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        await ThrowsAsync(SftpErrorCode.NotFound, () => channel.ListDirectoryAsync("/home/user/none", true, server.Token));
    }

    [Fact]
    public async Task Enumerate_tells_of_an_unreadable_subdirectory_after_everything_else()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/d/open/a", "x");
        server.Host.WriteFile("/home/user/d/shut/b", "x");
        await channel.ChmodAsync("/home/user/d/shut", 0, server.Token);
        var seen = new List<string>();

        var error = await Assert.ThrowsAsync<SftpException>(async () =>
        {
            await foreach (var entry in channel.EnumerateAsync("/home/user/d", true, server.Token))
                seen.Add(entry.Name);
        });

        Assert.Equal(SftpErrorCode.PermissionDenied, error.Code);
        Assert.Equal("/home/user/d/shut", error.Path);
        Assert.Equal(["a", "open", "shut"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-14")]
    [Trait("Requirement", "FR-030C-15")]
    [Trait("Requirement", "AC-008")]
    [Trait("Requirement", "AC-009")]
    public async Task CreateDirectory_creates_one_or_all_that_are_missing()
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options => options.Umask = 0);
        await using var _ = server;

        await channel.CreateDirectoryAsync("/home/user/one", recursive: false, Mode("750"), server.Token);
        await channel.CreateDirectoryAsync("/home/user/a/b/c/d", cancellationToken: server.Token);
        await channel.CreateDirectoryAsync("/home/user/a/b/c/d", cancellationToken: server.Token);
        await channel.CreateDirectoryAsync("relative/below", cancellationToken: server.Token);

        Assert.Equal(Mode("750"), server.Host.GetAttributes("/home/user/one")!.Permissions);
        Assert.Equal(RemoteFileType.Directory, server.Host.GetAttributes("/home/user/a/b/c/d")!.FileType);
        Assert.True(server.Host.Exists("/home/user/relative/below"));
        await ThrowsAsync(SftpErrorCode.AlreadyExists, () => channel.CreateDirectoryAsync("/home/user/one", false, cancellationToken: server.Token));
        await ThrowsAsync(SftpErrorCode.NotFound, () => channel.CreateDirectoryAsync("/home/user/x/y", false, cancellationToken: server.Token));
    }

    [Fact]
    public async Task CreateDirectory_refuses_a_file_in_the_way()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/file", "x");

        await ThrowsAsync(SftpErrorCode.AlreadyExists, () => channel.CreateDirectoryAsync("/home/user/file", cancellationToken: server.Token));
        await Assert.ThrowsAsync<SftpException>(() => channel.CreateDirectoryAsync("/home/user/file/below", cancellationToken: server.Token));
    }

    [Fact]
    public async Task Many_may_create_the_same_directories_at_the_same_time()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.Options.Latency = TimeSpan.FromMilliseconds(2);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            channel.CreateDirectoryAsync($"/home/user/a/b/c/{i % 4}/e", cancellationToken: server.Token)));

        Assert.Equal(["0", "1", "2", "3"], server.Host.List("/home/user/a/b/c"));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-16")]
    [Trait("Requirement", "AC-010")]
    [Trait("Requirement", "SFTP-017")]
    public async Task Delete_removes_a_file_a_link_or_an_empty_directory_and_refuses_a_full_one()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/file", "x");
        server.Host.CreateDirectory("/home/user/empty");
        server.Host.WriteFile("/home/user/full/file", "x");
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/link"), "full", server.Token);

        await channel.DeleteAsync("/home/user/file", cancellationToken: server.Token);
        await channel.DeleteAsync("/home/user/empty", cancellationToken: server.Token);
        await channel.DeleteAsync("/home/user/link", cancellationToken: server.Token);
        await ThrowsAsync(SftpErrorCode.NotEmpty, () => channel.DeleteAsync("/home/user/full", cancellationToken: server.Token));
        await ThrowsAsync(SftpErrorCode.NotFound, () => channel.DeleteAsync("/home/user/none", cancellationToken: server.Token));

        Assert.Equal(["full"], server.Host.List("/home/user"));
        Assert.True(server.Host.Exists("/home/user/full/file"));
    }

    [Fact]
    [Trait("Requirement", "SFTP-016")]
    public async Task Recursive_delete_removes_a_tree_and_never_what_links_lead_to()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/kept/file", "x");
        for (var i = 0; i < 200; i++)
            server.Host.WriteFile($"/home/user/tree/{i % 10}/{i % 3}/{i}", "x");
        server.Host.CreateDirectory("/home/user/tree/empty");
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/tree/1/link"), "/home/user/kept", server.Token);

        await channel.DeleteAsync("/home/user/tree", recursive: true, server.Token);

        Assert.Equal(["kept"], server.Host.List("/home/user"));
        Assert.True(server.Host.Exists("/home/user/kept/file"));
    }

    [Fact]
    public async Task Recursive_delete_removes_what_it_can_and_reports_what_it_cannot()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/tree/a/file", "x");
        server.Host.WriteFile("/home/user/tree/b/file", "x");
        await channel.ChmodAsync("/home/user/tree/b", Mode("555"), server.Token);

        await ThrowsAsync(SftpErrorCode.PermissionDenied, () => channel.DeleteAsync("/home/user/tree", true, server.Token));

        Assert.Equal(["b"], server.Host.List("/home/user/tree"));
        Assert.True(server.Host.Exists("/home/user/tree/b/file"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-17")]
    [Trait("Requirement", "SFTP-018")]
    public async Task Rename_refuses_or_replaces_as_it_is_told(bool posixRename)
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options => Without(options, posixRename));
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "a");
        server.Host.WriteFile("/home/user/b", "b");

        var error = await ThrowsAsync(SftpErrorCode.AlreadyExists, () => channel.RenameAsync("/home/user/a", "/home/user/b", cancellationToken: server.Token));
        Assert.Equal("/home/user/b", error.Path);
        await channel.RenameAsync("/home/user/a", "/home/user/c", cancellationToken: server.Token);
        await channel.RenameAsync("/home/user/c", "/home/user/b", overwrite: true, server.Token);

        Assert.Equal("a"u8.ToArray(), server.Host.ReadFile("/home/user/b"));
        Assert.Equal(["b"], server.Host.List("/home/user"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rename_never_replaces_a_directory_by_a_file(bool posixRename)
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options => Without(options, posixRename));
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "a");
        server.Host.WriteFile("/home/user/d/file", "x");

        await ThrowsAsync(SftpErrorCode.AlreadyExists, () => channel.RenameAsync("/home/user/a", "/home/user/d", true, server.Token));

        Assert.Equal(["a", "d"], server.Host.List("/home/user"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "SFTP-019")]
    public async Task Copy_makes_a_second_file_with_the_same_content_bits_and_times(bool copyData)
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options =>
        {
            if (!copyData)
                options.Extensions.Remove(SftpExtensions.CopyData);
        });
        await using var _ = server;
        var content = EmbeddedServer.RandomBytes(2_500_000);
        server.Host.WriteFile("/home/user/a", content, Mode("600"));
        server.Host.WriteFile("/home/user/b", "old");

        await ThrowsAsync(SftpErrorCode.AlreadyExists, () => channel.CopyAsync("/home/user/a", "/home/user/b", false, server.Token));
        await channel.CopyAsync("/home/user/a", "/home/user/b", overwrite: true, server.Token);

        Assert.Equal(content, server.Host.ReadFile("/home/user/b"));
        Assert.Equal(server.Host.GetAttributes("/home/user/a")!.Permissions, server.Host.GetAttributes("/home/user/b")!.Permissions);
        Assert.Equal(server.Host.GetAttributes("/home/user/a")!.Modified, server.Host.GetAttributes("/home/user/b")!.Modified);
        Assert.Equal(["a", "b"], server.Host.List("/home/user"));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-18")]
    public async Task Chmod_sets_the_bits_and_refuses_more_than_there_are()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "a");

        await channel.ChmodAsync("/home/user/a", Mode("701"), server.Token);

        Assert.Equal(Mode("701"), server.Host.GetAttributes("/home/user/a")!.Permissions);
        await ThrowsAsync(SftpErrorCode.InvalidArgument, () => channel.ChmodAsync("/home/user/a", Mode("17777"), server.Token));
    }

    [Fact]
    [Trait("Requirement", "SFTP-013")]
    public async Task A_directory_stays_when_its_last_file_is_deleted()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        await channel.CreateDirectoryAsync("sub", cancellationToken: server.Token);
        server.Host.WriteFile("/home/user/sub/a", "a");

        await channel.DeleteAsync("sub/a", cancellationToken: server.Token);

        Assert.True(await channel.IsDirectoryAsync("sub", server.Token));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-19")]
    public async Task Chown_sets_owner_and_group_where_the_account_may()
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options => options.UserId = 0);
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "a");

        await channel.ChownAsync("/home/user/a", 12, 34, server.Token);

        var attributes = server.Host.GetAttributes("/home/user/a")!;
        Assert.Equal((12u, 34u), (attributes.UserId, attributes.GroupId));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-06")]
    [Trait("Requirement", "FR-030C-05")]
    public async Task A_disposed_channel_goes_back_to_its_session_and_takes_no_more_work()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;

        await channel.DisposeAsync();
        await channel.DisposeAsync();

        Assert.False(channel.IsConnected);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => channel.StatAsync("/", server.Token));
    }

    internal static uint Mode(string octal) => Convert.ToUInt32(octal, 8);

    internal static async Task<SftpException> ThrowsAsync(SftpErrorCode code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<SftpException>(action);
        Assert.True(code == error.Code, $"{code} expected, but: {error.Code}: {error.Message}");
        return error;
    }

    private static void Without(AcodeSftp.Protocol.Embedded.EmbeddedHostOptions options, bool posixRename)
    {
        if (!posixRename)
            options.Extensions.Remove(SftpExtensions.PosixRename);
    }
}
