using System.Diagnostics;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Tests.Pipeline;

public sealed class PipelinePumpTests
{
    [Fact]
    public void Everything_posted_is_done_in_order_by_the_thread_that_finishes()
    {
        using var pump = new PipelinePump(CancellationToken.None);
        var done = new List<(int Number, int Thread)>();
        pump.Start(async _ =>
        {
            for (var i = 0; i < 5000; i++)
            {
                var number = i;
                await pump.PostAsync(() => done.Add((number, Environment.CurrentManagedThreadId)));
            }
        });
        pump.Finish();
        Assert.Equal(Enumerable.Range(0, 5000), done.Select(item => item.Number));
        Assert.All(done, item => Assert.Equal(Environment.CurrentManagedThreadId, item.Thread));
    }

    [Fact]
    public void Work_is_held_back_while_nothing_is_taken()
    {
        using var pump = new PipelinePump(CancellationToken.None);
        var posted = 0;
        pump.Start(async token =>
        {
            while (!token.IsCancellationRequested)
            {
                await pump.PostAsync(() => { });
                Interlocked.Increment(ref posted);
            }
        });
        Thread.Sleep(300);
        var before = Volatile.Read(ref posted);
        Thread.Sleep(100);
        Assert.Equal(before, Volatile.Read(ref posted));
        Assert.InRange(before, 1, 1000);
    }

    [Fact]
    public void What_the_work_throws_is_thrown_after_what_it_posted()
    {
        using var pump = new PipelinePump(CancellationToken.None);
        var written = false;
        pump.Start(async _ =>
        {
            await pump.PostAsync(() => written = true);
            throw new SftpException(SftpErrorCode.DiskFull, "full");
        });
        Assert.Equal(SftpErrorCode.DiskFull, Assert.Throws<SftpException>(pump.Finish).Code);
        Assert.True(written);
    }

    [Fact]
    public void Stopping_ends_it_soon_even_where_the_work_does_not_listen()
    {
        using var stop = new CancellationTokenSource();
        using var release = new ManualResetEventSlim();
        var pump = new PipelinePump(stop.Token);
        pump.Start(_ => Task.Run(release.Wait, CancellationToken.None));
        stop.CancelAfter(100);
        var watch = Stopwatch.StartNew();
        pump.Finish();
        pump.Dispose();
        Assert.InRange(watch.ElapsedMilliseconds, 90, 5000);
        release.Set();
    }

    [Fact]
    public void Stopping_cancels_the_work()
    {
        using var stop = new CancellationTokenSource();
        using var pump = new PipelinePump(stop.Token);
        var cancelled = false;
        pump.Start(async token =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            catch (OperationCanceledException)
            {
                cancelled = true;
            }
        });
        stop.CancelAfter(50);
        pump.Finish();
        Assert.True(cancelled);
    }

    [Fact]
    public void Disposing_cancels_the_work_of_a_pipeline_that_was_cut_short()
    {
        var cancelled = new TaskCompletionSource();
        using (var pump = new PipelinePump(CancellationToken.None))
        {
            pump.Start(token =>
            {
                token.Register(cancelled.SetResult);
                return Task.Delay(Timeout.Infinite, token);
            });
        }

        Assert.True(cancelled.Task.IsCompleted);
    }

    [Fact]
    public void It_ticks_while_the_work_is_silent()
    {
        var ticks = 0;
        using var pump = new PipelinePump(CancellationToken.None, () => ticks++, TimeSpan.FromMilliseconds(20));
        var time = Stopwatch.StartNew();
        pump.Start(token => Task.Delay(500, token));
        pump.Finish();
        // The clock that ticks counts in steps of a few milliseconds.
        Assert.InRange(ticks, 1, (time.ElapsedMilliseconds + 50) / 20);
    }

    [Fact]
    public async Task Work_can_ask_the_pipeline_thread_and_gets_its_answer_or_its_error()
    {
        using var pump = new PipelinePump(CancellationToken.None);
        var thread = 0;
        Exception? error = null;
        pump.Start(async _ =>
        {
            thread = await pump.InvokeAsync(() => Environment.CurrentManagedThreadId);
            error = await Record.ExceptionAsync(() => pump.InvokeAsync<int>(() => throw new InvalidOperationException("no")));
        });
        var here = Environment.CurrentManagedThreadId;
        pump.Finish();
        Assert.Equal(here, thread);
        Assert.IsType<InvalidOperationException>(error);
        await Task.CompletedTask;
    }
}
