using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Tests.Embedded;

/// <summary>Every request of the draft and every extension, through the real client and the real wire format.</summary>
public sealed class FileOperationTests : EmbeddedHostTest
{
    [Fact]
    public async Task The_server_tells_version_extensions_and_limits()
    {
        Assert.Equal(3, Files.Server.ProtocolVersion);
        Assert.True(Files.Server.Supports(SftpExtensions.PosixRename));
        Assert.False(Files.Server.Supports("unknown@example.org"));
        Assert.Equal(new SftpServerLimits(262144, 261120, 261120, 1000), Files.Server.Limits);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Stat_follows_links_and_lstat_does_not()
    {
        Host.WriteFile("/tmp/file", "12345", permissions: 0x180);
        await Files.CreateSymbolicLinkAsync(P("/tmp/link"), "file", Token);

        var file = await Files.StatAsync(P("/tmp/link"), Token);
        var link = await Files.LStatAsync(P("/tmp/link"), Token);

        Assert.Equal((5L, 0x180u, RemoteFileType.RegularFile), (file.Size, file.Permissions, file.FileType));
        Assert.Equal((1000u, 1000u), (file.UserId, file.GroupId));
        Assert.Equal(RemoteFileType.SymbolicLink, link.FileType);
        Assert.Equal("file", await Files.ReadLinkAsync(P("/tmp/link"), Token));
    }

    [Fact]
    public async Task A_loop_of_links_is_not_found()
    {
        await Files.CreateSymbolicLinkAsync(P("/tmp/a"), "b", Token);
        await Files.CreateSymbolicLinkAsync(P("/tmp/b"), "/tmp/a", Token);

        await ThrowsAsync(SftpErrorCode.NotFound, () => Files.StatAsync(P("/tmp/a"), Token));
    }

    [Fact]
    public async Task Attributes_are_set_by_path_and_by_handle()
    {
        var time = new DateTimeOffset(2020, 2, 29, 12, 0, 1, TimeSpan.Zero);
        await using var file = await Files.OpenAsync(P("/tmp/file"), RemoteOpenFlags.Write | RemoteOpenFlags.Create, null, Token);

        await Files.SetAttributesAsync(P("/tmp/file"), new RemoteFileAttributes { Mode = 0x1ED }, Token);
        await file.SetAttributesAsync(new RemoteFileAttributes { Size = 100, Accessed = time, Modified = time }, Token);

        var attributes = await file.GetAttributesAsync(Token);
        Assert.Equal((100L, 0x1EDu, time), (attributes.Size, attributes.Permissions, attributes.Modified));
        Assert.Equal(new byte[100], Host.ReadFile("/tmp/file"));
    }

    [Fact]
    public async Task Lsetstat_changes_a_link_and_not_its_target()
    {
        Host.WriteFile("/tmp/file", "");
        await Files.CreateSymbolicLinkAsync(P("/tmp/link"), "file", Token);
        var time = DateTimeOffset.FromUnixTimeSeconds(1_000_000);

        await Files.SetLinkAttributesAsync(P("/tmp/link"), new RemoteFileAttributes { Accessed = time, Modified = time }, Token);

        Assert.Equal(time, (await Files.LStatAsync(P("/tmp/link"), Token)).Modified);
        Assert.NotEqual(time, (await Files.StatAsync(P("/tmp/link"), Token)).Modified);
    }

    [Fact]
    public async Task A_new_file_gets_the_asked_permissions_less_the_umask()
    {
        await using var file = await Files.OpenAsync(
            P("/tmp/file"), RemoteOpenFlags.Write | RemoteOpenFlags.Create, new RemoteFileAttributes { Mode = 0x1FF }, Token);

        Assert.Equal(0x1EDu, Host.GetAttributes("/tmp/file")?.Permissions);
    }

    [Fact]
    public async Task Exclusive_creation_refuses_a_file_that_exists()
    {
        Host.WriteFile("/tmp/file", "old");
        const RemoteOpenFlags Exclusive = RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive;

        await ThrowsAsync(SftpErrorCode.Unknown, () => Files.OpenAsync(P("/tmp/file"), Exclusive, null, Token));

        Assert.Equal("old"u8.ToArray(), Host.ReadFile("/tmp/file"));
    }

    [Fact]
    public async Task Appending_ignores_the_offset()
    {
        Host.WriteFile("/tmp/file", "one,");
        await using var file = await Files.OpenAsync(P("/tmp/file"), RemoteOpenFlags.Write | RemoteOpenFlags.Append, null, Token);

        await file.WriteRangeAsync(0, long.MaxValue, SourceOf("two"u8.ToArray()), null, Token);

        Assert.Equal("one,two"u8.ToArray(), Host.ReadFile("/tmp/file"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(2500)]
    public async Task A_listing_has_every_entry_once_without_dots(int count)
    {
        for (var i = 0; i < count; i++)
            Host.WriteFile($"/tmp/list/{i:d5}", "");
        Host.CreateDirectory("/tmp/list");
        var names = new List<string>();

        await foreach (var entry in Files.ReadDirectoryAsync(P("/tmp/list"), Token))
            names.Add(entry.Name);

        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i:d5}"), names);
    }

    [Fact]
    public async Task Listing_a_large_directory_at_a_distance_takes_few_round_trips()
    {
        for (var i = 0; i < 3000; i++)
            Host.WriteFile($"/tmp/list/{i}", "");
        Host.Options.Latency = TimeSpan.FromMilliseconds(150);
        var started = DateTime.UtcNow;
        var count = 0;

        await foreach (var _ in Files.ReadDirectoryAsync(P("/tmp/list"), Token))
            count++;

        // 31 answers one after the other would take 4.65 s.
        Assert.Equal(3000, count);
        Assert.InRange((DateTime.UtcNow - started).TotalSeconds, 0, 3);
    }

    [Fact]
    public async Task A_listing_that_is_left_early_closes_its_handle()
    {
        Host.Options.MaxOpenHandles = 1;
        for (var i = 0; i < 500; i++)
            Host.WriteFile($"/tmp/list/{i}", "");

        for (var round = 0; round < 5; round++)
        {
            await foreach (var _ in Files.ReadDirectoryAsync(P("/tmp/list"), Token))
                break;
        }
    }

    [Fact]
    public async Task Directories_are_made_and_removed_only_when_empty()
    {
        await Files.CreateDirectoryAsync(P("/tmp/dir"), 0x1C0, Token);
        Host.WriteFile("/tmp/dir/file", "");

        await ThrowsAsync(SftpErrorCode.Unknown, () => Files.CreateDirectoryAsync(P("/tmp/dir"), null, Token));
        await ThrowsAsync(SftpErrorCode.Unknown, () => Files.RemoveDirectoryAsync(P("/tmp/dir"), Token));
        await ThrowsAsync(SftpErrorCode.Unknown, () => Files.RemoveFileAsync(P("/tmp/dir"), Token));
        Assert.Equal(0x1C0u, Host.GetAttributes("/tmp/dir")?.Permissions);

        await Files.RemoveFileAsync(P("/tmp/dir/file"), Token);
        await Files.RemoveDirectoryAsync(P("/tmp/dir"), Token);
        Assert.False(Host.Exists("/tmp/dir"));
    }

    [Fact]
    public async Task A_plain_rename_refuses_and_a_posix_rename_replaces_the_destination()
    {
        Host.WriteFile("/tmp/new", "new");
        Host.WriteFile("/tmp/old", "old");

        await ThrowsAsync(SftpErrorCode.Unknown, () => Files.RenameAsync(P("/tmp/new"), P("/tmp/old"), Token));
        Assert.Equal("old"u8.ToArray(), Host.ReadFile("/tmp/old"));

        await Files.PosixRenameAsync(P("/tmp/new"), P("/tmp/old"), Token);
        Assert.Equal("new"u8.ToArray(), Host.ReadFile("/tmp/old"));
        Assert.False(Host.Exists("/tmp/new"));
    }

    [Fact]
    public async Task A_directory_cannot_be_moved_into_itself()
    {
        Host.CreateDirectory("/tmp/a/b");

        await ThrowsAsync(SftpErrorCode.Unknown, () => Files.RenameAsync(P("/tmp/a"), P("/tmp/a/b/c"), Token));

        Assert.True(Host.Exists("/tmp/a/b"));
    }

    [Fact]
    public async Task A_hard_link_is_the_same_file()
    {
        Host.WriteFile("/tmp/file", "old");
        await Files.CreateHardLinkAsync(P("/tmp/file"), P("/tmp/other"), Token);
        await WriteAllAsync("/tmp/file", "new"u8.ToArray());

        await Files.RemoveFileAsync(P("/tmp/file"), Token);

        Assert.Equal("new"u8.ToArray(), Host.ReadFile("/tmp/other"));
    }

    [Theory]
    [InlineData(".", "/home/user")]
    [InlineData("a/../b", "/home/user/b")]
    [InlineData("/tmp/./x//", "/tmp/x")]
    [InlineData("/../..", "/")]
    public async Task Paths_are_resolved_from_the_home_directory(string path, string resolved)
    {
        Host.CreateDirectory("/home/user/a");

        Assert.Equal(resolved, (await Files.RealPathAsync(P(path), Token)).Value);
    }

    [Theory]
    [InlineData("~", "/home/user")]
    [InlineData("~/x", "/home/user/x")]
    [InlineData("~user/x", "/home/user/x")]
    [InlineData("/~", "/~")]
    public async Task A_tilde_is_expanded(string path, string expanded) =>
        Assert.Equal(expanded, (await Files.ExpandPathAsync(P(path), Token)).Value);

    [Fact]
    public async Task Home_directory_and_owner_names_are_looked_up()
    {
        Assert.Equal("/home/user", (await Files.GetHomeDirectoryAsync("", Token)).Value);
        await ThrowsAsync(SftpErrorCode.NotFound, () => Files.GetHomeDirectoryAsync("nobody", Token));

        var names = await Files.GetOwnerNamesAsync([1000, 0, 7], [1000], Token);
        Assert.Equal(["user", "root", ""], names.Users);
        Assert.Equal(["user"], names.Groups);
    }

    [Fact]
    public async Task File_system_statistics_count_what_is_stored()
    {
        Host.Options.Capacity = 100 * 4096;
        Host.WriteFile("/tmp/file", new byte[40 * 4096].AsSpan());
        await using var file = await Files.OpenAsync(P("/tmp/file"), RemoteOpenFlags.Read, null, Token);

        foreach (var statistics in new[] { await Files.GetStatisticsAsync(P("/tmp"), Token), await file.GetStatisticsAsync(Token) })
        {
            Assert.Equal(100 * 4096, statistics.TotalBytes);
            Assert.Equal(60 * 4096, statistics.AvailableBytes);
            Assert.False(statistics.IsReadOnly);
            Assert.Equal(255, statistics.MaxNameLength);
        }
    }

    [Fact]
    public async Task Flushing_is_answered() =>
        await (await Files.OpenAsync(P("/tmp/f"), RemoteOpenFlags.Write | RemoteOpenFlags.Create, null, Token)).FlushToDiskAsync(Token);

    [Fact]
    public async Task Permissions_are_enforced_for_others_files()
    {
        Host.Options.UserId = 0;
        Host.WriteFile("/etc/shadow", "secret", permissions: 0x180);
        Host.Options.UserId = 1000;

        var error = await ThrowsAsync(
            SftpErrorCode.PermissionDenied, () => Files.OpenAsync(P("/etc/shadow"), RemoteOpenFlags.Read, null, Token));
        await ThrowsAsync(SftpErrorCode.PermissionDenied, () => Files.RemoveFileAsync(P("/etc/shadow"), Token));
        await ThrowsAsync(SftpErrorCode.PermissionDenied, () => Files.CreateDirectoryAsync(P("/etc/x"), null, Token));
        await ThrowsAsync(
            SftpErrorCode.PermissionDenied,
            () => Files.SetAttributesAsync(P("/etc/shadow"), new RemoteFileAttributes { Mode = 0x1FF }, Token));
        Assert.Equal("memory", error.Host);
        Assert.NotNull(error.Advice);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("[brackets]#&;'\"")]
    [InlineData("line\nbreak\x1b[31m")]
    [InlineData("emoji 🐎")]
    [InlineData("latin1 \uDCE9")]
    public async Task Any_name_can_be_listed_and_used(string name)
    {
        await Files.CreateDirectoryAsync(P("/tmp/names"), null, Token);
        await WriteAllAsync($"/tmp/names/{name}", "content"u8.ToArray());

        var listed = new List<string>();
        await foreach (var entry in Files.ReadDirectoryAsync(P("/tmp/names"), Token))
            listed.Add(entry.Name);

        Assert.Equal([name], listed);
        Assert.Equal("content"u8.ToArray(), await ReadAllAsync($"/tmp/names/{name}"));
        await Files.RemoveFileAsync(P($"/tmp/names/{name}"), Token);
        Assert.Empty(Host.List("/tmp/names"));
    }

    [Fact]
    public async Task Operations_on_a_closed_channel_fail_as_lost_connection()
    {
        await Files.DisposeAsync();

        await ThrowsAsync(SftpErrorCode.ConnectionLost, () => Files.StatAsync(P("/"), Token));
        Assert.False(Files.IsConnected);
        await Files.DisposeAsync();
    }

    [Fact]
    public async Task A_dropped_connection_ends_what_is_under_way()
    {
        Host.Options.Latency = TimeSpan.FromSeconds(10);
        var call = Files.StatAsync(P("/"), Token);

        Host.DropConnections();

        await ThrowsAsync(SftpErrorCode.ConnectionLost, () => call);
        Assert.False(Connection.IsConnected);
        Assert.True(Connection.Disconnected.IsCancellationRequested);
    }
}
