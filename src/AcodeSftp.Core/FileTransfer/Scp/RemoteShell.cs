using System.Diagnostics.CodeAnalysis;
using AcodeSftp.Commands;
using AcodeSftp.Connections;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// Runs programs and POSIX shell scripts on a server, no more of them at the same time than servers commonly allow
/// channels. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing.")]
internal sealed class RemoteShell(ISshConnection connection, TimeSpan timeout)
{
    // OpenSSH allows ten channels of a connection (MaxSessions); checksums take up to four, and the connection may have one.
    private const int ProgramsAtOnce = 5;

    // The texts of errors are in English, see UnixMessages.
    private const string English = "LC_ALL=C; export LC_ALL; ";

    private readonly SemaphoreSlim _programs = new(ProgramsAtOnce);

    public ISshConnection Connection => connection;

    /// <summary>How long a script may take, or be silent.</summary>
    public TimeSpan Timeout => timeout;

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">The script, one line.</param>
    /// <param name="arguments">Its arguments; the first one is the path that errors are about.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What it wrote.</returns>
    /// <exception cref="SftpException">It failed.</exception>
    public async Task<string> RunAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await _programs.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var output = new MemoryStream();
            var command = new SshCommand(ScpCommandLines.Script(English + script, arguments));
            var result = await new SshCommandRunner(connection, 0, command, new SshCommandOptions { Timeout = timeout, BinaryOutput = output })
                .RunAsync(cancellationToken).ConfigureAwait(false);
            return result.Success
                ? ScpText.Decode(output.GetBuffer().AsSpan(0, (int)output.Length))
                : throw UnixMessages.ToException(result.StandardError, arguments[0], connection.HostName);
        }
        finally
        {
            _programs.Release();
        }
    }

    /// <summary>Starts a script whose output is read as it comes.</summary>
    /// <param name="script">The script, one line.</param>
    /// <param name="path">Its argument.</param>
    /// <param name="cancellationToken">Gives up starting it.</param>
    /// <returns>The running script.</returns>
    public Task<RemoteProgram> StartScriptAsync(string script, string path, CancellationToken cancellationToken) =>
        StartAsync(ScpCommandLines.Script(English + script, path), "shell", path, cancellationToken);

    /// <summary>Starts an <c>scp</c>.</summary>
    /// <param name="commandLine">The command line.</param>
    /// <param name="path">The path it works on.</param>
    /// <param name="cancellationToken">Gives up starting it.</param>
    /// <returns>The running program.</returns>
    public Task<RemoteProgram> StartScpAsync(string commandLine, string path, CancellationToken cancellationToken) =>
        StartAsync(commandLine, "scp", path, cancellationToken);

    /// <summary>The error of a program that does not answer.</summary>
    public SftpException TimedOut(string path) =>
        new(SftpErrorCode.Timeout, $"{connection.HostName} did not answer for '{TerminalText.Clean(path)}' within {timeout.TotalSeconds:0.###} s.")
        {
            Path = path,
            Host = connection.HostName,
        };

    private async Task<RemoteProgram> StartAsync(
        string commandLine,
        string name,
        string path,
        CancellationToken cancellationToken)
    {
        await _programs.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var command = await connection.ExecuteAsync(new RemoteCommandRequest(commandLine), cancellationToken).ConfigureAwait(false);
            return new RemoteProgram(command, name, path, connection.HostName, () => _programs.Release());
        }
        catch
        {
            _programs.Release();
            throw;
        }
    }
}
