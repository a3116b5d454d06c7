using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Commands;

/// <summary>
/// Ends a remote command whose channel nobody reads any more. Closing the channel leaves the process running on most
/// servers, so it is asked to end (RFC 4254, section 6.9), and made to if it does not. Some servers pass on no signals
/// (OpenSSH 9.2 for root, others for anybody): there a second command looks for the process and ends it.
/// </summary>
internal sealed class RemoteProcessEnder(ISshConnection connection, IRemoteCommand running, string commandLine)
{
    // Everything has to fit into the second that Ctrl+C may take.
    private static readonly TimeSpan AfterSignal = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AfterKill = TimeSpan.FromMilliseconds(400);

    /// <summary>Does all that can be done within a second. Never throws.</summary>
    public async Task EndAsync()
    {
        if (await TryAsync(token => running.SendSignalAsync("TERM", token), AfterSignal).ConfigureAwait(false)
            || await TryAsync(token => KillAsync("TERM", token), AfterSignal).ConfigureAwait(false))
            return;
        await TryAsync(
            token => Task.WhenAll(SendKillAsync(token), KillAsync("KILL", token)),
            AfterKill).ConfigureAwait(false);
    }

    // Whether the command has ended after it.
    private async Task<bool> TryAsync(Func<CancellationToken, Task> attempt, TimeSpan patience)
    {
        using var grace = new CancellationTokenSource(patience);
        try
        {
            await attempt(grace.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SftpException or IOException or OperationCanceledException)
        {
            // Not to be had here, or too slow; the next attempt is another way.
        }

        try
        {
            await running.Completion.WaitAsync(grace.Token).ConfigureAwait(false);
            return true;
        }
        catch (SftpException)
        {
            // The connection is gone, and the process is out of reach.
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SendKillAsync(CancellationToken cancellationToken)
    {
        try
        {
            await running.SendSignalAsync("KILL", cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // A transport without signals.
        }
    }

    private async Task KillAsync(string signal, CancellationToken cancellationToken)
    {
        var killer = await connection.ExecuteAsync(new RemoteCommandRequest(KillScript(signal)), cancellationToken)
            .ConfigureAwait(false);
        await using (killer.ConfigureAwait(false))
        {
            await killer.StandardInput.DisposeAsync().ConfigureAwait(false);
            await killer.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // All channels of a connection are children of the same server process, so the command is a sibling of this script: it
    // runs the same text, or, where the shell replaced itself by the only program in it, is that program. Whitespace and
    // signs are left out of the comparison, for ps shows them in ways of its own. It leads its process group. Of several
    // that look the same the youngest is taken.
    private string KillScript(string signal) =>
        $"ACODE_LINE={ShellQuoting.Posix(commandLine)}; export ACODE_LINE; "
        + "p=$(ps -A -o pid= -o ppid= -o args= | awk -v parent=\"$PPID\" -v self=\"$$\" '"
        + "BEGIN { want = ENVIRON[\"ACODE_LINE\"]; gsub(/[^A-Za-z0-9]/, \"\", want) } "
        + "$2 == parent && $1 != self { pid = $1; $1 = \"\"; $2 = \"\"; gsub(/[^A-Za-z0-9]/, \"\"); n = length($0) - length(want); "
        + "if (n >= 0 && substr($0, n + 1) == want) found = pid } END { print found }'); "
        + $"[ -n \"$p\" ] && kill -{signal} -\"$p\"";
}
