using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>How a process ended. Both null: that could not be learned.</summary>
/// <param name="Code">Its exit code, or null.</param>
/// <param name="Signal">The number of the signal that ended it, or null.</param>
internal sealed record SshProcessExit(int? Code, int? Signal)
{
    /// <inheritdoc/>
    public override string ToString() =>
        Code is { } code ? $"exit code {code}" : Signal is { } signal ? $"signal {signal}" : "an unknown exit code";
}

/// <summary>What to start.</summary>
/// <param name="File">The program; an absolute path.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record SshProcessStart(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>Environment variables to set beside, or in place of, our own; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>A directory to remove when this process is killed with the child still running; null for none.</summary>
    public string? DirectoryToRemove { get; init; }

    /// <summary>What is its standard input; null for <see cref="SshProcess.Input"/>. Not on Windows.</summary>
    public SafeFileHandle? Input { get; init; }

    /// <summary>What is its standard output; null for <see cref="SshProcess.Output"/>. Not on Windows.</summary>
    public SafeFileHandle? Output { get; init; }

    /// <summary>Whether it ends by itself when this process is killed, as what depends on another process does.</summary>
    public bool EndsByItself { get; init; }
}

/// <summary>
/// A child process with redirected standard streams: the user's Ctrl+C does not reach it, it cannot ask on the terminal,
/// and it does not outlive this process.
/// </summary>
internal abstract class SshProcess : IAsyncDisposable
{
    private static readonly TimeSpan TerminationGrace = TimeSpan.FromSeconds(1);

    private protected readonly TaskCompletionSource<SshProcessExit> Ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its number.</summary>
    public abstract int Id { get; }

    /// <summary>Writes to its standard input; to nowhere where that was given.</summary>
    public abstract Stream Input { get; }

    /// <summary>Reads its standard output; nothing where that was given.</summary>
    public abstract Stream Output { get; }

    /// <summary>Reads its standard error, which processes that it started may hold open longer than it lives.</summary>
    public abstract Stream Error { get; }

    /// <summary><see cref="Input"/> for much data: to be taken before anything was written, and used in its place.</summary>
    /// <returns>The stream.</returns>
    public virtual Stream OpenBulkInput() => Input;

    /// <summary><see cref="Output"/> for much data: to be taken before anything was read, and used in its place.</summary>
    /// <returns>The stream.</returns>
    public virtual Stream OpenBulkOutput() => Output;

    /// <summary>Ends when the process does.</summary>
    public Task<SshProcessExit> Exit => Ended.Task;

    /// <summary>Starts a process.</summary>
    /// <param name="start">What to start.</param>
    /// <returns>The process.</returns>
    /// <exception cref="IOException">It could not be started.</exception>
    public static SshProcess Start(SshProcessStart start) =>
        OperatingSystem.IsWindows() ? new WindowsSshProcess(start) : new UnixSshProcess(start);

    /// <summary>Asks the process to end.</summary>
    public abstract void Terminate();

    /// <summary>Ends the process.</summary>
    public abstract void Kill();

    /// <summary>Ends the process: it has the time given to end by itself, is then asked to, and is then made to.</summary>
    /// <param name="grace">How long it may take to end by itself.</param>
    /// <returns>A task that ends when the process has ended.</returns>
    public async Task EndAsync(TimeSpan grace)
    {
        if (await EndsWithinAsync(grace).ConfigureAwait(false))
            return;
        Terminate();
        if (await EndsWithinAsync(TerminationGrace).ConfigureAwait(false))
            return;
        Kill();
        await Exit.ConfigureAwait(false);
    }

    /// <summary>Kills the process if it still runs, and closes its streams.</summary>
    /// <returns>A task that ends when the process has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(TimeSpan.Zero).ConfigureAwait(false);
        await Input.DisposeAsync().ConfigureAwait(false);
        await Output.DisposeAsync().ConfigureAwait(false);
        await Error.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits for the end.</summary>
    /// <param name="time">How long.</param>
    /// <returns>Whether the process has ended.</returns>
    public async Task<bool> EndsWithinAsync(TimeSpan time)
    {
        if (Exit.IsCompleted || time <= TimeSpan.Zero)
            return Exit.IsCompleted;
        using var timer = new CancellationTokenSource();
        var first = await Task.WhenAny(Exit, Task.Delay(time, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        return first == Exit;
    }
}
