using System.Management.Automation;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// What all cmdlets of the module share: work runs off the pipeline thread, its output is written by the pipeline thread,
/// and Ctrl+C ends it within a second.
/// </summary>
public abstract class SftpCmdlet : PSCmdlet, IDisposable
{
    private static readonly TimeSpan GiveBackLimit = TimeSpan.FromMilliseconds(700);

    private readonly CancellationTokenSource _stop = new();

    private readonly SessionStory _story = new();

    /// <summary>Set when the pipeline is being stopped.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        foreach (var warning in NameCollisions.Find())
            WriteWarning(warning);
    }

    /// <summary>Called by PowerShell on another thread when the pipeline is stopped.</summary>
    protected override void StopProcessing() => Cancel();

    /// <summary>Ends what still runs.</summary>
    /// <param name="disposing">Always true: there is no finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        // A pipeline that was cut short downstream (Select-Object -First) is disposed without being stopped. The source
        // itself has nothing to dispose, and what is being cancelled may still look at it.
        Cancel();
        _story.Dispose();
    }

    /// <summary>Has -Verbose tell what happens to a session while this command runs. May be called from any thread.</summary>
    /// <param name="session">The session.</param>
    private protected void Follow(SftpSession session) => _story.Follow(session);

    // Whoever waits for the token may go on right in the call that sets it, and PowerShell waits for this one to return.
    private void Cancel() => _ = _stop.CancelAsync();

    /// <summary>Runs work off the pipeline thread and writes what it writes, until it ends.</summary>
    /// <param name="work">The work.</param>
    /// <param name="tick">Done by the pipeline thread now and then while the work runs; null for nothing.</param>
    private protected void Run(Func<CmdletOutput, CancellationToken, Task> work, Action? tick = null)
    {
        using var pump = new PipelinePump(StopToken, tick);
        // Before there is any work: what it calls must find the pipeline thread.
        using var hosting = ScriptHost.Enter(pump);
        var output = new CmdletOutput(this, pump);
        pump.Start(cancellationToken => work(output, cancellationToken));
        Finish(pump);
    }

    /// <summary>Runs work off the pipeline thread and waits for what comes of it. An error ends the command.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="work">The work.</param>
    /// <returns>What came of it; the default where the pipeline was stopped, which the next write makes known.</returns>
    private protected T? Await<T>(Func<CancellationToken, Task<T>> work)
    {
        var (result, error) = TryAwait(work);
        if (error is not null)
            ThrowTerminatingError(SftpErrorRecord.From(error));
        return result;
    }

    /// <summary>As <see cref="Await"/>, with an error to be dealt with by the caller.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="work">The work.</param>
    /// <returns>What came of it, or why nothing did.</returns>
    private protected (T? Result, SftpException? Error) TryAwait<T>(Func<CancellationToken, Task<T>> work)
    {
        T? result = default;
        SftpException? error = null;
        Run(async (_, cancellationToken) =>
        {
            try
            {
                result = await work(cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e)
            {
                error = e;
            }
        });
        return (result, error);
    }

    /// <summary>Writes what work writes until it ends. An error that the work did not deal with ends the command.</summary>
    /// <param name="pump">Where the work runs.</param>
    private protected void Finish(PipelinePump pump)
    {
        try
        {
            _story.Told = () => pump.TryPost(TellStory);
            TellStory();
            pump.Finish();
            TellStory();
        }
        catch (SftpException e)
        {
            TellStory();
            ThrowTerminatingError(SftpErrorRecord.From(e));
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            // PowerShell knows that it stopped the pipeline.
        }
    }

    /// <summary>Gives back what was held while records came. What takes long is left to end by itself.</summary>
    /// <param name="held">What was held.</param>
    private protected static void GiveBack(IReadOnlyCollection<IAsyncDisposable> held)
    {
        if (held.Count > 0)
            Task.Run(() => Task.WhenAll(held.Select(async item => await item.DisposeAsync().ConfigureAwait(false)))).Wait(GiveBackLimit);
    }

    private void TellStory()
    {
        while (!StopToken.IsCancellationRequested && _story.TryFetch(out var line))
            WriteVerbose(line);
    }
}
