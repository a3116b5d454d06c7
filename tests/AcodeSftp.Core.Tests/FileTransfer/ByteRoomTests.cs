using AcodeSftp.FileTransfer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public sealed class ByteRoomTests
{
    private readonly ByteRoom _room = new(100);

    [Fact]
    public void Whoever_fits_enters_at_once()
    {
        Assert.True(_room.EnterAsync(60, default).IsCompletedSuccessfully);
        Assert.True(_room.EnterAsync(40, default).IsCompletedSuccessfully);
        Assert.False(_room.EnterAsync(1, default).IsCompleted);
    }

    [Fact]
    public async Task Nobody_overtakes_one_who_waits_for_more()
    {
        await _room.EnterAsync(60, default);
        var (large, small) = (_room.EnterAsync(80, default), _room.EnterAsync(10, default));
        Assert.False(large.IsCompleted || small.IsCompleted);

        _room.Leave(60);

        await Task.WhenAll(large, small).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Who_gives_up_takes_no_room_and_lets_those_behind_in()
    {
        using var cancellation = new CancellationTokenSource();
        await _room.EnterAsync(60, default);
        var (large, small) = (_room.EnterAsync(80, cancellation.Token), _room.EnterAsync(40, default));

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small.WaitAsync(TimeSpan.FromSeconds(10));
        _room.Leave(60);
        _room.Leave(40);
        Assert.True(_room.EnterAsync(100, default).IsCompletedSuccessfully);
    }
}
