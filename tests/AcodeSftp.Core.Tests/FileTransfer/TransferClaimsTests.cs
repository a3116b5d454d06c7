using AcodeSftp.FileTransfer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public sealed class TransferClaimsTests
{
    private const long Small = 1024;
    private const long Large = ResumeJournal.MinimumSize;

    [Fact]
    public async Task A_temporary_file_is_claimed_once_and_again_when_it_was_let_go()
    {
        var url = $"sftp://{Guid.NewGuid()}/a";
        var claim = await ClaimAsync(url, Large);

        Assert.NotNull(claim);
        Assert.Null(await ClaimAsync(url, Large));
        Assert.Null(await ClaimAsync(url, Small));
        claim.Dispose();
        using var again = await ClaimAsync(url, Small);
        Assert.NotNull(again);
    }

    [Fact]
    public async Task One_that_is_about_to_be_let_go_is_waited_for()
    {
        var url = $"sftp://{Guid.NewGuid()}/a";
        var claim = await ClaimAsync(url, Large);
        claim!.BeginEnding();

        var next = ClaimAsync(url, Large).AsTask();
        var afterNext = ClaimAsync(url, Large).AsTask();

        await Task.Delay(50);
        Assert.False(next.IsCompleted || afterNext.IsCompleted);
        claim.Dispose();
        // One of the two has it, and does not say that it ends.
        var claims = await Task.WhenAll(next, afterNext).WaitAsync(TimeSpan.FromSeconds(30));
        using var got = Assert.Single(claims, got => got is not null);
    }

    [Fact]
    public async Task Waiting_for_one_can_be_cancelled()
    {
        var url = $"sftp://{Guid.NewGuid()}/a";
        using var claim = await ClaimAsync(url, Large);
        claim!.BeginEnding();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TransferClaims.TryClaimAsync(url, Large, cancel.Token).AsTask());
    }

    // There are fewer lock files than claims here.
    [Theory]
    [InlineData(Large)]
    [InlineData(Small)]
    public async Task Many_of_one_process_are_not_in_the_way_of_each_other(long size)
    {
        var server = Guid.NewGuid();
        var claims = new List<IDisposable?>();
        try
        {
            for (var i = 0; i < 3000; i++)
                claims.Add(await ClaimAsync($"sftp://{server}/{i}", size));
            Assert.DoesNotContain(null, claims);
        }
        finally
        {
            foreach (var claim in claims)
                claim?.Dispose();
        }
    }

    private static ValueTask<TransferClaims.Claim?> ClaimAsync(string url, long size) =>
        TransferClaims.TryClaimAsync(url, size, CancellationToken.None);
}
