using System.Globalization;
using System.Text;
using AcodeSftp.Connections;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// A shell on the server that computes SHA-256 of files as their paths come in on its input: starting a command for each of
/// a thousand small files would take longer than moving them. Whole files that are asked for while others are hashed go to
/// the tool together. Requests may follow each other without waiting; the answers come in the same order. Thread-safe.
/// </summary>
internal sealed class ChecksumProcess : IAsyncDisposable
{
    /// <summary>
    /// The unit in which a file is followed, in bytes: what a pipe of Linux holds, and what dd is told. With 1 MiB it takes a
    /// seventh more of the server's processor.
    /// </summary>
    public const long FollowedBlock = 65536;

    // So many are a run of the tool, which takes longer to start than to hash them, and so few that none waits long for the
    // others; no more of them than a command line may be long anywhere.
    private const int MostTogether = 128;
    private const int MostPaths = 64 * 1024;

    // So many runs of the tool are on their way or being done while the next files gather: near one, and none before the shell
    // is there, for to start the tool is most of what a few files take; at a distance some, so that none waits for the whole
    // way of those before it. More where each has as many files as it may.
    private const int MostUnderWayNearby = 1;
    private const int MostUnderWay = 4;
    private const int MostFullUnderWay = 16;

    // From so many bytes on a tool that is fast gains what it takes longer to start.
    private const long Much = 1024 * 1024;

    // One line and no single quote in it, so that every login shell passes it on to sh as it is. Paths never get near the
    // shell's syntax. A request begins with two lines and its answer is one line, but for "many" and "much":
    //   NUMBER, PATH   the first so many bytes of a file
    //   follow, PATH   a file that grows: then lines "SKIP COUNT" of which blocks are there, in order, and "end SKIP"
    //   many, BYTES    whole files: then so many bytes with a path on each line, all absolute, and at the end the line "."; the
    //                  answer is which of them can be read, what the tool says of those, and an empty line
    //   much, BYTES    the same for files that are much together
    // A shell reads lines byte by byte, which takes longer than to hash a small file: dd reads paths as a block. What it did
    // not get at once follows line by line; more than the block it never takes.
    // What is large goes to openssl where there is one: it uses the SHA instructions of the processor, which most builds of
    // sha256sum do not, but it takes longer to start.
    private static readonly string Script =
        "if command -v sha256sum >/dev/null 2>&1; then t=sha256sum; "
        + "elif command -v shasum >/dev/null 2>&1; then t=\"shasum -a 256\"; "
        + "elif command -v sha256 >/dev/null 2>&1; then t=\"sha256 -q\"; "
        + "elif command -v openssl >/dev/null 2>&1; then t=\"openssl dgst -sha256 -r\"; "
        + "else echo none; exit 0; fi; echo ready; u=; set -f; f=$IFS; i=$(printf \"\\n.\"); i=${i%.}; e=$i.$i; "
        + "while IFS= read -r n && IFS= read -r p; do r=; "
        + "[ \"$n\" = many ] || [ \"$u\" ] || { u=$t; "
        + "if echo | openssl dgst -sha256 -r >/dev/null 2>&1; then u=\"openssl dgst -sha256 -r\"; fi; }; "
        + "if [ \"$n\" = many ] || [ \"$n\" = much ]; then "
        + "x=$(dd bs=\"$p\" count=1 2>/dev/null; echo .); x=${x%.}; "
        + "while case $x in *\"$e\") false;; esac; do IFS= read -r q || exit 0; x=$x$q$i; done; "
        + "IFS=$i; set -- ${x%\"$e\"}; IFS=$f; "
        + "for q do if [ -f \"$q\" ] && [ -r \"$q\" ]; then r=${r}1; else r=${r}0; fi; done; x=$r; "
        + "case $r in *0*) for q do shift; case $x in 1*) set -- \"$@\" \"$q\";; esac; x=${x#?}; done;; esac; "
        + "v=$t; [ \"$n\" = many ] || v=$u; echo $r; [ $# = 0 ] || $v \"$@\" 2>/dev/null; echo; continue; fi; "
        + "if [ \"$n\" = follow ]; then "
        + "r=$(while read -r s c; do [ \"$s\" = end ] && { dd if=\"$p\" bs=" + FollowedBlock + " skip=\"$c\" 2>/dev/null; break; }; "
        + "dd if=\"$p\" bs=" + FollowedBlock + " skip=\"$s\" count=\"$c\" 2>/dev/null; done | $u); "
        + "elif [ -f \"$p\" ] && [ -r \"$p\" ]; then "
        + "r=$(head -c \"$n\" < \"$p\" | $u); fi; "
        + "printf \"%s\\n\" \"${r:-none}\"; done";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly IRemoteCommand _command;
    private readonly Func<bool> _isFar;
    private readonly object _lock = new();
    private readonly Queue<Question> _asked = new();
    private readonly Queue<(string Path, long Size, TaskCompletionSource<string?> Answer)> _waiting = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private Task _writing = Task.CompletedTask;
    private int _underWay;
    private bool _hasEnded;

