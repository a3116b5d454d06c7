using AcodeSftp.Commands;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Commands;

/// <summary>Runs a command on sessions, some at a time, and writes what comes of it.</summary>
internal sealed class CommandRun(SshCommand command, SshCommandOptions options, Func<Stream?> input)
{
    /// <summary>How many sessions run it at the same time.</summary>
    public int ThrottleLimit { get; init; } = 32;

    /// <summary>Whether a command that fails is an error, and not only a warning where its result is not written.</summary>
    public bool ErrorOnNonZero { get; init; }

    /// <summary>Writes results in the order of the sessions, each as soon as those before it are written.</summary>
    public async Task WriteResultsAsync(IReadOnlyList<SftpSession> sessions, CmdletOutput output, CancellationToken cancellationToken)
    {
        using var turns = new SemaphoreSlim(ThrottleLimit);
        var runs = sessions.Select(session => CollectAsync(session, turns, cancellationToken)).ToList();
        try
        {
            foreach (var (session, run) in sessions.Zip(runs))
            {
                var (result, error) = await run.ConfigureAwait(false);
                if (error is not null)
                    await output.ErrorAsync(error, session).ConfigureAwait(false);
                if (result is null)
                    continue;
                await output.WriteAsync(result).ConfigureAwait(false);
                await TellEndAsync(result, CommandFailure.LastLines(result.StandardError), isWritten: true, output).ConfigureAwait(false);
            }
        }
        finally
        {
            // The turns are theirs until they have ended.
            await ((Task)Task.WhenAll(runs)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Writes the lines of all sessions as they arrive.</summary>
    public async Task WriteLinesAsync(IReadOnlyList<SftpSession> sessions, CmdletOutput output, CancellationToken cancellationToken)
    {
        using var turns = new SemaphoreSlim(ThrottleLimit);
        await Task.WhenAll(sessions.Select(session => FollowAsync(session, null, turns, output, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>Writes the output of one session byte for byte.</summary>
    public async Task WriteBytesAsync(SftpSession session, int readCount, CmdletOutput output, CancellationToken cancellationToken)
    {
        using var turns = new SemaphoreSlim(1);
        var bytes = new PipelineByteStream(output, readCount);
        await using (bytes.ConfigureAwait(false))
            await FollowAsync(session, bytes, turns, output, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(SshCommandResult? Result, SftpException? Error)> CollectAsync(
        SftpSession session,
        SemaphoreSlim turns,
        CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var its = options with { StandardInput = input() };
            return (await session.InvokeCommandAsync(command, its, cancellationToken).ConfigureAwait(false), null);
        }
        catch (SftpException e)
        {
            return (null, e);
        }
        finally
        {
            turns.Release();
        }
    }

    private async Task FollowAsync(
        SftpSession session,
        PipelineByteStream? bytes,
        SemaphoreSlim turns,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        var lastLines = new Queue<string>();
        await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var its = options with
            {
                StandardInput = input(),
                BinaryOutput = bytes,
                OnLine = async (line, _) =>
                {
                    if (line.Stream == SshOutputStream.StandardError && line.Text.Length > 0)
                    {
                        lastLines.Enqueue(line.Text);
                        if (lastLines.Count > CommandFailure.LinesShown)
                            lastLines.Dequeue();
                    }

                    if (bytes is null)
                        await output.WriteAsync(line).ConfigureAwait(false);
                },
            };
            var result = await session.InvokeCommandAsync(command, its, cancellationToken).ConfigureAwait(false);
            if (bytes is not null)
                await bytes.EndAsync().ConfigureAwait(false);
            await TellEndAsync(result, lastLines, isWritten: false, output).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            await output.ErrorAsync(e, session).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }

    // Where the result itself is not written, nothing else would tell that the command failed.
    private async Task TellEndAsync(SshCommandResult result, IEnumerable<string> lastLines, bool isWritten, CmdletOutput output)
    {
        await output.VerboseAsync(
            $"{TerminalText.Clean(result.HostName)}: ended after {result.Duration.TotalSeconds:0.###} s with "
            + (result.ExitCode is { } code ? $"exit code {code}." : $"the signal {TerminalText.Clean(result.Signal ?? "(not said)")}.")).ConfigureAwait(false);
        if (result.Success)
            return;
        if (ErrorOnNonZero)
            await output.ErrorAsync(CommandFailure.ToRecord(result, lastLines)).ConfigureAwait(false);
        else if (!isWritten)
            await output.WarningAsync(CommandFailure.Describe(result, lastLines)).ConfigureAwait(false);
    }
}
