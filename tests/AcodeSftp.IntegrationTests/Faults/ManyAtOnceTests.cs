using System.Diagnostics;
using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>Many things at once, over one session and over one channel of it.</summary>
public abstract class ManyAtOnceTests(SshdFixture sshd, string transport)
{
    [SkippableFact]
    [Trait("Requirement", "NFR-030C-03")]
    [Trait("Requirement", "AC-057")]
    [Trait("Requirement", "IT-030C-08")]
    public async Task Ten_transfers_run_at_the_same_time()
    {
        const int Size = 2_000_000;
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        // Nobody goes on before all ten have begun.
        var begun = 0;
        var allBegun = new TaskCompletionSource();
        async Task TransferAsync(int number)
        {
            var upload = number % 2 == 0;
            var source = Path.Join(upload ? ground.Here : ground.There, $"file{number}");
            var destination = Path.Join(upload ? ground.There : ground.Here, $"file{number}");
            var checksum = FaultGround.WriteRandom(source, Size, number);
            var observer = new Starting(() =>
            {
                if (Interlocked.Increment(ref begun) == 10)
                    allBegun.SetResult();
                return allBegun.Task;
            });
            var result = upload
                ? await sftp.UploadAsync(source, destination, ground.Upload with { Observer = observer }, null, ground.Token)
                : await sftp.DownloadAsync(source, destination, ground.Download with { Observer = observer }, null, ground.Token);
            Assert.True(result.Success, FaultGround.Describe(result));
            Assert.Equal(checksum, FaultGround.Hash(destination));
        }

        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => Task.Run(() => TransferAsync(number))));

        Assert.Equal(10, begun);
        Assert.Empty(FaultGround.Leftovers(ground.Root));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "NFR-030C-15")]
    [Trait("Requirement", "AC-060")]
    [Trait("Requirement", "SSH-04")]
    [Trait("Requirement", "SSH-29")]
    public async Task Forty_callers_do_everything_at_once_and_each_gets_its_own_answers(bool oneChannel)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(120));
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var shared = await session.OpenSftpAsync(ground.Token);

        async Task CallAsync(int number)
        {
            // OpenSSH allows ten channels of a connection, commands and checksums among them.
            var sftp = oneChannel || number % 20 != 0 ? shared : await session.OpenSftpAsync(ground.Token);
            var random = new Random(number);
            var directory = $"{ground.There}/caller {number}";
            await sftp.CreateDirectoryAsync(directory, cancellationToken: ground.Token);
            for (var round = 0; round < 5; round++)
            {
                var size = random.Next(1, 300_000);
                var local = Path.Join(ground.Here, $"up{number}.{round}");
                var checksum = FaultGround.WriteRandom(local, size, (number * 100) + round);
                var remote = $"{directory}/file{round}";
                var up = await sftp.UploadAsync(local, remote, ground.Upload, null, ground.Token);
                Assert.True(up.Success, FaultGround.Describe(up));
                Assert.Equal(size, (await sftp.StatAsync(remote, ground.Token)).Size);
                await sftp.RenameAsync(remote, remote + ".moved", cancellationToken: ground.Token);
                Assert.False(await sftp.ExistsAsync(remote, ground.Token));
                var back = Path.Join(ground.Here, $"down{number}.{round}");
                var down = await sftp.DownloadAsync(remote + ".moved", back, ground.Download, null, ground.Token);
                Assert.True(down.Success, FaultGround.Describe(down));
                Assert.Equal(checksum, FaultGround.Hash(back));
                Assert.Equal(round + 1, (await sftp.ListDirectoryAsync(directory, cancellationToken: ground.Token)).Count);
                if (number % 20 == 1)
                    Assert.Equal($"{number}\n", (await session.InvokeCommandAsync($"echo {number}", null, ground.Token)).StandardOutput);
            }

            await sftp.DeleteAsync(directory, recursive: true, ground.Token);
            if (sftp != shared)
                await sftp.DisposeAsync();
        }

        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => Task.Run(() => CallAsync(number))));

        Assert.Empty(Directory.EnumerateFileSystemEntries(ground.There));
        Assert.Equal(0, session.ReconnectCount);
    }

    private sealed class Starting(Func<Task> act) : ITransferObserver
    {
        public async ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken = default)
        {
            if (transferEvent is TransferStartedEvent)
                await act();
        }
    }
}
