using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>Transfers over connections that are cut: they arrive, and nothing else is left.</summary>
public abstract class CutTransferTests(SshdFixture sshd, string transport)
{
    private const int Size = 64 * 1024 * 1024;
    private const int CutCount = 5;

    // A cut costs what is on the way, the windows of the channel and of the sockets on both sides of the relay; and where a
    // busy machine answers as if it were far away, what other channels have moved behind a gap. Beginning anew costs more.
    private const long MostLostByACut = 20 * 1024 * 1024;

    [SkippableTheory]
    [InlineData(true, CutKind.Reset)]
    [InlineData(true, CutKind.HalfClose)]
    [InlineData(false, CutKind.Reset)]
    [InlineData(false, CutKind.HalfClose)]
    [Trait("Requirement", "IT-030C-06")]
    [Trait("Requirement", "IT-030C-07")]
    [Trait("Requirement", "NFR-030C-13")]
    public async Task A_transfer_cut_five_times_arrives_in_one_call(bool upload, CutKind kind)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(120));
        await using var relay = new CuttingRelay(sshd.Server.Port);
        PlanCuts(relay, upload, kind, seed: 20);
        var observer = new Observer();
        await using var session = ground.Session(ground.Through(sshd.Server, relay), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        var destination = Path.Join(upload ? ground.There : ground.Here, "file");
        var checksum = FaultGround.WriteRandom(source, Size);
        await File.WriteAllTextAsync(destination, "old");

        var result = upload
            ? await sftp.UploadAsync(source, destination, ground.Upload with { Observer = observer }, null, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download with { Observer = observer }, null, ground.Token);

        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.Equal(CutCount, relay.Cuts);
        Assert.True(result.WasResumed);
        var file = Assert.Single(result.Files);
        Assert.Equal(observer.Resumed[^1].ResumedFromByte, file.ResumedFrom);
        // A cut may come before what an earlier one left is gone on from.
        Assert.InRange(observer.Resumed.Count, 1, CutCount);
        Assert.Equal(TransferVerification.Checksum, file.Verification);
        Assert.Equal(checksum, FaultGround.Hash(destination));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
        Assert.Empty(Directory.EnumerateFiles(ground.ResumeManager.StateDirectory, "*.resume.json"));
        var moved = relay.Bytes(upload ? RelayDirection.ToServer : RelayDirection.ToClient);
        Assert.InRange(moved, Size, Size + (CutCount * MostLostByACut));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_line_that_goes_silent_is_given_up_and_the_transfer_goes_on_over_another(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(120));
        await using var relay = new CuttingRelay(sshd.Server.Port);
        relay.Plan(new Cut(upload ? RelayDirection.ToServer : RelayDirection.ToClient, Size / 2, CutKind.Stall));
        var options = ground.Through(sshd.Server, relay) with { OperationTimeout = TimeSpan.FromSeconds(2) };
        await using var session = ground.Session(options, transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        var destination = Path.Join(upload ? ground.There : ground.Here, "file");
        var checksum = FaultGround.WriteRandom(source, Size);

        var result = upload
            ? await sftp.UploadAsync(source, destination, ground.Upload, null, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download, null, ground.Token);

        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.Equal(1, relay.Cuts);
        Assert.True(result.WasResumed);
        Assert.Equal(checksum, FaultGround.Hash(destination));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tree_arrives_whole_over_a_line_that_is_cut_again_and_again(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(120));
        await using var relay = new CuttingRelay(sshd.Server.Port);
        for (var i = 1; i <= 10; i++)
            relay.Plan(new Cut(upload ? RelayDirection.ToServer : RelayDirection.ToClient, i * 150_000, CutKind.Reset));
        await using var session = ground.Session(ground.Through(sshd.Server, relay), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(upload ? ground.Here : ground.There, "tree");
        var destination = Path.Join(upload ? ground.There : ground.Here, "copy");
        for (var i = 0; i < 200; i++)
        {
            var directory = Directory.CreateDirectory(Path.Join(source, $"d{i % 20}", $"e{i % 7}")).FullName;
            FaultGround.WriteRandom(Path.Join(directory, $"file{i}"), 10_000 + i, i);
        }

        var result = upload
            ? await sftp.UploadAsync(source, destination, ground.Upload with { ParallelTransfers = 4 }, null, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download, null, ground.Token);

        Assert.True(result.Success, FaultGround.Describe(result));
        Assert.Equal(200, result.FilesTransferred);
        Assert.InRange(relay.Cuts, 5, 10);
        SshdServer.Run("diff", "-r", source, destination);
        Assert.Empty(FaultGround.Leftovers(ground.Root));
    }

    [SkippableFact]
    public async Task A_transfer_that_is_given_up_while_its_line_is_cut_does_not_connect_again()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var relay = new CuttingRelay(sshd.Server.Port);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(ground.Token);
        relay.OnCut = _ => giveUp.CancelAsync();
        relay.Plan(new Cut(RelayDirection.ToServer, Size / 2, CutKind.Reset));
        await using var session = ground.Session(ground.Through(sshd.Server, relay), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(ground.Here, "file");
        FaultGround.WriteRandom(source, Size);
        var lost = new TaskCompletionSource();
        session.StateChanged += (_, change) =>
        {
            if (change.NewState == SftpSessionState.Degraded)
                lost.TrySetResult();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            sftp.UploadAsync(source, Path.Join(ground.There, "file"), ground.Upload, null, giveUp.Token));

        await lost.Task.WaitAsync(ground.Token);
        // Tidying up, had it gone on behind our back, would have connected within this time.
        await Task.Delay(700, ground.Token);
        Assert.Equal(0, session.ReconnectCount);
        Assert.Equal(SftpSessionState.Degraded, session.State);
    }

    [SkippableFact]
    public async Task A_server_that_does_not_come_back_ends_the_transfer_with_one_error_a_file_at_work()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var server = await SshdFixture.StartAsync();
        await using var session = ground.Session(server.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Directory.CreateDirectory(Path.Join(ground.Here, "tree")).FullName;
        for (var i = 0; i < 500; i++)
            FaultGround.WriteRandom(Path.Join(source, $"file{i}"), 10_000, i);
        var observer = new Observer { OnFirstFile = () => server.KillAsync() };

        var result = await sftp.UploadAsync(
            source, Path.Join(ground.There, "copy"), ground.Upload with { Observer = observer }, null, ground.Token);

        Assert.False(result.Success);
        Assert.InRange(result.FilesTransferred, 1, 499);
        Assert.InRange(result.Errors.Count, 1, 20);
        Assert.All(result.Errors, error => Assert.NotNull(error.Exception));
        Assert.Equal(SftpSessionState.Failed, session.State);
    }

    private static void PlanCuts(CuttingRelay relay, bool upload, CutKind kind, int seed)
    {
        var random = new Random(seed);
        // Not within the login and the first megabyte, which is not worth going on with.
        foreach (var after in Enumerable.Range(0, CutCount).Select(_ => random.NextInt64(3_000_000, Size - 1_000_000)).Order())
            relay.Plan(new Cut(upload ? RelayDirection.ToServer : RelayDirection.ToClient, after, kind));
    }

    private sealed class Observer : ITransferObserver
    {
        private int _files;

        public List<TransferResumedEvent> Resumed { get; } = [];

        public Func<Task>? OnFirstFile { get; init; }

        public async ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken = default)
        {
            if (transferEvent is TransferResumedEvent resumed)
                Resumed.Add(resumed);
            if (transferEvent is TransferFileCompletedEvent && Interlocked.Increment(ref _files) == 1 && OnFirstFile is { } act)
                await act();
        }
    }
}
