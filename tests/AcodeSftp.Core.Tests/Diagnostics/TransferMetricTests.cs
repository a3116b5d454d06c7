using System.Diagnostics;
using System.Runtime.Versioning;
using AcodeSftp.Connections;
using AcodeSftp.Core.Tests.FileTransfer.Scp;
using AcodeSftp.Diagnostics;
using AcodeSftp.FileTransfer;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;
using AcodeSftp.Tests.Sessions;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.Diagnostics;

/// <summary>Real transfers on the embedded host, and what the meter and the activity source say of them.</summary>
[Collection(MetricsAlone.Name)]
public sealed class TransferMetricTests : IDisposable
{
    private readonly SftpMetricCollector _collector = new();

    public void Dispose() => _collector.Dispose();

    [Fact]
    [Trait("Requirement", "NFR-030C-22")]
    public async Task Transfers_files_and_bytes_are_counted_for_each_operation()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/a", RandomBytes(1000));
        server.WriteLocal("tree/b", RandomBytes(500));

        await channel.UploadAsync(server.Local("tree"), "tree", server.Upload, null, server.Token);
        await channel.DownloadAsync("tree/a", server.Local("a"), server.Download, null, server.Token);
        await channel.DownloadAsync("tree/b", server.Local("b"), server.Download with { VerifyChecksum = false }, null, server.Token);

