using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Segments;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

/// <summary>Large files over several channels, at a distance.</summary>
public sealed class SegmentTests
{
    private const int Size = 24 * 1024 * 1024 + 777;
    private static readonly TimeSpan Distance = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Only_what_lies_before_the_first_gap_is_sure()
    {
        var told = new List<long>();
        var map = new SegmentMap(10, 10 + 2 * SegmentMap.Shortest + 5, told.Add);
        var (first, second, last) = (map.Take()!, map.Take()!, map.Take()!);

        Assert.Null(map.Take());
        Assert.Equal((10, 5), (first.Start, last.Length));
        map.Reach(second, second.Length);
        map.Reach(last, 3);
        Assert.Equal(10, map.SureEnd);
        map.Reach(first, 100);
        Assert.Equal(110, map.SureEnd);
        map.Reach(first, first.Length);
        Assert.Equal(last.Start + 3, map.SureEnd);
        map.Return(last);
        Assert.Equal((last, last.Start + 3, 2), (map.Take(), last.Position, last.Left));
        map.Reach(last, 5);
        Assert.Equal([110, last.Start + 3, last.Start + 5], told);
    }

    [Fact]
    public void Pieces_become_short_towards_the_end_and_leave_nothing_out()
    {
        const long Start = 77;
        const long End = Start + 250_000_000;
        var map = new SegmentMap(Start, End, _ => { });
        var pieces = new List<Segment>();
        while (map.Take() is { } piece)
            pieces.Add(piece);

        Assert.Equal(Start, pieces[0].Start);
        Assert.All(pieces.Zip(pieces.Skip(1)), pair => Assert.Equal(pair.First.Start + pair.First.Length, pair.Second.Start));
        Assert.All(pieces.Zip(pieces.Skip(1)), pair => Assert.True(pair.First.Length >= pair.Second.Length));
        Assert.Equal(End, pieces[^1].Start + pieces[^1].Length);
        Assert.Equal((SegmentMap.Longest, SegmentMap.Shortest), (pieces[0].Length, pieces[^2].Length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_distant_file_moves_over_several_channels(bool isUpload)
    {
        var (server, channel) = await StartAsync(options => options.Latency = Distance);
        await using var _ = server;
        var content = RandomBytes(Size);
        var opens = 0;
        server.Host.Options.OnRequest = request => Interlocked.Add(ref opens, request.Name == "Open" ? 1 : 0);

        var result = await MoveAsync(server, channel, content, isUpload);

        Assert.True(result.Success && result.ChecksumVerified, string.Join(", ", result.Errors.Select(error => error.ErrorMessage)));
        Assert.Equal(content, Arrived(server, isUpload));
        Assert.True(opens > 2, $"The file was opened {opens} times.");
        Assert.Equal(Sha256(content), result.Files[0].Checksum);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refused_channels_cost_speed_and_nothing_else(bool isUpload)
    {
        var (server, channel) = await StartAsync(options =>
        {
            options.Latency = Distance;
            options.RefuseSftp = false;
        });
        await using var _ = server;
        server.Host.Options.RefuseSftp = true;
        var content = RandomBytes(Size);

        var result = await MoveAsync(server, channel, content, isUpload);

        Assert.True(result.Success && result.ChecksumVerified, string.Join(", ", result.Errors.Select(error => error.ErrorMessage)));
        Assert.Equal(content, Arrived(server, isUpload));
    }

    // The channels beside the first break in the middle of what they move.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_lost_channel_had_taken_is_moved_by_the_others(bool isUpload)
    {
        var (server, channel) = await StartAsync(options => options.Latency = Distance);
        await using var _ = server;
        // The first must not have moved it all before the others are there.
        var content = RandomBytes(4 * Size);
        var (moves, broken) = (0, 0);
        server.Host.Options.OnRequest = request =>
        {
            if (request.Channel == 1 || request.Name != (isUpload ? "Write" : "Read") || Interlocked.Increment(ref moves) % 3 != 0)
                return;
            Interlocked.Increment(ref broken);
            throw new IOException("cut");
        };

        var result = await MoveAsync(server, channel, content, isUpload);

        Assert.True(result.Success && result.ChecksumVerified, string.Join(", ", result.Errors.Select(error => error.ErrorMessage)));
        Assert.Equal(content, Arrived(server, isUpload));
        Assert.True(broken > 0);
    }

    [Fact]
    public async Task Large_files_at_once_arrive_where_the_server_does_not_hash_them()
    {
        var (server, channel) = await EmbeddedServer.StartAsync();
        await using var _ = server;
        var source = Directory.CreateDirectory(Path.Join(server.LocalDirectory, "all")).FullName;
        for (var i = 0; i < 4; i++)
            File.WriteAllBytes(Path.Join(source, $"{i}"), RandomBytes(9_000_000, i));

        var result = await channel.UploadAsync(source, "/home/user/all", new UploadOptions { ParallelTransfers = 4 }, null, server.Token)
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(result.Success, string.Join(", ", result.Errors.Select(error => error.ErrorMessage)));
        Assert.Equal(4, result.Files.Count);
    }

    [Fact]
    public async Task A_refused_piece_fails_the_file_and_leaves_nothing()
    {
        var (server, channel) = await StartAsync(options => options.Latency = Distance);
        await using var _ = server;
        server.Host.Options.Capacity = Size - 5_000_000;

        var result = await MoveAsync(server, channel, RandomBytes(Size), isUpload: true);

        Assert.False(result.Success);
        Assert.Empty(server.Host.List("/home/user"));
    }

    // Whatever lies behind the first gap is not gone on from: the second attempt must come to the right content.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cut_in_the_middle_is_resumed_from_before_the_first_gap(bool isUpload)
    {
        var (server, channel) = await StartAsync(options => options.Latency = Distance);
        await using var _ = server;
        var content = RandomBytes(Size);
        var moves = 0;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == (isUpload ? "Write" : "Read") && Interlocked.Increment(ref moves) > 50)
                throw new IOException("cut");
        };

        var failed = await MoveAsync(server, channel, content, isUpload);
        server.Host.Options.OnRequest = null;
        var again = await MoveAsync(server, await server.ConnectAsync(), content, isUpload);

        Assert.False(failed.Success);
        Assert.True(again.Success && again.ChecksumVerified, string.Join(", ", again.Errors.Select(error => error.ErrorMessage)));
        Assert.True(again.Files[0].ResumedFrom < 50 * 256 * 1024);
        Assert.Equal(content, Arrived(server, isUpload));
    }

    private static Task<TransferResult> MoveAsync(
        EmbeddedServer server, ISftpChannel channel, byte[] content, bool isUpload)
    {
        if (isUpload)
            return channel.UploadAsync(server.WriteLocal("big", content), "big", server.Upload, null, server.Token);
        server.Host.WriteFile("/home/user/big", content);
        return channel.DownloadAsync("big", server.Local("big"), server.Download, null, server.Token);
    }

    private static byte[] Arrived(EmbeddedServer server, bool isUpload) =>
        isUpload ? server.Host.ReadFile("/home/user/big") : File.ReadAllBytes(server.Local("big"));
}
