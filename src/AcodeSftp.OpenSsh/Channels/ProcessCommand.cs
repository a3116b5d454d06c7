using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh.Channels;

/// <summary>A command whose channel is an <c>ssh</c> of its own.</summary>
internal sealed class ProcessCommand : IRemoteCommand
{
    private const int ConnectionFailed = 255;

    private readonly SshLauncher _launcher;
    private readonly SshLaunch _launch;
    private readonly string _logPath;
    private readonly Func<ValueTask> _end;
    private bool _isDisposed;

    /// <summary>Takes over the process.</summary>
    /// <param name="launcher">Started it.</param>
    /// <param name="launch">The process.</param>
    /// <param name="logPath">Where <c>ssh</c> writes its own messages.</param>
    /// <param name="end">Ends the process.</param>
    public ProcessCommand(SshLauncher launcher, SshLaunch launch, string logPath, Func<ValueTask> end)
    {
        (_launcher, _launch, _logPath, _end) = (launcher, launch, logPath, end);
        StandardInput = new ProcessStream(null, launch.Process.Input, DescribeEndAsync);
        StandardOutput = new ProcessStream(launch.Process.Output, null, DescribeEndAsync);
        StandardError = new ProcessStream(launch.Process.Error, null, DescribeEndAsync);
        Completion = CompleteAsync();
        Completion.Forget();
    }

    /// <inheritdoc/>
    public Stream StandardInput { get; }

    /// <inheritdoc/>
    public Stream StandardOutput { get; }

    /// <inheritdoc/>
    public Stream StandardError { get; }

    /// <inheritdoc/>
    public Task<RemoteCommandExit> Completion { get; }

    /// <inheritdoc/>
    public Task SendSignalAsync(string signal, CancellationToken cancellationToken = default) =>
        Task.FromException(new SftpException(
            SftpErrorCode.Unsupported,
            "ssh cannot send a signal to a remote command without its control socket.")
        {
            Host = _launcher.Host,
        });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await StandardInput.DisposeAsync().ConfigureAwait(false);
        await _end().ConfigureAwait(false);
    }

    private async Task<RemoteCommandExit> CompleteAsync()
    {
        var exit = await _launch.Process.Exit.ConfigureAwait(false);
        _launch.StopAnswering();
        var log = ReadLog();
        if (_isDisposed)
            throw new SftpException(SftpErrorCode.ConnectionLost, "The command's channel was closed.") { Host = _launcher.Host };
        // ssh ends with 255 when the connection fails, when the command was ended by a signal (clientloop.c handles
        // exit-status only), and when it exited with 255 itself. Its log tells which.
        if (exit.Code is { } and not ConnectionFailed || log.HasExitStatus)
            return new RemoteCommandExit(exit.Code, null);
        if (log.HasExitSignal)
            return new RemoteCommandExit(null, null);
        if (exit.Code == ConnectionFailed && log.Text.Length == 0 && !_launcher.Arguments.LogsExit)
            return new RemoteCommandExit(ConnectionFailed, null);
        throw Explain(log, exit);
    }

    // The session has logged in with the same arguments, so what breaks is most likely the connection.
    private SftpException Explain(SshLog log, SshProcessExit exit) =>
        SshDiagnostics.Explain(new SshFailure(_launcher.Host, log.Text) { WasAuthenticated = true, Exit = exit.ToString() });

    private async ValueTask<SftpException> DescribeEndAsync()
    {
        try
        {
            await Completion.ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            return e.Again();
        }

        return new SftpException(SftpErrorCode.Unavailable, "The command has ended and reads no more input.")
        {
            Host = _launcher.Host,
            IsTransientOverride = false,
        };
    }

    private SshLog ReadLog()
    {
        var log = new SshLog();
        try
        {
            log.Add(File.ReadAllText(_logPath));
            log.Add("\n");
            File.Delete(_logPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // ssh ended before it made the file, or the directory is gone with its session.
        }

        return log;
    }
}
