using AcodeSftp.Connections;

namespace AcodeSftp.Sessions;

/// <summary>A command of a session, which gives its channel back when it is disposed.</summary>
internal sealed class SessionCommand(IRemoteCommand command, ChannelSlots slots) : IRemoteCommand
{
    private int _disposed;

    public Stream StandardInput => command.StandardInput;

    public Stream StandardOutput => command.StandardOutput;

    public Stream StandardError => command.StandardError;

    public Task<RemoteCommandExit> Completion => command.Completion;

    public Task SendSignalAsync(string signal, CancellationToken cancellationToken = default) =>
        command.SendSignalAsync(signal, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await command.DisposeAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            slots.Release();
    }
}
