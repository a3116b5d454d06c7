using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Tests.Client;

public sealed class RangeTests : EmbeddedHostTest
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255 * 1024)]
    [InlineData((255 * 1024) + 1)]
    [InlineData(20_000_003)]
    public async Task A_file_of_any_size_comes_back_as_it_was_written(int length)
    {
        var content = RandomBytes(length);

        Assert.Equal(length, await WriteAllAsync("/tmp/file", content));

        Assert.Equal(content, Host.ReadFile("/tmp/file"));
        Assert.Equal(content, await ReadAllAsync("/tmp/file"));
    }

    [Fact]
    public async Task Blocks_of_any_length_from_the_source_are_written_in_order()
    {
        var content = RandomBytes(300_000);

        await WriteAllAsync("/tmp/file", content, blockLength: 777);

        Assert.Equal(content, Host.ReadFile("/tmp/file"));
    }

    [Fact]
    public async Task A_range_in_the_middle_is_read_and_no_more()
    {
        var content = RandomBytes(2_000_000);
        Host.WriteFile("/tmp/file", content.AsSpan());

        Assert.Equal(content[1_000_000..1_500_001], await ReadAllAsync("/tmp/file", 1_000_000, 500_001));
        Assert.Equal(content[1_999_999..], await ReadAllAsync("/tmp/file", 1_999_999, 500_000));
        Assert.Empty(await ReadAllAsync("/tmp/file", 2_000_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public async Task Short_reads_are_completed(int answer)
    {
        var content = RandomBytes(answer * 40);
        Host.WriteFile("/tmp/file", content.AsSpan());
        Host.Options.MaxReadAnswer = answer;

        Assert.Equal(content, await ReadAllAsync("/tmp/file"));
    }

    [Fact]
    public async Task Requests_of_32_KiB_are_sent_where_the_server_reports_no_limits()
    {
        Host.Options.Extensions.Remove(SftpExtensions.Limits);
        await ReopenAsync();
        var largest = 0;
        Host.Options.OnWrite = (_, _, data) => largest = Math.Max(largest, data.Length);
        var content = RandomBytes(1_000_000);

        await WriteAllAsync("/tmp/file", content);

        Assert.Equal(32 * 1024, largest);
        Assert.Equal(content, Host.ReadFile("/tmp/file"));
    }

    [Fact]
    public async Task Requests_are_as_large_as_the_reported_limits_allow()
    {
        Host.Options.Limits = new SftpServerLimits(100_000, 70_000, 60_000, 10);
        await ReopenAsync();
        var largest = 0;
        Host.Options.OnWrite = (_, _, data) => largest = Math.Max(largest, data.Length);

        await WriteAllAsync("/tmp/file", RandomBytes(1_000_000));

        Assert.Equal(60_000, largest);
        Assert.Equal(70_000, Files.Server.Limits?.MaxReadLength);
    }

    [Fact]
    public async Task Many_reads_and_writes_are_in_flight_at_once()
    {
        // One after the other, 80 requests at 100 ms would take 8 s each way.
        Host.Options.Latency = TimeSpan.FromMilliseconds(100);
        await ReopenAsync();
        var content = RandomBytes(80 * 255 * 1024);
        var started = DateTime.UtcNow;

        await WriteAllAsync("/tmp/file", content);
        var read = await ReadAllAsync("/tmp/file");

        Assert.Equal(content, read);
        Assert.InRange((DateTime.UtcNow - started).TotalSeconds, 0, 8);
    }

    [Fact]
    public async Task A_refused_write_says_how_much_is_sure()
    {
        const int Block = 255 * 1024;
        Host.Options.Capacity = 5 * Block;
        await using var file = await Files.OpenAsync(P("/tmp/file"), RemoteOpenFlags.Write | RemoteOpenFlags.Create, null, Token);
        var reported = new List<long>();

        var error = await Assert.ThrowsAsync<SftpException>(
            () => file.WriteRangeAsync(0, long.MaxValue, SourceOf(RandomBytes(40 * Block)), reported.Add, Token));

        Assert.Equal("/tmp/file", error.Path);
        Assert.Equal(5 * Block, file.AcknowledgedLength);
        Assert.Equal([Block, 2 * Block, 3 * Block, 4 * Block, 5 * Block], reported);
    }

    [Fact]
    public async Task Of_many_large_writes_few_hold_a_packet_and_small_ones_do_not_wait_for_them()
    {
        var content = RandomBytes(64 * 1024);
        var goingOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var filling = 0;
        var writes = Enumerable.Range(0, 100).Select(i => WriteAsync($"/tmp/{i}", content.Length, async () =>
        {
            Interlocked.Increment(ref filling);
            await goingOn.Task.WaitAsync(Token);
        })).ToList();
        while (Volatile.Read(ref filling) < 32)
            await Task.Delay(10, Token);

        await WriteAsync("/tmp/small", 1000, () => Task.CompletedTask);
        await Task.Delay(100, Token);
        Assert.Equal(32, Volatile.Read(ref filling));

        goingOn.SetResult();
        await Task.WhenAll(writes);
        Assert.Equal(100, Volatile.Read(ref filling));
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(content, Host.ReadFile($"/tmp/{i}")));

        async Task WriteAsync(string path, int length, Func<Task> beginAsync)
        {
            await using var file = await Files.OpenAsync(P(path), RemoteOpenFlags.Write | RemoteOpenFlags.Create, null, Token);
            await file.WriteRangeAsync(
                0,
                length,
                async (offset, buffer, _) =>
                {
                    await beginAsync();
                    content.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
                    return buffer.Length;
                },
                null,
                Token);
        }
    }

    [Fact]
    public async Task A_read_that_the_server_refuses_fails_with_its_reason()
    {
        Host.WriteFile("/tmp/file", "text");
        await using var file = await Files.OpenAsync(P("/tmp/file"), RemoteOpenFlags.Write, null, Token);

        await ThrowsAsync(SftpErrorCode.NotFound, () => file.ReadRangeAsync(0, 10, (_, _, _) => default, Token));
    }

    [Fact]
    public async Task Cancelling_a_read_ends_it_at_once_and_leaves_the_channel_usable()
    {
        Host.WriteFile("/tmp/file", RandomBytes(10_000_000).AsSpan());
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await using var file = await Files.OpenAsync(P("/tmp/file"), RemoteOpenFlags.Read, null, Token);
        Host.Options.Latency = TimeSpan.FromSeconds(20);
        var started = DateTime.UtcNow;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => file.ReadRangeAsync(0, long.MaxValue, (_, _, _) => default, cancellation.Token));

        Assert.InRange((DateTime.UtcNow - started).TotalSeconds, 0, 10);
        Host.Options.Latency = TimeSpan.Zero;
        Assert.Equal(10_000_000, (await Files.StatAsync(P("/tmp/file"), Token)).Size);
    }

    [Fact]
    public async Task An_error_of_the_sink_ends_the_read_and_leaves_the_channel_usable()
    {
        Host.WriteFile("/tmp/file", RandomBytes(5_000_000).AsSpan());
        await using var file = await Files.OpenAsync(P("/tmp/file"), RemoteOpenFlags.Read, null, Token);

        await Assert.ThrowsAsync<InvalidDataException>(
            () => file.ReadRangeAsync(0, long.MaxValue, (_, _, _) => throw new InvalidDataException(), Token));

        Assert.Equal(5_000_000, (await ReadAllAsync("/tmp/file")).Length);
    }

    [Fact]
    public async Task Several_files_move_over_one_channel_at_the_same_time()
    {
        var contents = Enumerable.Range(0, 8).Select(i => RandomBytes(3_000_000, i)).ToArray();

        await Task.WhenAll(contents.Select((content, i) => WriteAllAsync($"/tmp/{i}", content)));
        var read = await Task.WhenAll(contents.Select((_, i) => ReadAllAsync($"/tmp/{i}")));

        Assert.Equal(contents, read);
    }

    [Fact]
    public async Task Data_is_copied_on_the_server_where_it_offers_that()
    {
        var content = RandomBytes(1_000_000);
        Host.WriteFile("/tmp/from", content.AsSpan());
        await using var from = await Files.OpenAsync(P("/tmp/from"), RemoteOpenFlags.Read, null, Token);
        await using var to = await Files.OpenAsync(P("/tmp/to"), RemoteOpenFlags.Write | RemoteOpenFlags.Create, null, Token);

        await from.CopyRangeAsync(0, 0, to, 0, Token);

        Assert.Equal(content, Host.ReadFile("/tmp/to"));
    }
}
