using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.Connections;

/// <summary>A command to run on the server.</summary>
/// <param name="Command">The command line, as the account's shell on the server reads it.</param>
public sealed record RemoteCommandRequest(string Command)
{
    /// <summary>Environment variables to ask the server for; it may refuse them silently (RFC 4254, section 6.4).</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Whether a session waits for one of its channels to become free where the server allows no more of them; false for
    /// what is of use at once or not at all. Waiting is bounded by the time limit of an operation.
    /// </summary>
    public bool WaitsForChannel { get; init; }

    /// <summary>
    /// Whether the command may be given input. False where it is known that there is none: a transport that cannot end an
    /// input before its first byte then gives the command an empty one.
    /// </summary>
    public bool HasInput { get; init; } = true;

    /// <summary>
    /// A local file to be the command's input, from where it stands to its end, in place of
    /// <see cref="IRemoteCommand.StandardInput"/>; null for none. Only with <see cref="ISshConnection.TakesFiles"/>. What is sent
    /// before the server refuses is whatever the file holds: know beforehand what will read it.
    /// </summary>
    public SafeFileHandle? InputFile { get; init; }

    /// <summary>
    /// A local file to take the command's output, in place of <see cref="IRemoteCommand.StandardOutput"/>; null for none.
    /// Only with <see cref="ISshConnection.TakesFiles"/>.
    /// </summary>
    public SafeFileHandle? OutputFile { get; init; }
}

/// <summary>How a remote command ended (RFC 4254, section 6.10). Both null: the server did not say.</summary>
/// <param name="ExitCode">The exit code, or null.</param>
/// <param name="Signal">The signal that ended it, without <c>SIG</c>, such as <c>TERM</c>, or null.</param>
public sealed record RemoteCommandExit(int? ExitCode, string? Signal);

/// <summary>
/// A command that runs on the server. Its streams have back-pressure: output that is not read holds the command up and
/// takes no memory. Read both outputs at the same time. Disposing closes the channel, which most servers do not pass on
/// to the process: send a signal first where it must end.
/// </summary>
public interface IRemoteCommand : IAsyncDisposable
{
    /// <summary>The command's input; disposing it sends the end of input.</summary>
    Stream StandardInput { get; }

    /// <summary>The command's output.</summary>
    Stream StandardOutput { get; }

    /// <summary>The command's error output.</summary>
    Stream StandardError { get; }

    /// <summary>
    /// Ends when the channel closes. Fails with <see cref="SftpException"/> (<see cref="SftpErrorCode.ConnectionLost"/>)
    /// when the connection ends before the command does.
    /// </summary>
    Task<RemoteCommandExit> Completion { get; }

    /// <summary>Sends a signal to the process (RFC 4254, section 6.9).</summary>
    /// <param name="signal">Its name without <c>SIG</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the signal is sent; servers do not answer it.</returns>
    /// <exception cref="SftpException">The transport has no such request (<see cref="SftpErrorCode.Unsupported"/>).</exception>
    Task SendSignalAsync(string signal, CancellationToken cancellationToken = default);
}