    private ChecksumProcess(IRemoteCommand command, Func<bool> isFar)
    {
        (_command, _isFar) = (command, isFar);
        _reading = ReadAsync();
        command.StandardError.CopyToAsync(Stream.Null).Forget();
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
    /// <param name="isFar">Whether a round trip to it takes long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The process.</returns>
    /// <exception cref="SftpException">The server runs no commands.</exception>
    public static async Task<ChecksumProcess> StartAsync(ISshConnection connection, Func<bool> isFar, CancellationToken cancellationToken) =>
        new(await connection.ExecuteAsync(new RemoteCommandRequest(CommandLine), cancellationToken).ConfigureAwait(false), isFar);

    /// <summary>Whether a path can be asked about: an answer to one with a line break would be one to something else.</summary>
    public static bool CanAskFor(string path) => path.AsSpan().IndexOfAny('\n', '\r', '\0') < 0;

    /// <summary>Asks for the hash of a file or of its first bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">How many bytes; null for all.</param>
    /// <param name="size">About how many bytes there are to hash.</param>
    /// <returns>The hash; null where it cannot be computed.</returns>
    /// <exception cref="SftpException">The process has ended before it answered.</exception>
    public Task<string?> HashAsync(string path, long? length, long size)
    {
        if (length is not null)
            return AskOne(string.Create(CultureInfo.InvariantCulture, $"{length}\n{path}\n"));
        var answer = NewAnswer();
        lock (_lock)
        {
            if (_hasEnded)
                return WithoutProcess();
            _waiting.Enqueue((path, size, answer));
            AskForWaiting();
        }

        return answer.Task;
    }

    /// <summary>
    /// Asks for the hash of a file that grows, which is then computed as <see cref="GoOn"/> tells what is there; nothing else
    /// may be asked for until <see cref="GoOnToEnd"/> has told that this was all.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>The hash; null where it cannot be computed.</returns>
    /// <exception cref="SftpException">The process has ended before it answered.</exception>
    public Task<string?> FollowAsync(string path) => AskOne($"follow\n{path}\n");

    /// <summary>Tells that more of the file that is followed is there.</summary>
    /// <param name="skip">How many blocks of <see cref="FollowedBlock"/> were told of before.</param>
    /// <param name="count">How many more there are.</param>
    public void GoOn(long skip, long count) => Tell(string.Create(CultureInfo.InvariantCulture, $"{skip} {count}\n"));

    /// <summary>Tells that the file that is followed is complete.</summary>
    /// <param name="skip">How many blocks of <see cref="FollowedBlock"/> were told of before.</param>
    public void GoOnToEnd(long skip) => Tell(string.Create(CultureInfo.InvariantCulture, $"end {skip}\n"));

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

    // Those that come while enough is under way wait, and are asked for together then. Under the lock.
    private void AskForWaiting()
    {
        if (_waiting.Count == 0 || _underWay >= MostUnderWayNow())
            return;
        _underWay++;
        var answers = new List<TaskCompletionSource<string?>>();
        var paths = new StringBuilder();
        var sizes = 0L;
        while (answers.Count < MostTogether && paths.Length < MostPaths && _waiting.TryDequeue(out var file))
        {
            paths.Append(file.Path).Append('\n');
            sizes += file.Size;
            answers.Add(file.Answer);
        }

        paths.Append(".\n");
        var text = paths.ToString();
        Ask(
            new Question([.. answers], true),
            string.Create(CultureInfo.InvariantCulture, $"{(sizes < Much ? "many" : "much")}\n{Utf8.GetByteCount(text)}\n{text}"));
    }

    // Under the lock.
    private int MostUnderWayNow()
    {
        if (_waiting.Count >= MostTogether)
            return MostFullUnderWay;
        if (_isFar())
            return MostUnderWay;
        return HasBegun ? MostUnderWayNearby : 0;
    }

    private Task<string?> AskOne(string request)
    {
        var answer = NewAnswer();
        lock (_lock)
        {
            if (_hasEnded)
                return WithoutProcess();
            Ask(new Question([answer], false), request);
        }

        return answer.Task;
    }

    // Under the lock.
    private void Ask(Question question, string request)
    {
        _asked.Enqueue(question);
        Write(request);
    }

    private void Tell(string line)
    {
        lock (_lock)
        {
            if (!_hasEnded)
                Write(line);
        }
    }

    // Under the lock.
    private void Write(string text)
    {
        _writing = WriteAfterAsync(_writing, Utf8.GetBytes(text));
        _writing.Forget();
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
            lock (_lock)
            {
                HasBegun = line is not null;
                if (!HasNoTool)
                    AskForWaiting();
            }

            _started.TrySetResult();
            while (line == "ready" && await reader.ReadLineAsync().ConfigureAwait(false) is { } answer)
            {
                Question? question;
                lock (_lock)
                {
                    if (!_asked.TryPeek(out question))
                        return;
                }

                if (question.IsForWholeFiles)
                    await ReadHashesAsync(reader, answer, question.Answers).ConfigureAwait(false);
                else
                    question.Answers[0].TrySetResult(ChecksumTool.FindHash(answer));
                lock (_lock)
                {
                    _asked.Dequeue();
                    if (question.IsForWholeFiles)
                        _underWay--;
                    AskForWaiting();
                }
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
                unanswered = [.. _asked.SelectMany(question => question.Answers), .. _waiting.Select(waiting => waiting.Answer)];
                _asked.Clear();
                _waiting.Clear();
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

    // A file that was taken away between the two looks at it has no line, and then it is not known whose line is whose.
    private static async Task ReadHashesAsync(StreamReader reader, string isReadable, TaskCompletionSource<string?>[] answers)
    {
        var hashes = new Queue<string?>();
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0)
            {
                hashes.Enqueue(ChecksumTool.FindLeadingHash(line));
                continue;
            }

            var isKnown = isReadable.Length == answers.Length && hashes.Count == isReadable.Count(c => c == '1') && !hashes.Contains(null);
            for (var i = 0; i < answers.Length; i++)
            {
                if (isKnown)
                    answers[i].TrySetResult(isReadable[i] == '1' ? hashes.Dequeue() : null);
                else
                    answers[i].TrySetException(new SftpException(SftpErrorCode.Unavailable, "The server did not hash all files."));
            }

            return;
        }
    }

    private Task<string?> WithoutProcess() => HasNoTool ? Task.FromResult<string?>(null) : Task.FromException<string?>(Ended());

    private static TaskCompletionSource<string?> NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static SftpException Ended() =>
        new(SftpErrorCode.Unavailable, "The command that computes checksums on the server has ended.");

    private sealed record Question(TaskCompletionSource<string?>[] Answers, bool IsForWholeFiles);
}
