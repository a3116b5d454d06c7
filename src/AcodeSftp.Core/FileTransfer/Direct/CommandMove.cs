using System.Globalization;
using System.Runtime.CompilerServices;
using AcodeSftp.Commands;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Segments;
using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.FileTransfer.Direct;

/// <summary>
/// Moves the bytes of one large file between this machine and a near server through <c>cat</c> there, whose input or output
/// is the local file itself: they pass neither through this process nor through an SFTP server, which nearby are most of the
/// work. Everything else stays with SFTP: it makes the file, says how long it is, sets its attributes and puts it in place.
/// Whatever the command leaves undone, for whatever reason, is left to SFTP too, which then tells the reason.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="fileSystem">The channel of the transfer, which knows how far the server is.</param>
/// <param name="options">What was asked for.</param>
/// <param name="onRefused">Told why the server is not asked again.</param>
internal sealed class CommandMove(
    ISshConnection connection,
    IRemoteFileSystem fileSystem,
    TransferOptions options,
    Action<string> onRefused)
{
    /// <summary>Smaller files are done by SFTP before the command has started.</summary>
    public const long MinimumSize = 32 * 1024 * 1024;

    private const string Ready = "ready";

    // What ssh ends with where the server has no room for another command, or the connection is lost.
    private const int NotRun = 255;

    // Each reads or writes no more than the file that is its first argument. A shell that sees other files than the SFTP
    // server makes none where it looks, and writes to none that holds anything.
    private const string ReceiveScript = "[ -f \"$0\" ] && [ ! -s \"$0\" ] || exit 1; echo " + Ready + "; exec cat 1<>\"$0\"";
    private const string SendScript = "exec cat <\"$0\"";
    private const string MeasureScript = "echo " + Ready + "; exec wc -c <\"$0\"";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(40);

    // An account may be given another program than the one that was asked for, and that may wait for something else.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private static readonly ConditionalWeakTable<ISshConnection, object> Refused = [];

    /// <summary>Whether it is worth trying.</summary>
    /// <param name="start">Where in the file the transfer begins.</param>
    /// <param name="size">How large the file is, in bytes.</param>
    public bool IsWorthIt(long start, long size) =>
        start == 0
        && size >= MinimumSize
        && options is { SftpOnly: false, BandwidthLimit: null, ChunkSizeBytes: >= TransferOptions.DefaultChunkSizeBytes }
        && connection.TakesFiles
        && fileSystem.RoundTrip < TransferLanes.ShortestDistance
        && !Refused.TryGetValue(connection, out _);

    /// <summary>Writes a remote file, from its start, as far as the command gets.</summary>
    /// <param name="file">The remote file, open and empty.</param>
    /// <param name="source">The local file.</param>
    /// <param name="size">How long the local file is.</param>
    /// <param name="onSure">Told how many bytes are there, as they grow.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when the command writes no more.</returns>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async Task WriteAsync(
        IRemoteFile file,
        SafeFileHandle source,
        long size,
        Action<long> onSure,
        CancellationToken cancellationToken)
    {
        // What a server runs in place of our command would take the file for its input, be it requests of SFTP: so the same
        // command runs before without any, and must answer as it should.
        if (await FindArgumentAsync(file.Path, cancellationToken).ConfigureAwait(false) is not { } argument
            || !await AnswersAsync(CommandLine(ReceiveScript, argument), Ready + "\n", cancellationToken).ConfigureAwait(false))
            return;
        var sure = 0L;
        await RunAsync(
            new RemoteCommandRequest(CommandLine(ReceiveScript, argument)) { InputFile = source },
            async () =>
            {
                // By the handle: what is counted is the file that SFTP will put in place.
                var length = (await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false)).Size ?? 0;
                if (length > sure)
                    onSure(sure = Math.Min(length, size));
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a remote file, from its start.</summary>
    /// <param name="file">The remote file, open.</param>
    /// <param name="destination">The local file, empty.</param>
    /// <param name="size">How long the remote file is.</param>
    /// <param name="onSure">Told how many bytes are there, as they grow.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether what is there now is the file, whole or not; false where it may be anything.</returns>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async Task<bool> ReadAsync(
        IRemoteFile file,
        SafeFileHandle destination,
        long size,
        Action<long> onSure,
        CancellationToken cancellationToken)
    {
        // A shell that greets would do so in the file.
        if (await FindArgumentAsync(file.Path, cancellationToken).ConfigureAwait(false) is not { } argument
            || !await AnswersAsync(
                CommandLine(MeasureScript, argument),
                string.Create(CultureInfo.InvariantCulture, $"{Ready}\n{size}\n"),
                cancellationToken).ConfigureAwait(false))
            return true;
        // The shell may see other files than the SFTP server does, by the same names.
        var sample = await ContentSample.TakeAsync(file, size, cancellationToken).ConfigureAwait(false);
        var sure = 0L;
        var isIt = true;
        await RunAsync(
            new RemoteCommandRequest(CommandLine(SendScript, argument)) { OutputFile = destination },
            () =>
            {
                var length = RandomAccess.GetLength(destination);
                isIt = sample.IsIn(destination);
                if (isIt && length > sure && length <= size)
                    onSure(sure = length);
                return ValueTask.FromResult(isIt);
            },
            cancellationToken).ConfigureAwait(false);
        if (!isIt)
            Refuse("its shell does not read the file that SFTP does");
        return isIt && RandomAccess.GetLength(destination) == sure;
    }

    // Until the command has ended, or what it does is wrong.
    private async Task RunAsync(RemoteCommandRequest request, Func<ValueTask<bool>> isRightAsync, CancellationToken cancellationToken)
    {
        var command = await connection.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
        await using var _ = command.ConfigureAwait(false);
        for (var isOver = false; !isOver;)
        {
            await Task.WhenAny(command.Completion, Task.Delay(Interval, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            isOver = command.Completion.IsCompleted;
            if (!await isRightAsync().ConfigureAwait(false))
                return;
        }

        if (await command.Completion.ConfigureAwait(false) is { ExitCode: not (null or 0 or NotRun) } exit)
            Refuse($"the command ended with exit code {exit.ExitCode}");
    }

    // Null where the path cannot be written on a command line.
    private async Task<string?> FindArgumentAsync(RemotePath path, CancellationToken cancellationToken)
    {
        // Where SFTP starts is not always where a shell does.
        var absolute = path.IsAbsolute ? path : await fileSystem.RealPathAsync(path, cancellationToken).ConfigureAwait(false);
        return LocalPaths.HasLoneSurrogate(absolute.Value) || !ChecksumProcess.CanAskFor(absolute.Value)
            ? null
            : ShellQuoting.Posix(absolute.Value);
    }

    private static string CommandLine(string script, string argument) => $"exec sh -c {ShellQuoting.Posix(script)} {argument}";

    private async Task<bool> AnswersAsync(string commandLine, string expected, CancellationToken cancellationToken)
    {
        try
        {
            var runner = new SshCommandRunner(connection, 0, new SshCommand(commandLine), new SshCommandOptions
            {
                Timeout = AnswerLimit,
                WaitsForChannel = false,
            });
            var result = await runner.RunAsync(cancellationToken).ConfigureAwait(false);
            // Some wc put spaces before a number.
            var answer = result.StandardOutput.Replace(" ", "", StringComparison.Ordinal);
            if (result.Success && answer == expected)
                return true;
            // The file may have changed; SFTP finds out.
            if (!result.Success || !answer.StartsWith(Ready + "\n", StringComparison.Ordinal))
                Refuse($"the shell did not answer as one does: exit code {result.ExitCode}, {TerminalText.Clean(result.StandardError)}");
        }
        catch (SftpException e) when (e.Code is not SftpErrorCode.ConnectionLost)
        {
            // There may be room for another command the next time.
            if (e is not { Code: SftpErrorCode.Unavailable, IsTransient: true })
                Refuse(e.Message);
        }

        return false;
    }

    private void Refuse(string reason)
    {
        Refused.AddOrUpdate(connection, reason);
        onRefused(reason);
    }
}
