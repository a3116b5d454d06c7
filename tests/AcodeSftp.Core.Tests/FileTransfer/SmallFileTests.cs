using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

/// <summary>Many small files under way at once, whose requests follow each other without waiting.</summary>
public sealed class SmallFileTests
{
    private const int Count = 200;
    private static readonly DateTime Time = new(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    [Fact]
    public async Task Each_arrives_with_its_content_and_the_time_of_its_source()
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(5));
        await using var _ = server;
        WriteFiles(server);

        var result = await channel.UploadAsync(server.Local("tree"), "tree", Many(server), null, server.Token);

        Assert.True(result.Success && result.ChecksumVerified);
        Assert.Empty(result.Warnings);
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(Content(i), server.Host.ReadFile($"/home/user/tree/{i}"));
            // A write that came after the times were set would have changed them.
            Assert.Equal(Time, (await channel.StatAsync($"tree/{i}", server.Token)).Modified.UtcDateTime);
        }
    }

    [Theory]
    [InlineData(false, 5, 200_000, 64)]
    [InlineData(true, 5, 200_000, 64)]
    [InlineData(false, 50, 1_100_000, 64)]
    public async Task They_overlap_as_far_as_is_allowed_and_large_ones_do_not(bool verify, int latency, int large, int most)
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(latency));
        await using var _ = server;
        WriteFiles(server);
        for (var i = 0; i < 4; i++)
            server.WriteLocal($"tree/large-{i}", RandomBytes(large));
        var mostSmall = CountOpen(server, path => !IsLarge(path));
        var mostLarge = CountOpen(server, IsLarge);

        var options = Many(server) with { VerifyChecksum = verify };
        var result = await channel.UploadAsync(server.Local("tree"), "tree", options, null, server.Token);

        Assert.True(result.Success);
        Assert.InRange(mostSmall(), 10, most);
        Assert.Equal(1, mostLarge());

        static bool IsLarge(string path) => path.Contains("large", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 600, 1000, 100, 256)]
    [InlineData(50, 600, 1000, 257, 600)]
    [InlineData(50, 400, 40_000, 65, 256)]
    [InlineData(50, 100, 200_000, 33, 64)]
    public async Task As_many_overlap_as_the_distance_is_worth_and_take_no_more_than_16_MiB(int latency, int count, int size, int least, int most)
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(latency));
        await using var _ = server;
        for (var i = 0; i < count; i++)
            server.WriteLocal($"tree/{i}", RandomBytes(size, i));
        var mostOpen = CountOpen(server, _ => true);

        var options = Many(server) with { SmallFilesAtOnce = TransferOptions.ManySmallFiles };
        var result = await channel.UploadAsync(server.Local("tree"), "tree", options, null, server.Token);

        Assert.True(result.Success && result.ChecksumVerified);
        Assert.InRange(mostOpen(), least, most);
    }

    // The write is refused after the attributes, the look and the close were asked for.
    [Fact]
    public async Task A_refused_write_fails_its_file_alone_and_puts_nothing_in_place()
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(5));
        await using var _ = server;
        WriteFiles(server);
        server.Host.WriteFile("/home/user/tree/7", "the old one");
        server.Host.Options.Capacity = Count * 500;

        var result = await channel.UploadAsync(server.Local("tree"), "tree", Many(server), null, server.Token);

        Assert.False(result.Success);
        Assert.Equal(Count, result.FilesTransferred + result.Errors.Count);
        Assert.Empty(server.RemoteLeftovers("/home/user/tree"));
        var arrived = result.Files.Select(file => Path.GetFileName(file.LocalPath)).ToHashSet();
        Assert.NotEmpty(arrived);
        for (var i = 0; i < Count; i++)
        {
            if (arrived.Contains($"{i}"))
                Assert.Equal(Content(i), server.Host.ReadFile($"/home/user/tree/{i}"));
            else if (i != 7)
                Assert.DoesNotContain($"{i}", server.Host.List("/home/user/tree"));
        }

        if (!arrived.Contains("7"))
            Assert.Equal("the old one"u8, server.Host.ReadFile("/home/user/tree/7"));
    }

    // How many of these files have been open at once.
    private static Func<int> CountOpen(EmbeddedServer server, Func<string, bool> isCounted)
    {
        var (open, most) = (0, 0);
        server.Host.Options.OnRequest += request =>
        {
            if (request.Path is { } path && isCounted(path))
                most = Math.Max(most, open += request.Name switch { "Open" => 1, "Close" => -1, _ => 0 });
        };
        return () => most;
    }

    private static UploadOptions Many(EmbeddedServer server) => server.Upload with { ParallelTransfers = 1, SmallFilesAtOnce = 64 };

    private static byte[] Content(int i) => RandomBytes(1000, i);

    private static void WriteFiles(EmbeddedServer server)
    {
        for (var i = 0; i < Count; i++)
            File.SetLastWriteTimeUtc(server.WriteLocal($"tree/{i}", Content(i)), Time);
    }
}
