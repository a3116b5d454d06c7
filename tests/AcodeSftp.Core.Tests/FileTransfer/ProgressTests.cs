using System.Diagnostics;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class ProgressTests
{
    [Theory]
    [InlineData(TransferDirection.Upload)]
    [InlineData(TransferDirection.Download)]
    [Trait("Requirement", "FR-030C-28")]
    [Trait("Requirement", "FR-030C-29")]
    [Trait("Requirement", "FR-030C-50")]
    [Trait("Requirement", "AC-017")]
    [Trait("Requirement", "AC-018")]
    [Trait("Requirement", "AC-035")]
    [Trait("Requirement", "NFR-030C-04")]
    [Trait("Requirement", "NFR-030C-26")]
    public async Task Progress_is_told_between_one_and_ten_times_a_second_and_at_the_end(TransferDirection direction)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var content = RandomBytes(3_000_000);
        for (var i = 0; i < 3; i++)
        {
            server.WriteLocal($"from/{i}", content);
            server.Host.WriteFile($"/home/user/from/{i}", content);
        }

        var told = new List<(TimeSpan At, TransferProgress Progress)>();
        var clock = Stopwatch.StartNew();
        var progress = new DirectProgress(sample =>
        {
            lock (told)
                told.Add((clock.Elapsed, sample));
        });
        if (direction == TransferDirection.Upload)
            await channel.UploadAsync(server.Local("from"), "to", server.Upload with { BandwidthLimit = 4_500_000 }, progress, server.Token);
        else
            await channel.DownloadAsync("from", server.Local("to"), server.Download with { BandwidthLimit = 4_500_000 }, progress, server.Token);
        var seconds = clock.Elapsed.TotalSeconds;

        Assert.InRange(told.Count, 3, (seconds * 10) + 2);
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.InRange(pair.Second.At - pair.First.At, TimeSpan.Zero, TimeSpan.FromSeconds(1.2)));
        Assert.Equal(told.Select(at => at.Progress.BytesTransferred).Order(), told.Select(at => at.Progress.BytesTransferred));
        Assert.All(told, at => Assert.InRange(at.Progress.Percent, 0, 100));
        var last = told[^1].Progress;
        Assert.Equal((9_000_000, 9_000_000, 100.0, 3, 3), (last.BytesTransferred, last.TotalBytes, last.Percent, last.CurrentFile, last.TotalFiles));
        var middle = told[told.Count / 2].Progress;
        Assert.InRange(middle.BytesPerSecond, 1_000_000, 12_000_000);
        Assert.NotNull(middle.EstimatedRemaining);
    }

    [Fact]
    [Trait("Requirement", "NFR-030C-27")]
    public async Task Events_are_told_in_order_and_a_file_when_it_is_in_place()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        for (var i = 0; i < 5; i++)
            server.WriteLocal($"tree/{i}", $"{i}");
        var inPlace = new List<bool>();
        var observer = new RecordingObserver
        {
            OnEvent = (told, _) =>
            {
                if (told is TransferFileCompletedEvent { File: var file })
                    inPlace.Add(server.Host.Exists("/home/user/" + file.RemotePath));
                return Task.CompletedTask;
            },
        };

        var result = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { Observer = observer }, null, server.Token);

        var events = observer.Events;
        var started = Assert.IsType<TransferStartedEvent>(events[0]);
        Assert.Equal((TransferDirection.Upload, server.Local("tree"), "tree"), (started.Direction, started.SourcePath, started.DestinationPath));
        var completed = Assert.IsType<TransferCompletedEvent>(events[^1]);
        Assert.Equal((true, 5, 5L), (completed.Success, completed.FilesTransferred, completed.BytesTransferred));
        Assert.Equal(Enumerable.Repeat(true, 5), inPlace);
        Assert.Equal(result.Files.Select(file => file.LocalPath).Order(), events.OfType<TransferFileCompletedEvent>().Select(told => told.File.LocalPath).Order());
    }

    [Fact]
    public async Task An_observer_that_throws_ends_the_transfer_with_what_it_threw()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        for (var i = 0; i < 100; i++)
            server.WriteLocal($"tree/{i}");
        var observer = new RecordingObserver
        {
            OnEvent = (told, _) => told is TransferFileCompletedEvent ? throw new InvalidTimeZoneException("mine") : Task.CompletedTask,
        };

        var thrown = await Assert.ThrowsAsync<InvalidTimeZoneException>(() =>
            channel.UploadAsync(server.Local("tree"), "tree", server.Upload with { Observer = observer }, null, server.Token));
        Assert.Equal("mine", thrown.Message);
    }

    [Fact]
    [Trait("Requirement", "AC-060")]
    [Trait("Requirement", "NFR-030C-15")]
    public async Task Everything_at_once_on_one_channel_works()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var content = RandomBytes(400_000);
        server.WriteLocal("a", content);

        await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            var directory = $"work/{i}";
            await channel.CreateDirectoryAsync(directory, cancellationToken: server.Token);
            var up = await channel.UploadAsync(server.Local("a"), $"{directory}/a", server.Upload, null, server.Token);
            await channel.RenameAsync($"{directory}/a", $"{directory}/b", cancellationToken: server.Token);
            await channel.CopyAsync($"{directory}/b", $"{directory}/c", cancellationToken: server.Token);
            var down = await channel.DownloadAsync(directory, server.Local("down", $"{i}"), server.Download, null, server.Token);
            Assert.True(up.Success && down.Success, string.Join("; ", up.Errors.Concat(down.Errors)));
            Assert.Equal(content, File.ReadAllBytes(server.Local("down", $"{i}", "c")));
            await channel.DeleteAsync(directory, recursive: true, server.Token);
        }));

        Assert.Empty(await channel.ListDirectoryAsync("work", true, server.Token));
    }
}
