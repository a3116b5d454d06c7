using System.Diagnostics;
using System.Globalization;
using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;
using Xunit.Abstractions;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>
/// What takes minutes: large files, cut often, and huge trees. Run with ACODE_SFTP_LONG_TESTS=1; docs/faults.md has what
/// they printed.
/// </summary>
public abstract class LongTransferTests(ITestOutputHelper output, string transport)
{
    private const long Size = 1024L * 1024 * 1024;
    private const int CutCount = 20;
    private const long MostGrowth = 64 * 1024;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "IT-030C-03")]
    [Trait("Requirement", "NFR-030C-13")]
    [Trait("Requirement", "AC-055")]
    [Trait("Requirement", "AC-058")]
    [Trait("Requirement", "NFR-030C-01")]
    public async Task A_gigabyte_arrives_although_line_server_and_client_are_killed_at_twenty_places(bool upload)
    {
        Skip.If(FaultGround.LongTestsSkipped is not null, FaultGround.LongTestsSkipped);
        await using var ground = new FaultGround(TimeSpan.FromMinutes(15));
        await using var server = await SshdFixture.StartAsync();
        await using var relay = new CuttingRelay(server.Port);
        var direction = upload ? RelayDirection.ToServer : RelayDirection.ToClient;
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        var destination = Path.Join(upload ? ground.There : ground.Here, "file");
        var checksum = FaultGround.WriteRandom(source, Size);
        var command = TransferProcess.Command(
            ground.Through(server, relay), transport, upload, source, destination, ground.ResumeManager.StateDirectory);

        // Once without a cut, for what the protocol itself takes.
        var whole = await RunAsync(command, ground.Token);
        Assert.True(whole.Success);
        Assert.InRange(whole.Seconds, 0, 300);
        var overhead = relay.Bytes(direction) - Size;
        File.Delete(destination);

        var start = relay.Bytes(direction);
        var random = new Random(upload ? 1 : 2);
        var offsets = Enumerable.Range(0, CutCount).Select(_ => random.NextInt64(2_000_000, Size)).Order().ToList();
        Process? client = null;
        var kills = 0;
        relay.OnCut = async cut =>
        {
            switch (relay.Cuts % 3)
            {
                case 1:
                    await server.KillAsync();
                    await server.RestartAsync();
                    break;
                case 2:
                    kills++;
                    client!.Kill();
                    break;
            }
        };
        foreach (var offset in offsets)
            relay.Plan(new Cut(direction, start + offset, CutKind.Reset));
        var watch = Stopwatch.StartNew();
        TransferReport? report = null;
        var runs = 0;
        while (report is null)
        {
            Assert.InRange(++runs, 1, CutCount);
            client = TransferProcess.Start(command);
            var told = await client.StandardOutput.ReadToEndAsync(ground.Token);
            await client.WaitForExitAsync(ground.Token);
            // 128 + SIGKILL.
            if (client.ExitCode != 137)
                report = TransferReport.Parse(told);
            client.Dispose();
        }

        Assert.True(report.Success);
        Assert.True(report.WasResumed);
        Assert.Equal(CutCount, relay.Cuts);
        Assert.Equal(checksum, FaultGround.Hash(destination));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
        var again = relay.Bytes(direction) - start - Size - overhead;
        output.WriteLine(
            $"{(upload ? "Upload" : "Download")} of {Size} bytes: {whole.Seconds:0.0} s uncut; cut at {CutCount} places "
            + $"({kills} killed clients, {(CutCount + 1) / 3} killed servers, the others reset lines), "
            + $"{watch.Elapsed.TotalSeconds:0} s, bytes sent again: {again} ({100.0 * again / Size:0.00} %), checksum equal.");
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "IT-030C-13")]
    [Trait("Requirement", "NFR-030C-02")]
    [Trait("Requirement", "AC-015")]
    [Trait("Requirement", "AC-034")]
    [Trait("Requirement", "AC-056")]
    [Trait("Requirement", "FR-030C-26")]
    [Trait("Requirement", "FR-030C-49")]
    public async Task Ten_gigabytes_take_no_more_memory_than_a_few_chunks(bool upload)
    {
        Skip.If(FaultGround.LongTestsSkipped is not null, FaultGround.LongTestsSkipped);
        await using var ground = new FaultGround(TimeSpan.FromMinutes(15));
        await using var server = await SshdFixture.StartAsync();
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        await using (var sparse = File.Create(source))
            sparse.SetLength(10 * Size);
        var report = await RunAsync(
            TransferProcess.Command(
                server.ConnectionOptions(),
                transport,
                upload,
                source,
                Path.Join(upload ? ground.There : ground.Here, "file"),
                ground.ResumeManager.StateDirectory),
            ground.Token);

        Assert.True(report.Success);
        output.WriteLine(
            $"{(upload ? "Upload" : "Download")} of 10 GiB: {report.Seconds:0} s, {report.MemoryBefore} KiB resident before, "
            + $"{report.MemoryPeak} KiB at most: {report.Growth} KiB more.");
        Assert.InRange(report.Growth, 0, MostGrowth);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "NFR-030C-02")]
    public async Task A_tree_of_a_hundred_thousand_files_is_not_held_in_memory(bool upload)
    {
        Skip.If(FaultGround.LongTestsSkipped is not null, FaultGround.LongTestsSkipped);
        await using var ground = new FaultGround(TimeSpan.FromMinutes(15));
        await using var server = await SshdFixture.StartAsync();
        var source = Path.Join(upload ? ground.Here : ground.There, "tree");
        for (var i = 0; i < 100_000; i++)
        {
            var directory = Path.Join(source, $"{i / 1000}");
            if (i % 1000 == 0)
                Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Join(directory, $"file{i}"), $"{i}", ground.Token);
        }

        var destination = Path.Join(upload ? ground.There : ground.Here, "copy");
        var report = await RunAsync(
            TransferProcess.Command(
                server.ConnectionOptions(), transport, upload, source, destination, ground.ResumeManager.StateDirectory),
            ground.Token);

        Assert.True(report.Success);
        Assert.Equal(100_000, report.Files);
        SshdServer.Run("diff", "-r", source, destination);
        output.WriteLine(
            $"{(upload ? "Upload" : "Download")} of 100,000 files: {report.Seconds:0} s, {report.MemoryBefore} KiB resident "
            + $"before, {report.MemoryPeak} KiB at most: {report.Growth} KiB more.");
        // The result lists every file that arrived, and that is most of it: what it may take is bounded by the file.
        Assert.InRange(report.Growth, 0, 4 * MostGrowth);
    }

    private static async Task<TransferReport> RunAsync(string[] command, CancellationToken cancellationToken)
    {
        using var process = TransferProcess.Start(command);
        var told = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return TransferReport.Parse(told);
    }
}
