using AcodeSftp.FileTransfer;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Tests.Transfers;

public sealed class TransferProgressTextTests
{
    [Fact]
    public void Bytes_rate_and_files_are_shown()
    {
        var progress = Progress(12_345_678, 1_200_000_000) with { BytesPerSecond = 45_600_000, CurrentFile = 3, TotalFiles = 200 };
        Assert.Equal("12.3 MB of 1.2 GB, 45.6 MB/s, file 3 of 200", TransferProgressText.Status(progress));
        Assert.Equal(1, TransferProgressText.Percent(progress));
        Assert.Equal(27, TransferProgressText.SecondsRemaining(progress));
    }

    [Fact]
    public void An_unknown_total_is_not_a_percentage()
    {
        var progress = Progress(500, 0);
        Assert.Equal("500 B", TransferProgressText.Status(progress));
        Assert.Equal(-1, TransferProgressText.Percent(progress));
        Assert.Equal(-1, TransferProgressText.SecondsRemaining(progress));
    }

    [Fact]
    public void A_file_that_grew_is_not_more_than_done()
    {
        var progress = Progress(2000, 1000) with { BytesPerSecond = 0.0001 };
        Assert.Equal("2.0 KB of 2.0 KB, 0 B/s", TransferProgressText.Status(progress));
        Assert.Equal(100, TransferProgressText.Percent(progress));
        Assert.Equal(0, TransferProgressText.SecondsRemaining(progress));
    }

    [Fact]
    public void A_rate_near_nothing_takes_no_more_time_than_can_be_shown() =>
        Assert.Equal(int.MaxValue, TransferProgressText.SecondsRemaining(Progress(0, long.MaxValue) with { BytesPerSecond = 1e-9 }));

    [Fact]
    public void No_time_is_told_before_the_rate_has_settled()
    {
        var progress = Progress(1_000, 1_000_000) with { BytesPerSecond = 1_000 };
        Assert.Equal(-1, TransferProgressText.SecondsRemaining(progress with { Elapsed = TimeSpan.FromSeconds(1.9) }));
        Assert.Equal(999, TransferProgressText.SecondsRemaining(progress with { Elapsed = TimeSpan.FromSeconds(2) }));
    }

    private static TransferProgress Progress(long done, long total) =>
        new() { FilePath = "/a", BytesTransferred = done, TotalBytes = total, Elapsed = TimeSpan.FromSeconds(10) };
}
