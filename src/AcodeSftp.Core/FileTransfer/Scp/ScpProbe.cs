using AcodeSftp.Commands;
using AcodeSftp.Connections;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>Finds out what a server runs for an account: <c>scp</c>, and scripts besides.</summary>
internal sealed class ScpProbe(ISshConnection connection, TimeSpan timeout)
{
    // What the script ends with. A shell that is none, or runs one program only, ends with something else.
    private const int BothThere = 42;
    private const int NoScp = 43;

    private static readonly string Script = $"command -v scp >/dev/null 2>&1 && exit {BothThere}; exit {NoScp}";

    /// <summary>Whether the server runs scripts beside <c>scp</c>.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it does.</returns>
    /// <exception cref="SftpException">It has no <c>scp</c>, or runs no commands at all.</exception>
    public async Task<bool> HasShellAsync(CancellationToken cancellationToken)
    {
        var options = new SshCommandOptions { Timeout = timeout };
        var result = await new SshCommandRunner(connection, 0, new SshCommand(ScpCommandLines.Script(Script)), options)
            .RunAsync(cancellationToken).ConfigureAwait(false);
        switch (result.ExitCode)
        {
            case BothThere:
                return true;
            case NoScp:
                throw new SftpException(SftpErrorCode.Unavailable, $"{connection.HostName} has no scp.")
                {
                    Host = connection.HostName,
                    IsTransientOverride = false,
                };
            default:
                await RequireScpAsync(cancellationToken).ConfigureAwait(false);
                return false;
        }
    }

    // A sink says at once that it is there.
    private async Task RequireScpAsync(CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(timeout);
        try
        {
            var shell = new RemoteShell(connection, timeout);
            var commandLine = ScpCommandLines.Sink(RemotePath.Current, preserve: false);
            var program = await shell.StartScpAsync(commandLine, RemotePath.Current.Value, timer.Token).ConfigureAwait(false);
            await using var _ = program.ConfigureAwait(false);
            if (await program.ReadByteAsync(timer.Token).ConfigureAwait(false) != 0)
                throw ScpRecord.Violation("something else than its greeting");
            await program.EndAsync(timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SftpException(SftpErrorCode.Timeout, $"The scp of {connection.HostName} did not start within {timeout.TotalSeconds:0.###} s.")
            {
                Host = connection.HostName,
            };
        }
    }
}
