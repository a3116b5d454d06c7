using AcodeSftp.Protocol.Client;

namespace AcodeSftp.Protocol.Tests.Client;

public sealed class PathEstimateTests
{
    private const int RequestLength = 256 * 1024;
    private readonly ManualClock _clock = new();

    [Fact]
    public void What_is_in_flight_doubles_until_the_path_is_full()
    {
        var path = new PathEstimate(_clock);
        Answer(path, 50, 0);
        var sizes = new List<int>();

        for (var i = 0; i < 8; i++)
        {
            var count = path.RequestsInFlight(RequestLength);
            sizes.Add(count);
            // In a round trip the path carries 32 requests and no more.
            Move(path, count, Math.Max(50, count * 50 / 32));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(50), path.RoundTrip);
        Assert.Equal(9, sizes[0]);
        Assert.InRange(sizes[^1], 60, 70);
    }

    [Fact]
    public void Little_is_in_flight_where_there_is_no_distance_and_little_gets_through()
    {
        var path = new PathEstimate(_clock);
        Answer(path, 1, 0);

        for (var i = 0; i < 100; i++)
            Move(path, path.RequestsInFlight(RequestLength), 20);

        Assert.Equal(3, path.RequestsInFlight(RequestLength));
    }

    [Fact]
    public void What_is_done_in_ten_milliseconds_is_in_flight_where_there_is_no_distance()
    {
        var path = new PathEstimate(_clock);
        Answer(path, 1, 0);

        for (var i = 0; i < 20; i++)
        {
            var count = path.RequestsInFlight(RequestLength);
            // Eight requests take 5 ms, so that 19 are done in 10 ms and twice the distance.
            Move(path, count, Math.Max(1, count * 5 / 8));
        }

        Assert.InRange(path.RequestsInFlight(RequestLength), 17, 22);
    }

    [Fact]
    public void No_more_than_16_MiB_are_in_flight_however_far_the_server_is()
    {
        var path = new PathEstimate(_clock);
        Answer(path, 1000, 0);

        for (var i = 0; i < 20; i++)
            Move(path, path.RequestsInFlight(RequestLength), 1000);

        Assert.InRange(path.RequestsInFlight(RequestLength), 64, 65);
        Assert.InRange(path.RequestsInFlight(32 * 1024), 256, 256);
    }

    [Fact]
    public void A_path_that_has_become_longer_is_measured_anew()
    {
        var path = new PathEstimate(_clock);
        Answer(path, 1, 0);
        for (var i = 0; i < 250; i++)
            Move(path, path.RequestsInFlight(RequestLength), 50);

        Assert.Equal(TimeSpan.FromMilliseconds(50), path.RoundTrip);
        Assert.InRange(path.RequestsInFlight(RequestLength), 64, 65);
    }

    // So many requests, sent at once and answered at once.
    private void Move(PathEstimate path, int count, long milliseconds)
    {
        var marks = Enumerable.Range(0, count).Select(_ => path.Mark()).ToList();
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        marks.ForEach(mark => path.OnAnswer(mark, RequestLength));
    }

    private void Answer(PathEstimate path, long milliseconds, int length)
    {
        var mark = path.Mark();
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        path.OnAnswer(mark, length);
    }
}