        var metrics = _collector.Snapshot();
        Assert.Equal((1, 2), Count(metrics, SftpMetricNames.Transfers));
        Assert.Equal((2, 2), Count(metrics, SftpMetricNames.Files));
        Assert.Equal((1500, 1500), Count(metrics, SftpMetricNames.Bytes));
        Assert.Equal(3, metrics.Sum(SftpMetricNames.Files, SftpTagNames.Verification, "checksum"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Files, SftpTagNames.Verification, "size"));
        Assert.Equal(3, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Outcome, "success"));
        Assert.Equal(3, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Protocol, "sftp"));
        Assert.Equal(0, metrics.Sum(SftpMetricNames.ActiveTransfers));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Transfers_by_scp_are_told_from_those_by_sftp()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();

        await channel.UploadAsync(server.WriteLocal("a", RandomBytes(1000)), server.Remote("b"), null, null, server.Token);

        var metrics = _collector.Snapshot();
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Protocol, "scp"));
        Assert.Equal(1000, metrics.Sum(SftpMetricNames.Bytes, SftpTagNames.Protocol, "scp"));
        Assert.Equal(0, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Protocol, "sftp"));
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-23")]
    public async Task Durations_are_spread_over_the_buckets_of_a_histogram()
    {
        var (server, channel) = await StartAsync(options => options.Latency = TimeSpan.FromMilliseconds(60));
        await using var _ = server;

        var results = new List<TransferResult>();
        for (var i = 0; i < 3; i++)
            results.Add(await channel.UploadAsync(server.WriteLocal("a"), $"a{i}", server.Upload, null, server.Token));

        var metric = Assert.Single(_collector.Snapshot().Metrics, metric => metric.Name == SftpMetricNames.TransferDuration);
        Assert.Equal("s", metric.Unit);
        Assert.Equal(3, metric.Count);
        Assert.Equal(results.Sum(result => result.Duration.TotalSeconds), metric.Sum, 0.001);
        Assert.Equal(3, metric.Buckets.Sum(bucket => bucket.Count));
        Assert.Equal(0, metric.Buckets.Where(bucket => bucket.UpperBound <= 0.05).Sum(bucket => bucket.Count));
        Assert.Equal(results.Count(result => result.Duration.TotalSeconds <= 1), metric.Buckets.Where(bucket => bucket.UpperBound <= 1).Sum(bucket => bucket.Count));
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-24")]
    public async Task Failures_are_counted_by_the_type_of_error()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var local = server.WriteLocal("a");
        server.Host.WriteFile("/home/user/taken", "content");

        await channel.UploadBatchAsync(
            [(local, "fine"), (server.Local("missing"), "b"), (server.Local("missing too"), "c"), (local, "taken")],
            server.Upload with { Overwrite = false },
            null,
            server.Token);
        await Assert.ThrowsAsync<SftpException>(() => channel.DownloadAsync("nothing", server.Local("x"), server.Download, null, server.Token));

        var metrics = _collector.Snapshot();
        Assert.Equal((3, 1), Count(metrics, SftpMetricNames.Errors));
        Assert.Equal(3, metrics.Sum(SftpMetricNames.Errors, SftpTagNames.ErrorType, "NotFound"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Errors, SftpTagNames.ErrorType, "AlreadyExists"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Outcome, "partial"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Outcome, "failure"));
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-25")]
    public async Task Resumed_transfers_are_told_from_full_ones()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(8_000_000));
        await TransferLogTests.BreakOffAsync(server, channel, local);
        _collector.Reset();

        var resumed = await channel.UploadAsync(local, "a", server.Upload, null, server.Token);
        await channel.UploadAsync(local, "b", server.Upload, null, server.Token);

        var metrics = _collector.Snapshot();
        var saved = resumed.Files[0].ResumedFrom;
        Assert.True(saved > 0);
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Resumption, "resumed"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Transfers, SftpTagNames.Resumption, "full"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Files, SftpTagNames.Resumption, "resumed"));
        Assert.Equal(saved, metrics.Sum(SftpMetricNames.ResumedBytes));
        Assert.Equal(16_000_000 - saved, metrics.Sum(SftpMetricNames.Bytes));
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-28")]
    public async Task The_rate_of_a_transfer_is_its_bytes_over_its_duration()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;

        var result = await channel.UploadAsync(server.WriteLocal("a", RandomBytes(3_000_000)), "a", server.Upload, null, server.Token);
        await channel.UploadAsync(server.WriteLocal("empty", []), "empty", server.Upload, null, server.Token);

        var metric = Assert.Single(_collector.Snapshot().Metrics, metric => metric.Name == SftpMetricNames.TransferRate);
        Assert.Equal("By/s", metric.Unit);
        Assert.Equal(1, metric.Count);
        Assert.Equal(3_000_000 / result.Duration.TotalSeconds, metric.Sum, metric.Sum * 0.001);
        var bucket = Assert.Single(metric.Buckets, bucket => bucket.Count > 0);
        Assert.True(metric.Sum <= bucket.UpperBound && metric.Sum > bucket.UpperBound / 2);
    }

    [Fact]
    public async Task A_transfer_counts_as_active_until_it_ends_even_where_it_is_cancelled()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        using var cancelled = new CancellationTokenSource();
        var active = 0.0;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name != "Write" || cancelled.IsCancellationRequested)
                return;
            active = _collector.Snapshot().Sum(SftpMetricNames.ActiveTransfers);
            cancelled.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            channel.UploadAsync(server.WriteLocal("a", RandomBytes(4_000_000)), "a", server.Upload, null, cancelled.Token));

        Assert.Equal(1, active);
        Assert.Equal(0, _collector.Snapshot().Sum(SftpMetricNames.ActiveTransfers));
        Assert.Equal(1, _collector.Snapshot().Sum(SftpMetricNames.Transfers, SftpTagNames.Outcome, "cancelled"));
        Assert.Equal(0, _collector.Snapshot().Sum(SftpMetricNames.Errors));
    }

    [Fact]
    public async Task Connections_are_counted_first_again_and_in_vain()
    {
        var memory = new MemoryTransport();
        var options = new SshConnectionOptions { HostName = "host", UserName = "me" };
        await using var session = new SftpSession(1, null, options, new SshTransportChoice(memory, "for a test"));
        await session.ConnectAsync();
        await session.CloseAsync();
        await session.ConnectAsync();
        await using var locked = new SftpSession(
            2, null, options, new SshTransportChoice(new FaultyTransport(memory, SftpErrorCode.AuthenticationFailed), "for a test"));
        await Assert.ThrowsAsync<SftpException>(() => locked.ConnectAsync());

        var metrics = _collector.Snapshot();
        Assert.Equal(2, metrics.Sum(SftpMetricNames.Connections, SftpTagNames.Transport, "Memory"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Connections, SftpTagNames.Reconnect, "True"));
        Assert.Equal(1, metrics.Sum(SftpMetricNames.Connections, SftpTagNames.ErrorType, "AuthenticationFailed"));
        Assert.Equal(3, metrics.Metrics.Where(metric => metric.Name == SftpMetricNames.ConnectDuration).Sum(metric => metric.Count));
    }

    [Fact]
    public async Task A_transfer_is_a_span_beneath_the_callers_and_tells_how_it_ended()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is SftpDiagnostics.ActivitySourceName or "caller",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (spans)
                    spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var callers = new ActivitySource("caller");
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(1000));

        using (var caller = callers.StartActivity("deploy")!)
        {
            await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);
            await channel.UploadBatchAsync([(server.Local("missing"), "b")], server.Upload, null, server.Token);
            Assert.Same(caller, Activity.Current);
        }

        var connect = Assert.Single(spans, span => span.OperationName == "ssh connect");
        Assert.Equal("success", connect.GetTagItem(SftpTagNames.Outcome));
        var uploads = spans.Where(span => span.OperationName == "sftp upload").ToList();
        Assert.Equal(2, uploads.Count);
        Assert.All(uploads, span => Assert.Equal("deploy", span.Parent!.OperationName));
        Assert.Equal(ActivityKind.Client, uploads[0].Kind);
        Assert.Equal("host", uploads[0].GetTagItem(SftpTagNames.ServerAddress));
        Assert.Equal(local, uploads[0].GetTagItem(SftpTagNames.Source));
        Assert.Equal("sftp://user@host:22/home/user/a", uploads[0].GetTagItem(SftpTagNames.Destination));
        Assert.Equal(1000L, uploads[0].GetTagItem(SftpTagNames.ByteCount));
        Assert.Equal(ActivityStatusCode.Unset, uploads[0].Status);
        Assert.Equal(ActivityStatusCode.Error, uploads[1].Status);
        Assert.Equal("NotFound", uploads[1].GetTagItem(SftpTagNames.ErrorType));
        Assert.Equal("failed", Assert.Single(uploads[1].Events).Name);
    }

    private static (double Uploads, double Downloads) Count(MetricSnapshot metrics, string name) =>
        (metrics.Sum(name, SftpTagNames.Direction, "upload"), metrics.Sum(name, SftpTagNames.Direction, "download"));
}
