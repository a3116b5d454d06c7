using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>What somebody sees who reads a file while it is replaced.</summary>
public abstract class AtomicityTests(SshdFixture sshd, string transport)
{
    private const int Overwrites = 100;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "IT-030C-12")]
    [Trait("Requirement", "NFR-030C-12")]
    [Trait("Requirement", "AC-059")]
    public async Task A_reader_never_sees_a_missing_short_or_mixed_file_during_a_hundred_overwrites(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(120));
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Path.Join(upload ? ground.Here : ground.There, "file");
        var destination = Path.Join(upload ? ground.There : ground.Here, "file");
        await File.WriteAllBytesAsync(destination, Content(0));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ground.Token);
        var seen = new HashSet<byte>();
        var readings = 0;
        var reading = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                // As anybody reads a file: it is there, it can be opened, and it is one of those that were written.
                var content = File.ReadAllBytes(destination);
                Assert.True(content.AsSpan().SequenceEqual(Content(content[0])), $"{content.Length} bytes of a file with {content[0]}");
                seen.Add(content[0]);
                Interlocked.Increment(ref readings);
            }
        });

        for (var i = 1; i <= Overwrites; i++)
        {
            var before = Volatile.Read(ref readings);
            await File.WriteAllBytesAsync(source, Content((byte)i));
            var result = upload
                ? await sftp.UploadAsync(source, destination, ground.Upload, null, ground.Token)
                : await sftp.DownloadAsync(source, destination, ground.Download, null, ground.Token);
            Assert.True(result.Success, FaultGround.Describe(result));
            while (Volatile.Read(ref readings) == before && !reading.IsCompleted)
                await Task.Yield();
        }

        await stop.CancelAsync();
        await reading;
        Assert.InRange(seen.Count, Overwrites / 2, Overwrites + 1);
        Assert.Equal(Content(Overwrites), await File.ReadAllBytesAsync(destination));
        Assert.Empty(FaultGround.Leftovers(ground.Root));
    }

    // Each version has a length and a content of its own.
    private static byte[] Content(byte version)
    {
        var content = new byte[200_000 + (version * 1_000)];
        content.AsSpan().Fill(version);
        return content;
    }
}
