using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Tests.Mux;

public sealed class ReceiveWindowTests
{
    private const long Mebibyte = 1024 * 1024;
    private readonly ManualClock _clock = new();

    [Fact]
    public void It_grows_while_that_makes_the_channel_faster()
    {
        var windows = WindowsAt(roundTrip: 50);
        var window = new ReceiveWindow(2 * Mebibyte, windows);

        // The path carries 100 KiB in a millisecond; what is sent in a round trip is the window, or as much as that.
        for (var i = 0; i < 20; i++)
            MoveWindow(window, Math.Max(50, window.Left / (100 * 1024)));

        // 5000 KiB fill it, and twice that is enough.
        Assert.InRange(window.Size, 5000 * 1024, 10_500 * 1024);
    }

    // What is held back until it is worth a message is missing from the window.
    [Fact]
    public void What_is_read_is_soon_given_back()
    {
        var window = new ReceiveWindow(2 * Mebibyte, WindowsAt(roundTrip: 50));
        window.Use((int)(2 * Mebibyte));

        for (var i = 0; i < 64; i++)
            window.Consume(32 * 1024);

        Assert.InRange(window.Left, window.Size - window.Size / 8, window.Size);
    }

    [Fact]
    public void It_stays_as_it_is_where_there_is_no_distance()
    {
        var windows = WindowsAt(roundTrip: 1);
        var window = new ReceiveWindow(2 * Mebibyte, windows);

        for (var i = 0; i < 20; i++)
            MoveWindow(window, 5);

        Assert.Equal(2 * Mebibyte, window.Size);
    }

    [Fact]
    public void All_of_a_connection_together_grow_so_far_and_no_further()
    {
        var windows = WindowsAt(roundTrip: 100);
        var all = Enumerable.Range(0, 6).Select(_ => new ReceiveWindow(2 * Mebibyte, windows)).ToList();

        for (var i = 0; i < 20; i++)
        {
            MoveWindow(all[0], 200);
            all.ForEach(window => MoveWindow(window, 0));
        }

        Assert.Equal(32 * Mebibyte, all.Sum(window => window.Size));
        all.ForEach(window => window.Release());
        Assert.Equal(32 * Mebibyte, windows.Take(long.MaxValue));
    }

    private ReceiveWindows WindowsAt(long roundTrip)
    {
        var windows = new ReceiveWindows(_clock);
        var sent = windows.Now;
        _clock.Advance(TimeSpan.FromMilliseconds(roundTrip));
        windows.OnAnswer(sent);
        return windows;
    }

    // The peer uses all of it, and it is read at once.
    private void MoveWindow(ReceiveWindow window, long milliseconds)
    {
        var length = (int)window.Left;
        window.Use(length);
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Assert.True(window.Consume(length) >= length);
    }
}
