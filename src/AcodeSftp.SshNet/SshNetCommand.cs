using System.Diagnostics.CodeAnalysis;
using AcodeSftp.Connections;
using Renci.SshNet;

namespace AcodeSftp.SshNet;

/// <summary>
/// A command of SSH.NET's. Two things it cannot do are made up for: it cannot hold up a command whose output nobody reads,
/// so such a command is given up before it fills the memory; and it cannot end an input that is empty, so a command that is
/// known to get none is given <c>/dev/null</c>.
/// </summary>
internal sealed class SshNetCommand : IRemoteCommand
{
    /// <summary>How many bytes of output may wait to be read.</summary>
    public const long MostUnread = 64L << 20;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private readonly SshNetConnection _connection;
    private readonly SshCommand _command;
    private readonly CancellationTokenSource _stopLooking = new();
    private volatile SftpException? _givenUp;

    private SshNetCommand(SshNetConnection connection, SshCommand command, Task running)
    {
        (_connection, _command) = (connection, command);
        StandardInput = new CommandInput(InputOf(command), running, connection.HostName);
        StandardOutput = new CommandOutput(command.OutputStream, () => _givenUp);
        StandardError = new CommandOutput(command.ExtendedOutputStream, () => _givenUp);
        Completion = CompleteAsync(running);
        _ = LookAsync();
    }

    /// <inheritdoc/>
    public Stream StandardInput { get; }

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
    /// <param name="limit">How long starting it may take.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>The running command.</returns>
    public static async Task<SshNetCommand> StartAsync(
        SshNetConnection connection,
        SshClient client,
        RemoteCommandRequest request,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var isWindows = connection.ServerVersion?.Contains("Windows", StringComparison.OrdinalIgnoreCase) == true;
        var command = client.CreateCommand(request.HasInput || isWindows ? request.Command : $"exec </dev/null; {request.Command}");
        var starting = Blocking.RunAsync(() => new SshNetCommand(connection, command, command.ExecuteAsync(CancellationToken.None)));
        try
        {
            return await starting.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Blocking.Forget(command.Dispose);
            throw;
        }
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
        Blocking.Forget(_command.Dispose);
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
            Blocking.Forget(_command.Dispose);
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
                Blocking.Forget(_command.Dispose);
                return;
            }

            await Task.Delay(LookInterval, _stopLooking.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private long Unread => _command.OutputStream.Length + _command.ExtendedOutputStream.Length;
}
