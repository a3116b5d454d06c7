using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh.Channels;

/// <summary>
/// A command whose input or output is a local file. A short-lived <c>ssh</c> hands the file to the one of the session over
/// its control socket (PROTOCOL.mux, section 4), which then reads or writes it itself.
/// </summary>
internal sealed class FileCommand : IRemoteCommand
{
    private readonly SshProcess _process;

    private FileCommand(SshProcess process)
    {
        _process = process;
        Completion = CompleteAsync();
    }

    /// <inheritdoc/>
    public Stream StandardInput => _process.Input;

    /// <inheritdoc/>
    public Stream StandardOutput => _process.Output;

    /// <summary>The command's error output, and what <c>ssh</c> has to say where it could not run the command.</summary>
    public Stream StandardError => _process.Error;

    /// <summary>Ends with the exit code of the command, or with 255 where it did not run or the connection was lost.</summary>
    public Task<RemoteCommandExit> Completion { get; }

    /// <summary>Starts it.</summary>
    /// <param name="launcher">That of the session.</param>
    /// <param name="request">The command and its files.</param>
    /// <returns>The running command.</returns>
    /// <exception cref="SftpException">It could not be started.</exception>
    public static FileCommand Start(SshLauncher launcher, RemoteCommandRequest request) => new(launcher.StartWithFiles(request));

    /// <inheritdoc/>
    public Task SendSignalAsync(string signal, CancellationToken cancellationToken = default) =>
        Task.FromException(new SftpException(SftpErrorCode.Unsupported, "ssh passes no signals on to a command that reads or writes a file."));

    /// <summary>Ends it: the session's ssh closes the command's channel when the one that asked for it is gone.</summary>
    /// <returns>A task that ends when that one is.</returns>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<RemoteCommandExit> CompleteAsync()
    {
        var exit = await _process.Exit.ConfigureAwait(false);
        return new RemoteCommandExit(exit.Code, null);
    }
}
