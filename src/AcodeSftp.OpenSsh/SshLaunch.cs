using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh;

/// <summary>A running <c>ssh</c> and what goes with it: its log and whoever answers its prompts.</summary>
internal sealed class SshLaunch : IAsyncDisposable
{
    // From the end of a stream to the end of the process, and from that to the end of its log.
    private static readonly TimeSpan LastWordsGrace = TimeSpan.FromSeconds(2);

    private readonly SshLauncher _launcher;
    private readonly Task _logReading;
    private IDisposable? _askpass;

    /// <summary>Takes over a process.</summary>
    /// <param name="launcher">Started it.</param>
    /// <param name="process">The process.</param>
    /// <param name="askpass">Answers its prompts; null for nobody.</param>
    /// <param name="readsLog">Whether its standard error is its log.</param>
    public SshLaunch(SshLauncher launcher, SshProcess process, IDisposable? askpass, bool readsLog)
    {
        _launcher = launcher;
        _askpass = askpass;
        Process = process;
        _logReading = readsLog ? Task.Run(() => Log.ReadAsync(process.Error)) : Task.CompletedTask;
    }

    /// <summary>The process.</summary>
    public SshProcess Process { get; }

    /// <summary>What it wrote.</summary>
    public SshLog Log { get; } = new();

    /// <summary>Its input and output as one stream; disposing the stream leaves the process to end by itself.</summary>
    /// <param name="onDispose">What else to do when the stream is disposed.</param>
    /// <returns>The stream.</returns>
    public ProcessStream OpenStream(Func<ValueTask>? onDispose = null) =>
        new(Process.Output, Process.Input, DescribeEndAsync, onDispose);

    /// <summary>The same for a protocol that moves much data; there, cancelling an operation ends the stream.</summary>
    /// <param name="onDispose">What else to do when the stream is disposed.</param>
    /// <returns>The stream.</returns>
    public ProcessStream OpenBulkStream(Func<ValueTask>? onDispose = null) =>
        new(Process.OpenBulkOutput(), Process.OpenBulkInput(), DescribeEndAsync, onDispose);

    /// <summary>Answers no more prompts.</summary>
    public void StopAnswering() => Interlocked.Exchange(ref _askpass, null)?.Dispose();

    /// <summary>Explains why the process ends, or its stream did.</summary>
    /// <returns>The error, once the process has had a moment to end and to say its last words.</returns>
    public async ValueTask<SftpException> DescribeEndAsync()
    {
        if (!await Process.EndsWithinAsync(LastWordsGrace).ConfigureAwait(false))
        {
            return new SftpException(SftpErrorCode.ConnectionLost, $"What {_launcher.Host} ran on the channel has ended.")
            {
                Host = _launcher.Host,
            };
        }

        // Programs that ssh started, such as a ProxyCommand, may hold its standard error open, so its end is not waited for
        // without limit.
        await Task.WhenAny(_logReading, Task.Delay(LastWordsGrace / 4)).ConfigureAwait(false);
        return _launcher.Explain(Log, await Process.Exit.ConfigureAwait(false));
    }

    /// <summary>Ends the process, after the time given, and cleans up behind it.</summary>
    /// <param name="grace">How long it may take to end by itself.</param>
    /// <returns>A task that ends when the process has ended.</returns>
    public async Task EndAsync(TimeSpan grace)
    {
        StopAnswering();
        await Process.EndAsync(grace).ConfigureAwait(false);
        await Process.DisposeAsync().ConfigureAwait(false);
        await _logReading.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await EndAsync(TimeSpan.Zero).ConfigureAwait(false);
}
