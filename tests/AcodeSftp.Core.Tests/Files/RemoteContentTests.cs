using System.Text;
using AcodeSftp.Core.Tests.FileTransfer;
using AcodeSftp.Files;
using AcodeSftp.Files.Content;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Core.Tests.Files;

public class RemoteContentTests
{
    private const string FilePath = "/home/user/file";

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-32BE")]
    public async Task Lines_are_whole_wherever_the_pieces_are_cut(string encodingName)
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        var encoding = Encoding.GetEncoding(encodingName);
        // Characters of one to four bytes, so that pieces end within them.
        var lines = Enumerable.Range(0, 30_000).Select(i => $"{i} äé𝄞 {new string('x', i % 7)}").ToList();
        server.Host.WriteFile(FilePath, [.. encoding.Preamble, .. encoding.GetBytes(string.Join("\r\n", lines))]);
        var reader = new RemoteContentReader(channel.FileSystem, new(FilePath));

        Assert.Equal(lines, await ToListAsync(reader.ReadLinesAsync(Encoding.Latin1, server.Token)));
        Assert.Equal(lines[^12_345..], await ToListAsync(reader.ReadLastLinesAsync(12_345, Encoding.Latin1, server.Token)));
        Assert.Equal(lines, await ToListAsync(reader.ReadLastLinesAsync(1_000_000, Encoding.Latin1, server.Token)));
        Assert.Equal(string.Join("\r\n", lines), await reader.ReadTextAsync(Encoding.Latin1, server.Token));
    }

    [Fact]
    public async Task The_last_lines_and_the_first_of_a_large_file_cost_little()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        var line = new string('x', 99);
        server.Host.WriteFile(FilePath, string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i:000000}{line}\n")));
        server.Host.Options.MaxReadAnswer = 32 * 1024;
        var reads = 0;
        server.Host.Options.OnRequest = request => reads += request.Name == "Read" ? 1 : 0;
        var reader = new RemoteContentReader(channel.FileSystem, new(FilePath));

        var last = await ToListAsync(reader.ReadLastLinesAsync(2, Encoding.UTF8, server.Token));
        Assert.Equal([$"199998{line}", $"199999{line}"], last);
        await foreach (var first in reader.ReadLinesAsync(Encoding.UTF8, server.Token))
        {
            Assert.Equal($"000000{line}", first);
            break;
        }

        // All of it would be 650.
        Assert.InRange(reads, 3, 40);
    }

    [Fact]
    public async Task New_content_takes_the_place_of_the_old_in_one_step()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile(FilePath, "old", ChannelTests.Mode("751"));
        var content = EmbeddedServer.RandomBytes(3_000_000);

        await using (var writer = await OpenAsync(RemoteWriteMode.Replace))
        {
            Assert.True(writer.IsAtomic);
            await writer.WriteAsync(content, server.Token);
            Assert.Equal("old"u8.ToArray(), server.Host.ReadFile(FilePath));
            await writer.CompleteAsync(server.Token);
        }

        Assert.Equal(content, server.Host.ReadFile(FilePath));
        Assert.Equal(ChannelTests.Mode("751"), server.Host.GetAttributes(FilePath)!.Permissions);
        await using (var given = await OpenAsync(RemoteWriteMode.Replace))
            await given.WriteAsync(content, server.Token);
        Assert.Equal(content, server.Host.ReadFile(FilePath));
        Assert.Empty(server.RemoteLeftovers("/home/user"));

        Task<RemoteContentWriter> OpenAsync(RemoteWriteMode mode) =>
            RemoteContentWriter.OpenAsync(channel.FileSystem, new(FilePath), mode, server.Token);
    }

    [Fact]
    public async Task A_file_is_written_in_place_where_its_directory_may_not_be_written_to()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/closed/file", "old and longer");
        await channel.ChmodAsync("/home/user/closed", ChannelTests.Mode("555"), server.Token);

        await using (var writer = await RemoteContentWriter.OpenAsync(
            channel.FileSystem, new("/home/user/closed/file"), RemoteWriteMode.Replace, server.Token))
        {
            Assert.False(writer.IsAtomic);
            await writer.WriteAsync("new"u8.ToArray(), server.Token);
            await writer.CompleteAsync(server.Token);
        }

        Assert.Equal("new"u8.ToArray(), server.Host.ReadFile("/home/user/closed/file"));
        await ChannelTests.ThrowsAsync(SftpErrorCode.PermissionDenied, () => RemoteContentWriter.OpenAsync(
            channel.FileSystem, new("/home/user/closed/other"), RemoteWriteMode.Replace, server.Token));
    }

    [Fact]
    public async Task What_is_written_to_a_full_disk_leaves_the_old_content()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile(FilePath, "old");
        server.Host.Options.Capacity = 500_000;

        await using (var writer = await RemoteContentWriter.OpenAsync(channel.FileSystem, new(FilePath), RemoteWriteMode.Replace, server.Token))
            await ChannelTests.ThrowsAsync(SftpErrorCode.DiskFull, async () =>
            {
                await writer.WriteAsync(new byte[1_500_000], server.Token);
                await writer.CompleteAsync(server.Token);
            });

        Assert.Equal("old"u8.ToArray(), server.Host.ReadFile(FilePath));
        Assert.Empty(server.RemoteLeftovers("/home/user"));
    }

    [Fact]
    public async Task A_follower_sees_what_is_added_and_files_that_are_cut_or_replaced()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        server.Host.WriteFile(FilePath, "1\n2\n3");
        var follower = new RemoteFollower(channel.FileSystem, new(FilePath)) { Interval = TimeSpan.FromMilliseconds(10) };
        await using var lines = follower.ReadLinesAsync(2, Encoding.UTF8, server.Token).GetAsyncEnumerator(server.Token);

        Assert.Equal("2", await NextAsync());
        server.Host.AppendFile(FilePath, "3\n4\n"u8);
        Assert.Equal("33", await NextAsync());
        Assert.Equal("4", await NextAsync());

        // Moved away and written to once more, as loggers do before they open the new file.
        await channel.RenameAsync(FilePath, "/home/user/file.1", cancellationToken: server.Token);
        var next = NextAsync();
        await Task.Delay(50, server.Token);
        server.Host.AppendFile("/home/user/file.1", "5\n"u8);
        Assert.Equal("5", await next);
        server.Host.WriteFile(FilePath, "6, which is longer than all of the old file\n");
        Assert.Equal("6, which is longer than all of the old file", await NextAsync());

        // Cut.
        await channel.FileSystem.SetAttributesAsync(new(FilePath), new RemoteFileAttributes { Size = 0 }, server.Token);
        server.Host.AppendFile(FilePath, "7\n"u8);
        Assert.Equal("7", await NextAsync());

        async Task<string> NextAsync()
        {
            Assert.True(await lines.MoveNextAsync());
            return lines.Current;
        }
    }

    [Fact]
    public async Task A_follower_goes_on_over_a_new_connection()
    {
        var (server, channel) = await EmbeddedServer.StartAsync(settings: EmbeddedServer.ThreeAttempts);
        await using var _ = server;
        server.Host.WriteFile(FilePath, "1\n");
        var follower = new RemoteFollower(channel.FileSystem, new(FilePath)) { Interval = TimeSpan.FromMilliseconds(10) };
        await using var lines = follower.ReadLinesAsync(null, Encoding.UTF8, server.Token).GetAsyncEnumerator(server.Token);
        Assert.True(await lines.MoveNextAsync());

        server.Host.DropConnections();
        server.Host.AppendFile(FilePath, "2\n"u8);

        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("2", lines.Current);
    }

    private static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
            list.Add(item);
        return list;
    }
}
