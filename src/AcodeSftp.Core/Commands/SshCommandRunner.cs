using System.Buffers;
using System.Diagnostics;
using System.Text;
using AcodeSftp.Connections;

namespace AcodeSftp.Commands;

/// <summary>Runs a remote command to its end: feeds it, takes what it writes, and ends it where it must end early.</summary>
internal sealed class SshCommandRunner(ISshConnection connection, int sessionId, SshCommand command, SshCommandOptions options)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Runs the command.</summary>
    /// <param name="cancellationToken">Ends the command and its channel.</param>
    /// <returns>What it did.</returns>
    /// <exception cref="SftpException">It ran out of time, was refused, could not be prepared, or the connection was lost.</exception>
    public async Task<SshCommandResult> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(options.Timeout);
        try
        {
            var request = new RemoteCommandRequest(command.ToCommandLine())
            {
                Environment = command.Environment,
                WaitsForChannel = options.WaitsForChannel,
                HasInput = options.StandardInput is { } input && !(input.CanSeek && input.Position >= input.Length),
            };
            var running = await connection.ExecuteAsync(request, timer.Token).ConfigureAwait(false);
            await using (running.ConfigureAwait(false))
            {
                try
                {
                    return await FollowAsync(running, started, timer.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (e is not SftpException)
                {
                    // Cancelled, out of time, or whoever takes the output failed: nobody waits for the command any more.
                    await new RemoteProcessEnder(connection, running, request.Command).EndAsync().ConfigureAwait(false);
                    throw;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SftpException(
                SftpErrorCode.Timeout,
                $"The command did not end within {options.Timeout.TotalSeconds:0.###} s and was ended: {TerminalText.Clean(command.Text)}")
            {
                Host = connection.HostName,
                Advice = "Allow it more time with -TimeoutSec, or find out what it waits for.",
            };
        }
    }

    private async Task<SshCommandResult> FollowAsync(IRemoteCommand running, long started, CancellationToken cancellationToken)
    {
        using var turn = new SemaphoreSlim(1, 1);
        var feeding = FeedAsync(running.StandardInput, cancellationToken);
        var output = TakeOutputAsync(running.StandardOutput, turn, cancellationToken);
        var error = TakeTextAsync(running.StandardError, SshOutputStream.StandardError, turn, cancellationToken);
        await Task.WhenAll(output, error).ConfigureAwait(false);
        var exit = await running.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        await feeding.ConfigureAwait(false);
        var errorText = await error.ConfigureAwait(false);
        if (SshCommand.FindFailure(exit.ExitCode, errorText, connection.HostName) is { } failure)
            throw failure;
        return new SshCommandResult
        {
            SessionId = sessionId,
            HostName = connection.HostName,
            Command = command.Text,
            ExitCode = exit.ExitCode,
            Signal = exit.Signal,
            StandardOutput = await output.ConfigureAwait(false),
            StandardError = errorText,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private async Task FeedAsync(Stream input, CancellationToken cancellationToken)
    {
        await using (input.ConfigureAwait(false))
        {
            if (options.StandardInput is null)
                return;
            try
            {
                await options.StandardInput.CopyToAsync(input, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SftpException)
            {
                // A command may end without reading all of its input; how it ended is what counts.
            }
        }
    }

    private async Task<string> TakeOutputAsync(Stream stream, SemaphoreSlim turn, CancellationToken cancellationToken)
    {
        if (options.BinaryOutput is not { } binary)
            return await TakeTextAsync(stream, SshOutputStream.StandardOutput, turn, cancellationToken).ConfigureAwait(false);
        await stream.CopyToAsync(binary, cancellationToken).ConfigureAwait(false);
        return "";
    }

    // The lines of both outputs take turns, so that whoever is told of them need not be thread-safe.
    private async Task<string> TakeTextAsync(
        Stream stream,
        SshOutputStream which,
        SemaphoreSlim turn,
        CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Utf8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        if (options.OnLine is not { } onLine)
            return await CollectAsync(reader, cancellationToken).ConfigureAwait(false);

        var lastLines = "";
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            // Kept for a command that could not be prepared, which says so in its only line.
            lastLines = which == SshOutputStream.StandardError ? line : lastLines;
            await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var outputLine = new SshOutputLine(which, line) { SessionId = sessionId, HostName = connection.HostName };
                await onLine(outputLine, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        }

        return lastLines;
    }

    private static async Task<string> CollectAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = ArrayPool<char>.Shared.Rent(16 * 1024);
        try
        {
            while (await reader.ReadAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false) is var read and > 0)
                text.Append(buffer.AsSpan(0, read));
            return text.ToString();
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }
}
