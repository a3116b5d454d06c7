using System.Security.Cryptography;
using AcodeSftp.Core.Tests.FileTransfer;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Embedded;

namespace AcodeSftp.Core.Tests.Files;

/// <summary>Copies of trees, links, hashes, owners and attributes.</summary>
public class RemoteFileWorkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tree_is_copied_with_links_permissions_and_times(bool copiesItself)
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options =>
        {
            if (!copiesItself)
                options.Extensions.Remove(SftpExtensions.CopyData);
        });
        await using var _ = server;
        var content = EmbeddedServer.RandomBytes(100_000);
        for (var i = 0; i < 50; i++)
            server.Host.WriteFile($"/home/user/a/{i % 5}/{i}", content.AsSpan(0, i * 2000), ChannelTests.Mode("640"));
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/a/link"), "0", server.Token);
        var time = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await channel.FileSystem.SetAttributesAsync(
            new("/home/user/a/3"),
            new RemoteFileAttributes { Mode = ChannelTests.Mode("555"), Modified = time, Accessed = time },
            server.Token);
        var passed = 0;
        server.Host.Options.OnRequest = request => passed += request.Name is "Read" ? 1 : 0;

        await channel.CopyDirectoryAsync("/home/user/a", "/home/user/b", overwrite: false, Refused, server.Token);

        Assert.Equal(copiesItself, passed == 0);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(content[..(i * 2000)], server.Host.ReadFile($"/home/user/b/{i % 5}/{i}"));
            Assert.Equal(ChannelTests.Mode("640"), server.Host.GetAttributes($"/home/user/b/{i % 5}/{i}")!.Permissions);
        }

        Assert.Equal("0", await channel.ReadLinkAsync("/home/user/b/link", server.Token));
        Assert.Equal(ChannelTests.Mode("555"), server.Host.GetAttributes("/home/user/b/3")!.Permissions);
        Assert.Equal(time, server.Host.GetAttributes("/home/user/b/3")!.Modified);

        static ValueTask Refused(SftpException e) => throw e;
    }

    [Fact]
    public async Task What_cannot_be_copied_is_told_and_the_rest_goes_on()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a/good", "x");
        server.Host.WriteFile("/home/user/a/secret", "x", 0);
        server.Host.WriteFile("/home/user/a/there", "new");
        server.Host.WriteFile("/home/user/b/there", "old");
        var refused = new List<SftpException>();

        await channel.CopyDirectoryAsync("/home/user/a", "/home/user/b", overwrite: false, Refuse, server.Token);

        Assert.Equal(["good", "there"], server.Host.List("/home/user/b").Order(StringComparer.Ordinal));
        Assert.Equal("old"u8.ToArray(), server.Host.ReadFile("/home/user/b/there"));
        Assert.Equal(
            [SftpErrorCode.PermissionDenied, SftpErrorCode.AlreadyExists],
            refused.OrderBy(e => e.Code != SftpErrorCode.PermissionDenied).Select(e => e.Code));

        ValueTask Refuse(SftpException e)
        {
            lock (refused)
                refused.Add(e);
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task A_directory_is_not_copied_into_itself_through_a_link_either()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a/b/file", "x");
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/way"), "a/b", server.Token);

        await ChannelTests.ThrowsAsync(SftpErrorCode.InvalidArgument, () =>
            channel.CopyDirectoryAsync("/home/user/a", "/home/user/way/c", overwrite: false, _ => ValueTask.CompletedTask, server.Token));
        Assert.Equal(["file"], server.Host.List("/home/user/a/b"));
    }

    [Fact]
    public async Task A_link_is_replaced_in_one_step_and_one_to_the_same_file_leaves_nothing_behind()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/file", "x");
        var links = new RemoteLinks(channel.FileSystem);
        await links.CreateSymbolicAsync(new("/home/user/link"), "one", overwrite: false, server.Token);

        await ChannelTests.ThrowsAsync(SftpErrorCode.AlreadyExists, () =>
            links.CreateSymbolicAsync(new("/home/user/link"), "two", overwrite: false, server.Token));
        await links.CreateSymbolicAsync(new("/home/user/link"), "two", overwrite: true, server.Token);
        await links.CreateHardAsync(new("/home/user/other"), new("/home/user/file"), overwrite: false, server.Token);
        await links.CreateHardAsync(new("/home/user/other"), new("/home/user/file"), overwrite: true, server.Token);

        Assert.Equal("two", await channel.ReadLinkAsync("/home/user/link", server.Token));
        Assert.Equal(["file", "link", "other"], server.Host.List("/home/user").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hash_comes_from_the_server_or_from_the_content(bool runsCommands)
    {
        var (server, channel) = await EmbeddedServer.StartAsync(options => options.RefuseCommands = !runsCommands);
        await using var _ = server;
        var content = EmbeddedServer.RandomBytes(300_000);
        server.Host.WriteFile("/home/user/file", content);

        var hash = await channel.ComputeHashAsync("file", HashAlgorithmName.SHA256, server.Token);
        Assert.Equal(EmbeddedServer.Sha256(content), hash.Hash);
        Assert.Equal(runsCommands, hash.IsFromServer);
        var md5 = await channel.ComputeHashAsync("file", HashAlgorithmName.MD5, server.Token);
#pragma warning disable CA5351 // It is what is asked for.
        Assert.Equal(Convert.ToHexString(MD5.HashData(content)).ToLowerInvariant(), md5.Hash);
#pragma warning restore CA5351
        await ChannelTests.ThrowsAsync(SftpErrorCode.InvalidArgument, () =>
            channel.ComputeHashAsync("/home/user", HashAlgorithmName.SHA256, server.Token));
    }

    [Fact]
    public async Task Another_algorithm_is_asked_of_its_own_tool()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/file", "x");
        var made = new string('a', 40);
        server.Host.AddReply("sha1 -q < '/home/user/file'", new EmbeddedReply(made + "\n"));

        var hash = await channel.ComputeHashAsync("file", HashAlgorithmName.SHA1, server.Token);

        Assert.Equal((made, true), (hash.Hash, hash.IsFromServer));
        Assert.Contains("sha1sum < '/home/user/file'", server.Host.CommandsRun);
    }

    [Fact]
    public async Task Owners_are_asked_of_the_server_or_read_from_its_files()
    {
        var (server, _) = await EmbeddedServer.StartAsync();
        await using var __ = server;
        server.Host.WriteFile("/etc/passwd", "root:x:0:0::/root:/bin/sh\nmary:x:1234:100::/home/mary:/bin/sh\n");
        server.Host.AddReply("getent group 'web'", new EmbeddedReply("web:x:77:\n"));
        var owners = new RemoteOwners(server.Sessions[0]);

        Assert.Equal(1234u, await owners.FindUserAsync("mary", server.Token));
        Assert.Equal(77u, await owners.FindGroupAsync("web", server.Token));
        Assert.Equal(5u, await owners.FindGroupAsync("5", server.Token));
        await ChannelTests.ThrowsAsync(SftpErrorCode.NotFound, () => owners.FindUserAsync("mar", server.Token));
        await ChannelTests.ThrowsAsync(SftpErrorCode.NotFound, () => owners.FindGroupAsync("none", server.Token));
    }

    [Theory]
    [InlineData("u=rwX,go=", "000", "644", "700", "600")]
    [InlineData("a-x", "511", "111", "400", "000")]
    public async Task A_tree_gets_permissions_that_open_or_close_its_directories(
        string change,
        string directoriesBefore,
        string filesBefore,
        string directoriesAfter,
        string filesAfter)
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        for (var i = 0; i < 100; i++)
            server.Host.WriteFile($"/home/user/a/{i % 3}/deep/{i}", "x", ChannelTests.Mode(filesBefore));
        foreach (var path in new[] { "/home/user/a/0/deep", "/home/user/a/0", "/home/user/a" })
            await channel.ChmodAsync(path, ChannelTests.Mode(directoriesBefore), server.Token);

        await new RemoteAttributeChanger(channel.FileSystem).ChangeTreeAsync(
            new("/home/user/a"),
            new RemoteAttributeChange { Permissions = PermissionChange.Parse(change) },
            e => throw e,
            server.Token);

        foreach (var path in new[] { "/home/user/a", "/home/user/a/0", "/home/user/a/0/deep" })
        {
            Assert.Equal(ChannelTests.Mode(directoriesAfter), server.Host.GetAttributes(path)!.Permissions);
            await channel.ChmodAsync(path, ChannelTests.Mode("700"), server.Token);
        }

        Assert.Equal(ChannelTests.Mode(filesAfter), server.Host.GetAttributes("/home/user/a/0/deep/99")!.Permissions);
    }
}
