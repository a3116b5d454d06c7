namespace AcodeSftp.Core.Tests;

public sealed class UsageCountTests
{
    // Whoever was refused looks at both: at neither it would take what is full for what refuses for another reason.
    [Fact]
    public void What_was_given_back_is_never_seen_without_its_signal()
    {
        const int Rounds = 20_000;
        var usage = new UsageCount();
        using var barrier = new Barrier(2);
        var givingBack = new Thread(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                barrier.SignalAndWait();
                usage.Release();
                barrier.SignalAndWait();
            }
        });
        var missed = 0;
        _ = usage.Add();
        givingBack.Start();
        for (var i = 0; i < Rounds; i++)
        {
            var released = usage.NextRelease;
            barrier.SignalAndWait();
            // With one processor the other thread needs a turn.
            var waiting = default(SpinWait);
            while (usage.Count > 0)
                waiting.SpinOnce(sleep1Threshold: -1);

            missed += released.IsCompleted ? 0 : 1;
            barrier.SignalAndWait();
            _ = usage.Add();
        }

        givingBack.Join();
        Assert.Equal(0, missed);
    }
}
