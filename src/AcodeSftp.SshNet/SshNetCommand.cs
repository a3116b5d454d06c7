using System.Diagnostics.CodeAnalysis;
using AcodeSftp.Connections;
using Renci.SshNet;

namespace AcodeSftp.SshNet;

/// <summary>
/// A command of SSH.NET's. Three things it cannot do are made up for: it cannot hold up a command whose output nobody reads,
/// so such a command is given up before it fills the memory; it cannot end an input that is empty, so a command that is known
/// to get none is given <c>/dev/null</c>; and it may wait for the start of a command that has ended already.
/// </summary>
internal sealed class SshNetCommand : IRemoteCommand
{
    /// <summary>How many bytes of output may wait to be read.</summary>
    public const long MostUnread = 64L << 20;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    // SSH.NET throws its handles away before it ends the outputs.
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(1);

    private readonly SshNetConnection _connection;
    private readonly SshCommand _command;
    private readonly CommandInput _input;
    private readonly Action _whenClosed;
    private readonly CancellationTokenSource _stopLooking = new();
    private volatile SftpException? _givenUp;
    private int _isClosed;

    private SshNetCommand(SshNetConnection connection, SshCommand command, Action whenClosed, Task running)
    {
        (_connection, _command, _whenClosed) = (connection, command, whenClosed);
        _input = new CommandInput(InputOf(command), running, connection.HostName);
        StandardOutput = new CommandOutput(command.OutputStream, () => Completion!);
        StandardError = new CommandOutput(command.ExtendedOutputStream, () => Completion!);
        Completion = CompleteAsync(running);
        _ = LookAsync();
    }

    /// <inheritdoc/>
    public Stream StandardInput => _input;

    /// <inheritdoc/>
    public Stream StandardOutput { get; }

    /// <inheritdoc/>
    public Stream StandardError { get; }

    /// <inheritdoc/>
    public Task<RemoteCommandExit> Completion { get; }

    /// <summary>Starts a command.</summary>
    /// <param name="connection">The connection it belongs to.</param>
    /// <param name="client">The client that runs it.</param>
    /// <param name="request">The command.</param>
    /// <param name="whenClosed">Told when the client is no longer used for it; not where starting it fails.</param>
    /// <param name="limit">How long starting it may take.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>The running command.</returns>
    public static async Task<SshNetCommand> StartAsync(
        SshNetConnection connection,
        SshClient client,
        RemoteCommandRequest request,
        Action whenClosed,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var isWindows = connection.ServerVersion?.Contains("Windows", StringComparison.OrdinalIgnoreCase) == true;
        var command = client.CreateCommand(request.HasInput || isWindows ? request.Command : $"exec </dev/null; {request.Command}");
        var starting = Blocking.RunAsync(() => new SshNetCommand(
            connection, command, whenClosed, command.ExecuteAsync(CancellationToken.None)));
        try
        {
            using var atStart = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var ended = EndAsync(command, atStart.Token);
            await Task.WhenAny(starting, ended).WaitAsync(limit, cancellationToken).ConfigureAwait(false);
            if (starting.Exception?.InnerException is ArgumentException or ObjectDisposedException)
                await Task.WhenAny(ended, Task.Delay(Doubt, cancellationToken)).ConfigureAwait(false);
            await atStart.CancelAsync().ConfigureAwait(false);
            if (!starting.IsCompletedSuccessfully && HasEnded(command) && connection.IsConnected)
            {
                starting.Forget();
                return new SshNetCommand(connection, command, whenClosed, Task.CompletedTask);
            }

            return await starting.ConfigureAwait(false);
        }
        catch
        {
            Blocking.Forget(command.Dispose);
            throw;
        }
    }

    // SSH.NET throws its own handle away when the command's channel is closed, and may not have begun to wait for it: then it
    // waits for ever, or fails. That the output can take no more is how the end is seen.
    private static bool HasEnded(SshCommand command) => !command.OutputStream.CanWrite && command.ExitStatus is not null;

    private static async Task EndAsync(SshCommand command, CancellationToken cancellationToken)
    {
        while (!HasEnded(command) && !cancellationToken.IsCancellationRequested)
            await Task.Delay(LookInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task SendSignalAsync(string signal, CancellationToken cancellationToken = default)
    {
        if (signal is not ("TERM" or "KILL"))
            throw SshNetErrors.Unsupported($"send the signal {signal}, only TERM and KILL", _connection.HostName);
        // It sends the signal and then waits for the command to end, which takes as long as it takes.
        Blocking.Forget(() => _command.CancelAsync(forceKill: signal == "KILL", Timeout.Infinite));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopLooking.CancelAsync().ConfigureAwait(false);
        Close();
    }

    // An end of the input that SSH.NET sends after it closed the channel breaks the connection, or ends another command, to
    // which the server has given the channel's number meanwhile.
    private void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        await _input.Closing.ConfigureAwait(false);
        await Blocking.EndAsync(_command.Dispose).ConfigureAwait(false);
        _whenClosed();
    }

    [SuppressMessage("Design", "CA1031", Justification = "However the library tells that there is no channel any more.")]
    private static Stream InputOf(SshCommand command)
    {
        try
        {
            return command.CreateInputStream();
        }
        catch (Exception)
        {
            // The command has ended already.
            return Stream.Null;
        }
    }

    private async Task<RemoteCommandExit> CompleteAsync(Task running)
    {
        try
        {
            await running.WaitAsync(_connection.Disconnected).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_connection.IsConnected)
        {
            // A signal was sent; how the command took it is in its exit.
        }
        catch (Exception e)
        {
            // Whoever reads what it writes must see the end, too.
            Close();
            throw _givenUp ??= SshNetErrors.Lost(_connection.HostName, e);
        }
        finally
        {
            await _stopLooking.CancelAsync().ConfigureAwait(false);
        }

        return _givenUp is { } error ? throw error : new RemoteCommandExit(_command.ExitStatus, Signal);
    }

    private string? Signal => string.IsNullOrEmpty(_command.ExitSignal) ? null : _command.ExitSignal;

    private async Task LookAsync()
    {
        while (!_stopLooking.IsCancellationRequested)
        {
            if (Unread > MostUnread)
            {
                _givenUp = SshNetErrors.Unsupported(
                    $"hold up a command whose output is not read; {MostUnread >> 20} MiB wait, and the command was given up",
                    _connection.HostName);
                Close();
                return;
            }

            await Task.Delay(LookInterval, _stopLooking.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private long Unread => _command.OutputStream.Length + _command.ExtendedOutputStream.Length;
}
