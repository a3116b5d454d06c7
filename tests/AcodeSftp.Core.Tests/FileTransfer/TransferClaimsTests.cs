using AcodeSftp.FileTransfer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public sealed class TransferClaimsTests
{
    [Fact]
    public void A_temporary_file_is_claimed_once_and_again_when_it_was_let_go()
    {
        var url = $"sftp://{Guid.NewGuid()}/a";
        var claim = TransferClaims.TryClaim(url, mayBeResumed: true);

        Assert.NotNull(claim);
        Assert.Null(TransferClaims.TryClaim(url, mayBeResumed: true));
        Assert.Null(TransferClaims.TryClaim(url, mayBeResumed: false));
        claim.Dispose();
        using var again = TransferClaims.TryClaim(url, mayBeResumed: false);
        Assert.NotNull(again);
    }

    // There are fewer lock files than claims here.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Many_of_one_process_are_not_in_the_way_of_each_other(bool mayBeResumed)
    {
        var server = Guid.NewGuid();
        var claims = Enumerable.Range(0, 3000).Select(i => TransferClaims.TryClaim($"sftp://{server}/{i}", mayBeResumed)).ToList();
        try
        {
            Assert.DoesNotContain(null, claims);
        }
        finally
        {
            foreach (var claim in claims)
                claim?.Dispose();
        }
    }
}
