using AcodeSftp.FileTransfer;
using AcodeSftp.Shell.Display;

namespace AcodeSftp.Tests.Display;

public sealed class TransferResultDisplayTests
{
    [Theory]
    [InlineData(2.54, "0:02.5")]
    [InlineData(754, "12:34.0")]
    [InlineData(93784, "26:03:04")]
    public void A_time_is_short(double seconds, string text) =>
        Assert.Equal(text, TransferResultDisplay.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void What_was_verified_least_counts()
    {
        Assert.Equal("Checksum", TransferResultDisplay.Verified(Result(TransferVerification.Checksum, TransferVerification.Checksum)));
        Assert.Equal("Size", TransferResultDisplay.Verified(Result(TransferVerification.Checksum, TransferVerification.Size)));
        Assert.Equal("", TransferResultDisplay.Verified(Result()));
    }

    private static TransferResult Result(params TransferVerification[] files) =>
        new() { Files = [.. files.Select(verification => new TransferredFile("a", "b", 1, null) { Verification = verification })] };
}
