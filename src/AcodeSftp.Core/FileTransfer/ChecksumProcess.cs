using System.Globalization;
using System.Text;
using AcodeSftp.Connections;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// A shell on the server that computes SHA-256 of one file after another, as their paths come in on its input: starting a
/// command for each of a thousand small files would take longer than moving them. Requests may follow each other without
/// waiting; the answers come in the same order. Thread-safe.
/// </summary>
internal sealed class ChecksumProcess : IAsyncDisposable
{
    // One line and no single quote in it, so that every login shell passes it on to sh as it is. Each request is two
    // lines, how many bytes and of which file, and each answer one. Paths never get near the shell's syntax.
    private const string Script =
        "if command -v sha256sum >/dev/null 2>&1; then h() { sha256sum; }; "
        + "elif command -v shasum >/dev/null 2>&1; then h() { shasum -a 256; }; "
        + "elif command -v sha256 >/dev/null 2>&1; then h() { sha256 -q; }; "
        + "elif command -v openssl >/dev/null 2>&1; then h() { openssl dgst -sha256; }; "
        + "else echo none; exit 0; fi; echo ready; "
        + "while IFS= read -r n && IFS= read -r p; do r=; "
        + "if [ -f \"$p\" ] && [ -r \"$p\" ]; then "
        + "if [ \"$n\" = all ]; then r=$(h < \"$p\"); else r=$(head -c \"$n\" < \"$p\" | h); fi; fi; "
        + "printf \"%s\\n\" \"${r:-none}\"; done";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly IRemoteCommand _command;
    private readonly object _lock = new();
    private readonly Queue<TaskCompletionSource<string?>> _asked = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private Task _writing = Task.CompletedTask;
    private bool _hasEnded;

    private ChecksumProcess(IRemoteCommand command)
    {
        _command = command;
        _reading = ReadAsync();
        Forget(command.StandardError.CopyToAsync(Stream.Null));
    }

    /// <summary>The command line that starts it.</summary>
    public static string CommandLine { get; } = "exec sh -c " + ShellQuoting.Posix(Script);

    /// <summary>Whether the server has a shell but no tool, so that there is no point in asking it.</summary>
    public bool HasNoTool { get; private set; }

    /// <summary>Whether it has told that it is there.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Ends when it has told that it is there, or has ended.</summary>
    public Task Started => _started.Task;

    /// <summary>Whether it answers no more.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
                return _hasEnded;
        }
    }

    /// <summary>Starts it.</summary>
    /// <param name="connection">The connection to the server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The process.</returns>
    /// <exception cref="SftpException">The server runs no commands.</exception>
    public static async Task<ChecksumProcess> StartAsync(ISshConnection connection, CancellationToken cancellationToken) =>
        new(await connection.ExecuteAsync(new RemoteCommandRequest(CommandLine), cancellationToken).ConfigureAwait(false));

    /// <summary>Whether a path can be asked about: an answer to one with a line break would be one to something else.</summary>
    public static bool CanAskFor(string path) => path.AsSpan().IndexOfAny('\n', '\r', '\0') < 0;

    /// <summary>Asks for the hash of a file or of its first bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">How many bytes; null for all.</param>
    /// <returns>The hash; null where it cannot be computed.</returns>
    /// <exception cref="SftpException">The process has ended before it answered.</exception>
    public Task<string?> HashAsync(string path, long? length)
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = Utf8.GetBytes(
            $"{length?.ToString(CultureInfo.InvariantCulture) ?? "all"}\n{path}\n");
        lock (_lock)
        {
            if (_hasEnded)
                return HasNoTool ? Task.FromResult<string?>(null) : Task.FromException<string?>(Ended());
            _asked.Enqueue(answer);
            _writing = WriteAfterAsync(_writing, request);
            Forget(_writing);
        }

        return answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        // It ends by itself when its input does; nothing waits for that.
        try
        {
            await _command.StandardInput.DisposeAsync().ConfigureAwait(false);
            await _command.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is SftpException or IOException or ObjectDisposedException)
        {
            // Gone already.
        }

        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAfterAsync(Task before, byte[] request)
    {
        await before.ConfigureAwait(false);
        await _command.StandardInput.WriteAsync(request).ConfigureAwait(false);
        await _command.StandardInput.FlushAsync().ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        try
        {
            using var reader = new StreamReader(_command.StandardOutput, Utf8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            // Whatever the account's start-up files print comes before this.
            string? line;
            do
            {
                line = await reader.ReadLineAsync().ConfigureAwait(false);
            }
            while (line is not (null or "ready" or "none"));
            HasNoTool = line == "none";
            HasBegun = line is not null;
            _started.TrySetResult();
            while (line == "ready" && await reader.ReadLineAsync().ConfigureAwait(false) is { } answer)
            {
                TaskCompletionSource<string?>? asked;
                lock (_lock)
                {
                    if (!_asked.TryDequeue(out asked))
                        return;
                }

                asked.TrySetResult(ChecksumTool.FindHash(answer));
            }
        }
        catch (Exception e) when (e is SftpException or IOException or ObjectDisposedException)
        {
            // The channel is gone, and so are the answers.
        }
        finally
        {
            TaskCompletionSource<string?>[] unanswered;
            lock (_lock)
            {
                _hasEnded = true;
                unanswered = [.. _asked];
                _asked.Clear();
            }

            _started.TrySetResult();

            foreach (var asked in unanswered)
            {
                if (HasNoTool)
                    asked.TrySetResult(null);
                else
                    asked.TrySetException(Ended());
            }
        }
    }

    private static SftpException Ended() =>
        new(SftpErrorCode.Unavailable, "The command that computes checksums on the server has ended.");

    private static void Forget(Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
