using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Embedded;

namespace AcodeSftp.Core.Tests.Files;

/// <summary>Paths and trees of the embedded host.</summary>
public sealed class RemoteListingTests : IAsyncLifetime
{
    private readonly EmbeddedHost _host = new("box");
    private ISshConnection _connection = null!;
    private IRemoteFileSystem _files = null!;

    public async Task InitializeAsync()
    {
        foreach (var path in (string[])["a.txt", "b.log", "sub/c.txt", "sub/deep/d.txt", "sub/e.txt", "other/c.txt"])
            _host.WriteFile($"/home/user/{path}", path);
        var transport = new MemoryTransport();
        transport.SetHost(_host);
        _connection = await transport.ConnectAsync(new SshConnectionOptions { HostName = "box" });
        _files = await _connection.OpenSftpAsync();
        await _files.CreateSymbolicLinkAsync(new RemotePath("link"), "sub/deep");
    }

    public async Task DisposeAsync()
    {
        await _files.DisposeAsync();
        await _connection.DisposeAsync();
    }

    [Theory]
    [InlineData(".", "/home/user")]
    [InlineData("", "/home/user")]
    [InlineData("a.txt", "/home/user/a.txt")]
    [InlineData("./sub//deep/", "/home/user/sub/deep")]
    [InlineData("sub/../b.log", "/home/user/b.log")]
    [InlineData("link/../c.txt", "/home/user/sub/c.txt")]
    [InlineData("link", "/home/user/link")]
    [InlineData("/", "/")]
    [InlineData("//etc//x", "/etc/x")]
    [InlineData("/..", "/")]
    [InlineData("~", "/home/user")]
    [InlineData("~/a.txt", "/home/user/a.txt")]
    [InlineData("not/there", "/home/user/not/there")]
    public async Task A_path_is_made_absolute(string path, string absolute) =>
        Assert.Equal(absolute, (await new RemotePathResolver(_files).ToAbsoluteAsync(path)).Value);

    [Fact]
    public async Task Home_is_where_sessions_start_on_servers_that_cannot_tell()
    {
        _host.Options.Extensions.Remove(SftpExtensions.ExpandPath);
        await using var files = await _connection.OpenSftpAsync();
        var resolver = new RemotePathResolver(files);
        Assert.Equal("/home/user", (await resolver.ToAbsoluteAsync("~")).Value);
        Assert.Equal("/home/user/a.txt", (await resolver.ToAbsoluteAsync("~/a.txt")).Value);
    }

    [Theory]
    [InlineData("*.txt", "a.txt")]
    [InlineData("*/c.txt", "other/c.txt sub/c.txt")]
    [InlineData("*/*/d.txt", "sub/deep/d.txt")]
    [InlineData("s*/[ce].txt", "sub/c.txt sub/e.txt")]
    [InlineData("lin?/*", "link/d.txt")]
    [InlineData("/home/*/b.log", "b.log")]
    [InlineData("*.none", "")]
    [InlineData("*/none", "")]
    public async Task Wildcards_stand_for_what_is_there(string pattern, string expected)
    {
        var found = new List<string>();
        await foreach (var (path, _) in new RemotePathResolver(_files).ExpandAsync(pattern))
            found.Add(path.Value["/home/user/".Length..]);
        Assert.Equal(expected, string.Join(' ', found));
    }

    [Theory]
    [InlineData("none.txt")]
    [InlineData("none/*.txt")]
    public async Task What_is_named_and_not_there_is_an_error(string pattern)
    {
        var error = await Assert.ThrowsAsync<SftpException>(async () =>
        {
            await foreach (var found in new RemotePathResolver(_files).ExpandAsync(pattern))
                Assert.Fail(found.Path.Value);
        });
        Assert.Equal(SftpErrorCode.NotFound, error.Code);
    }

    [Fact]
    public async Task A_tree_comes_directory_by_directory_in_the_order_of_names()
    {
        var entries = await ListAsync("/home/user", int.MaxValue);
        Assert.Equal(
            "a.txt b.log link other sub other/c.txt sub/c.txt sub/deep sub/e.txt sub/deep/d.txt",
            string.Join(' ', entries.Select(entry => entry.Path.Value["/home/user/".Length..])));
        Assert.Equal("sub/deep", Assert.Single(entries, entry => entry.LinkTarget is not null).LinkTarget);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 9)]
    [InlineData(2, 10)]
    public async Task A_tree_is_listed_as_deep_as_asked(int depth, int count) =>
        Assert.Equal(count, (await ListAsync("/home/user", depth)).Count);

    [Fact]
    public async Task A_large_directory_is_listed_whole()
    {
        for (var i = 0; i < 3000; i++)
            _host.WriteFile($"/many/{i}", "");
        var entries = await ListAsync("/many", 0);
        Assert.Equal(3000, entries.Select(entry => entry.Path).Distinct().Count());
    }

    [Fact]
    public async Task A_subdirectory_that_cannot_be_read_is_told_of_in_its_place()
    {
        await _files.SetAttributesAsync(new RemotePath("other"), new RemoteFileAttributes { Mode = 0 });
        var entries = await ListAsync("/home/user", int.MaxValue);
        var failed = Assert.Single(entries, entry => entry.Error is not null);
        Assert.Equal("/home/user/other", failed.Path.Value);
        Assert.Equal(SftpErrorCode.PermissionDenied, failed.Error!.Code);
        Assert.Contains(entries, entry => entry.Path.Name == "d.txt");
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_thrown() =>
        Assert.Equal(
            SftpErrorCode.NotFound,
            (await Assert.ThrowsAsync<SftpException>(() => ListAsync("/none", 0))).Code);

    [Fact]
    public async Task Listing_can_be_left_early()
    {
        for (var i = 0; i < 5000; i++)
            _host.WriteFile($"/many/{i}", "");
        await foreach (var entry in new RemoteTree(_files).ListAsync(new RemotePath("/many"), int.MaxValue))
        {
            Assert.Null(entry.Error);
            break;
        }

        Assert.Equal(5, (await ListAsync("/home/user", 0)).Count);
    }

    private async Task<List<RemoteTreeEntry>> ListAsync(string path, int depth)
    {
        var entries = new List<RemoteTreeEntry>();
        await foreach (var entry in new RemoteTree(_files).ListAsync(new RemotePath(path), depth))
            entries.Add(entry);
        return entries;
    }
}
