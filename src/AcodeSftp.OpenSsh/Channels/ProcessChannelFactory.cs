using System.Collections.Concurrent;
using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh.Channels;

/// <summary>
/// Channels where there is no control socket: each is an <c>ssh</c> of its own, which connects and logs in anew.
/// </summary>
internal sealed class ProcessChannelFactory : ISshChannelFactory
{
    private readonly SshLauncher _launcher;
    private readonly ConcurrentDictionary<SshLaunch, bool> _launches = new();
    private volatile bool _isDisposed;

    /// <summary>Opens channels by starting processes.</summary>
    /// <param name="launcher">Starts them.</param>
    public ProcessChannelFactory(SshLauncher launcher) => _launcher = launcher;

    /// <inheritdoc/>
    public Task<Stream> OpenSubsystemAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var launch = Start(_launcher.Arguments.ForSubsystem(name, _launcher.Ciphers), readsLog: true);
        return Task.FromResult<Stream>(launch.OpenBulkStream(() => EndAsync(launch)));
    }

    /// <inheritdoc/>
    public Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var logPath = _launcher.NewLogPath();
        var launch = Start(_launcher.Arguments.ForCommand(request, logPath, _launcher.Ciphers), readsLog: false);
        return Task.FromResult<IRemoteCommand>(new ProcessCommand(_launcher, launch, logPath, () => EndAsync(launch)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await Task.WhenAll(_launches.Keys.Select(launch => EndAsync(launch).AsTask())).ConfigureAwait(false);
    }

    private SshLaunch Start(IReadOnlyList<string> arguments, bool readsLog)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(ISshConnection));
        var launch = _launcher.Start(arguments, isSession: false, readsLog);
        _launches[launch] = true;
        return launch;
    }

    private async ValueTask EndAsync(SshLaunch launch)
    {
        await launch.EndAsync(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
        _launches.TryRemove(launch, out _);
    }
}
