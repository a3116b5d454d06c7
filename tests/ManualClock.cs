namespace AcodeSftp;

/// <summary>A clock that stands still until it is moved on. Linked into the projects that use it.</summary>
internal sealed class ManualClock : TimeProvider
{
    // Not 0, which could pass for a moment that was never noted.
    private long _now = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public void Advance(TimeSpan time) => _now += time.Ticks;
}
