using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Protocol.Embedded;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class ResumeTests
{
    private const int Size = 12_000_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-31")]
    [Trait("Requirement", "FR-030C-32")]
    [Trait("Requirement", "FR-030C-33")]
    [Trait("Requirement", "AC-020")]
    [Trait("Requirement", "AC-021")]
    [Trait("Requirement", "NFR-030C-05")]
    [Trait("Requirement", "NFR-030C-13")]
    public async Task A_broken_upload_goes_on_where_it_broke_off(bool withCommands)
    {
        var (server, channel) = await StartAsync(options => options.RefuseCommands = !withCommands);
        await using var _ = server;
        AddHead(server.Host);
        var content = RandomBytes(Size);
        var local = server.WriteLocal("a", content);
        server.Host.WriteFile("/home/user/a", "old");
        BreakAfter(server.Host, "Write", 30);

        var broken = await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);
        server.Host.Options.OnRequest = null;
        var left = server.RemoteLeftovers("/home/user").ToList();
        var leftSize = server.Host.GetAttributes("/home/user/" + Assert.Single(left))!.Size!.Value;
        var written = CountWrites(server.Host);
        var observer = new RecordingObserver();
        var resumed = await (await server.ConnectAsync()).UploadAsync(
            local, "/home/user/a", server.Upload with { Observer = observer }, null, server.Token);

        Assert.Equal(TransferErrorType.ConnectionLost, Assert.Single(broken.Errors).Type);
        Assert.True(resumed.Success, string.Join("; ", resumed.Errors));
        Assert.True(resumed.WasResumed);
        var file = Assert.Single(resumed.Files);
        Assert.InRange(file.ResumedFrom, 1_000_000, leftSize);
        Assert.Equal(Size - file.ResumedFrom, written());
        Assert.Equal(file.ResumedFrom, Assert.Single(observer.Events.OfType<TransferResumedEvent>()).ResumedFromByte);
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
        Assert.Equal(Sha256(content), file.Checksum);
        Assert.Empty(server.RemoteLeftovers("/home/user"));
        Assert.Empty(States(server));
    }

    [Fact]
    public async Task What_was_spoiled_in_the_partial_upload_is_found_out_and_sent_again()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        AddHead(server.Host);
        var content = RandomBytes(Size);
        var local = server.WriteLocal("a", content);
        BreakAfter(server.Host, "Write", 30);
        await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);
        server.Host.Options.OnRequest = null;
        var partial = "/home/user/" + Assert.Single(server.RemoteLeftovers("/home/user"));
        var spoiled = server.Host.ReadFile(partial);
        spoiled[100] ^= 1;
        server.Host.WriteFile(partial, spoiled, ChannelTests.Mode("600"));

        var result = await (await server.ConnectAsync()).UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.False(result.WasResumed);
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a"], server.Host.List("/home/user"));
    }

    [Fact]
    public async Task A_hole_behind_the_acknowledged_bytes_is_not_taken_for_content()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        AddHead(server.Host);
        var content = RandomBytes(Size);
        var local = server.WriteLocal("a", content);
        BreakAfter(server.Host, "Write", 40);
        await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);
        server.Host.Options.OnRequest = null;
        var partial = "/home/user/" + Assert.Single(server.RemoteLeftovers("/home/user"));
        // As if later requests had been carried out and an earlier one had not.
        server.Host.AppendFile(partial, new byte[300_000]);

        var result = await (await server.ConnectAsync()).UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.True(result.WasResumed);
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
    }

    [Fact]
    public async Task A_source_that_changed_meanwhile_is_begun_again()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        AddHead(server.Host);
        var local = server.WriteLocal("a", RandomBytes(Size));
        BreakAfter(server.Host, "Write", 30);
        await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);
        server.Host.Options.OnRequest = null;
        var changed = RandomBytes(Size, seed: 2);
        File.WriteAllBytes(local, changed);

        var result = await (await server.ConnectAsync()).UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.False(result.WasResumed);
        Assert.Equal(changed, server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a"], server.Host.List("/home/user"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_resumption_a_broken_transfer_is_begun_again(bool upload)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        AddHead(server.Host);
        var content = RandomBytes(Size);
        var local = server.WriteLocal("a", content);
        server.Host.WriteFile("/home/user/b", content);
        BreakAfter(server.Host, upload ? "Write" : "Read", 30);
        if (upload)
            await channel.UploadAsync(local, "c", server.Upload, null, server.Token);
        else
            await channel.DownloadAsync("b", server.Local("c"), server.Download, null, server.Token);
        server.Host.Options.OnRequest = null;

        var again = await server.ConnectAsync();
        var result = upload
            ? await again.UploadAsync(local, "c", server.Upload with { EnableResume = false }, null, server.Token)
            : await again.DownloadAsync("b", server.Local("c"), server.Download with { EnableResume = false }, null, server.Token);

        Assert.True(result.Success);
        Assert.False(result.WasResumed);
        Assert.Equal(content, upload ? server.Host.ReadFile("/home/user/c") : File.ReadAllBytes(server.Local("c")));
        Assert.Empty(server.RemoteLeftovers("/home/user").Concat(LocalLeftovers(server.LocalDirectory)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-52")]
    [Trait("Requirement", "FR-030C-53")]
    [Trait("Requirement", "AC-037")]
    [Trait("Requirement", "AC-038")]
    public async Task A_broken_download_goes_on_where_it_broke_off(bool withCommands)
    {
        var (server, channel) = await StartAsync(options => options.RefuseCommands = !withCommands);
        await using var _ = server;
        AddHead(server.Host);
        var content = RandomBytes(Size);
        server.Host.WriteFile("/home/user/a", content);
        var local = server.WriteLocal("d/a", "old");
        BreakAfter(server.Host, "Read", 30);

        var broken = await channel.DownloadAsync("a", local, server.Download, null, server.Token);
        server.Host.Options.OnRequest = null;
        Assert.Equal("old", File.ReadAllText(local));
        var left = new FileInfo(server.Local("d", Assert.Single(LocalLeftovers(server.Local("d"))))).Length;
        var reads = 0;
        server.Host.Options.OnRequest = request => reads += request.Name == "Read" ? 1 : 0;
        var resumed = await (await server.ConnectAsync()).DownloadAsync("a", local, server.Download, null, server.Token);

        Assert.Equal(TransferErrorType.ConnectionLost, Assert.Single(broken.Errors).Type);
        Assert.True(resumed.Success, string.Join("; ", resumed.Errors));
        Assert.True(resumed.WasResumed);
        var file = Assert.Single(resumed.Files);
        Assert.Equal(left, file.ResumedFrom);
        Assert.InRange(left, 1_000_000, Size - 1);
        Assert.InRange(reads, 1, ((Size - left) / 200_000) + 8);
        Assert.Equal(content, File.ReadAllBytes(local));
        Assert.Empty(LocalLeftovers(server.Local("d")));
        Assert.Empty(States(server));
    }

    [Fact]
    public async Task What_was_spoiled_in_the_partial_download_is_found_out_and_fetched_again()
    {
        var (server, channel) = await StartAsync(options => options.RefuseCommands = true);
        await using var _ = server;
        var content = RandomBytes(Size);
        server.Host.WriteFile("/home/user/a", content);
        BreakAfter(server.Host, "Read", 30);
        await channel.DownloadAsync("a", server.Local("d", "a"), server.Download, null, server.Token);
        server.Host.Options.OnRequest = null;
        var partial = server.Local("d", Assert.Single(LocalLeftovers(server.Local("d"))));
        var spoiled = File.ReadAllBytes(partial);
        spoiled[100] ^= 1;
        File.WriteAllBytes(partial, spoiled);

        var result = await (await server.ConnectAsync()).DownloadAsync("a", server.Local("d", "a"), server.Download, null, server.Token);

        Assert.True(result.Success);
        Assert.False(result.WasResumed);
        Assert.Equal(content, File.ReadAllBytes(server.Local("d", "a")));
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-11")]
    public async Task A_transfer_cut_at_random_places_both_ways_arrives_whole()
    {
        var (server, first) = await StartAsync();
        await using var _ = server;
        AddHead(server.Host);
        var random = new Random(3);
        var content = RandomBytes(Size, seed: 9);
        var local = server.WriteLocal("a", content);
        var channel = first;
        foreach (var upload in new[] { true, false })
        {
            TransferResult result;
            var attempts = 0;
            do
            {
                BreakAfter(server.Host, upload ? "Write" : "Read", random.Next(1, 25));
                result = upload
                    ? await channel.UploadAsync(local, "b", server.Upload, null, server.Token)
                    : await channel.DownloadAsync("b", server.Local("c"), server.Download, null, server.Token);
                server.Host.Options.OnRequest = null;
                channel = await server.ConnectAsync();
                Assert.True(++attempts < 100);
            }
            while (!result.Success);

            Assert.True(attempts > 2);
            Assert.True(result.WasResumed);
        }

        Assert.Equal(content, server.Host.ReadFile("/home/user/b"));
        Assert.Equal(content, File.ReadAllBytes(server.Local("c")));
        Assert.Empty(server.RemoteLeftovers("/home/user").Concat(LocalLeftovers(server.LocalDirectory)));
    }

    [Fact]
    public async Task A_cancelled_upload_ends_at_once_and_can_be_continued()
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(20));
        await using var _ = server;
        AddHead(server.Host);
        var content = RandomBytes(Size);
        var local = server.WriteLocal("a", content);
        server.Host.WriteFile("/home/user/a", "old");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(server.Token);
        var cancelledAt = 0L;
        var progress = new DirectProgress(sample =>
        {
            if (sample.BytesTransferred > 3_000_000 && cancelledAt == 0)
            {
                cancelledAt = System.Diagnostics.Stopwatch.GetTimestamp();
                cancel.Cancel();
            }
        });
        // Slow enough for the sampler to see it under way.
        var options = server.Upload with { BandwidthLimit = 10_000_000 };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.UploadAsync(local, "/home/user/a", options, progress, cancel.Token));
        var took = System.Diagnostics.Stopwatch.GetElapsedTime(cancelledAt);

        // A second, and what a busy machine adds.
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        Assert.Equal("old"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        var resumed = await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);
        Assert.True(resumed.WasResumed);
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
    }

    [Fact]
    public async Task A_cancelled_small_upload_leaves_nothing()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(server.Token);
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Write")
                cancel.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            channel.UploadAsync(server.WriteLocal("a", RandomBytes(500_000)), "a", server.Upload, null, cancel.Token));
        // The channel is used on: its requests are answered in order, after what tidies up.
        Assert.Empty(await channel.ListDirectoryAsync(".", cancellationToken: server.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-30")]
    [Trait("Requirement", "FR-030C-51")]
    [Trait("Requirement", "AC-019")]
    [Trait("Requirement", "AC-036")]
    public async Task A_transfer_that_takes_longer_than_its_limit_fails_in_time_and_can_be_continued(bool upload)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        AddHead(server.Host);
        var content = RandomBytes(4_000_000);
        var local = server.WriteLocal("a", content);
        server.Host.WriteFile("/home/user/b", content);
        var limits = (Timeout: TimeSpan.FromSeconds(1.5), BandwidthLimit: 1_500_000L);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        var late = upload
            ? await channel.UploadAsync(local, "c", server.Upload with { Timeout = limits.Timeout, BandwidthLimit = limits.BandwidthLimit }, null, server.Token)
            : await channel.DownloadAsync("b", server.Local("c"), server.Download with { Timeout = limits.Timeout, BandwidthLimit = limits.BandwidthLimit }, null, server.Token);
        var took = clock.Elapsed;
        var done = upload
            ? await channel.UploadAsync(local, "c", server.Upload, null, server.Token)
            : await channel.DownloadAsync("b", server.Local("c"), server.Download, null, server.Token);

        Assert.InRange(took, limits.Timeout, limits.Timeout + TimeSpan.FromSeconds(4));
        Assert.Equal(TransferErrorType.Timeout, Assert.Single(late.Errors).Type);
        Assert.True(done.WasResumed);
        Assert.Equal(content, upload ? server.Host.ReadFile("/home/user/c") : File.ReadAllBytes(server.Local("c")));
    }

    [Fact]
    public async Task A_transfer_in_which_nothing_moves_fails_after_the_idle_limit()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Write")
                server.Host.Options.Latency = TimeSpan.FromSeconds(30);
        };

        var result = await channel.UploadAsync(
            server.WriteLocal("a"), "a", server.Upload with { IdleTimeout = TimeSpan.FromSeconds(1) }, null, server.Token);

        Assert.Equal(TransferErrorType.Timeout, Assert.Single(result.Errors).Type);
        Assert.Contains("Nothing was transferred", result.Errors[0].ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_uploads_of_one_file_to_one_place_do_not_spoil_each_other()
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(1));
        await using var _ = server;
        var content = RandomBytes(5_000_000);
        var local = server.WriteLocal("a", content);
        server.Host.WriteFile("/home/user/b", content);

        var uploads = Enumerable.Range(0, 4).Select(_ => channel.UploadAsync(local, "a", server.Upload, null, server.Token));
        var downloads = Enumerable.Range(0, 4).Select(_ => channel.DownloadAsync("b", server.Local("d", "b"), server.Download, null, server.Token));
        var results = await Task.WhenAll(uploads.Concat(downloads));

        Assert.All(results, result => Assert.True(result.Success && result.ChecksumVerified, string.Join("; ", result.Errors)));
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
        Assert.Equal(content, File.ReadAllBytes(server.Local("d", "b")));
        Assert.Empty(server.RemoteLeftovers("/home/user").Concat(LocalLeftovers(server.Local("d"))));
    }

    // The embedded host has sha256sum but no pipes.
    private static void AddHead(EmbeddedHost host) => host.AddReply("head -c *", command =>
    {
        var words = command.CommandLine.Split(' ', 5);
        var path = command.CommandLine[(command.CommandLine.IndexOf('\'', StringComparison.Ordinal) + 1)..command.CommandLine.LastIndexOf('\'')];
        return new EmbeddedReply(Sha256(host.ReadFile(path)[..int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture)]) + "  -\n");
    });

    private static void BreakAfter(EmbeddedHost host, string request, int count) => host.Options.OnRequest = seen =>
    {
        if (seen.Name == request && --count < 0)
            throw new IOException("The line was cut.");
    };

    private static Func<long> CountWrites(EmbeddedHost host)
    {
        long written = 0;
        host.Options.OnWrite = (_, _, data) => written += data.Length;
        return () => written;
    }

    private static IEnumerable<string> States(EmbeddedServer server) =>
        Directory.EnumerateFiles(server.ResumeManager.StateDirectory, "*.resume.json");
}
