using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Scp;

namespace AcodeSftp.SshNet;

/// <summary>
/// Reads links by shell commands, as many by one command as are asked for at the same time: a listing asks for each link in
/// it. Thread-safe.
/// </summary>
/// <param name="shell">Runs the commands.</param>
/// <param name="host">The host concerned.</param>
internal sealed class LinkBatch(RemoteShell shell, string host)
{
    // GNU's readlink takes many links at once: "z", and what each holds with a NUL. Elsewhere, and where not all are links, of
    // each path a mark, what the link holds with a line end, and NUL.
    private const string Script =
        "a=1; for f; do test -L \"$f\" || a=; done; "
        + "if test \"$a\" && readlink -z -- \"$1\" >/dev/null 2>&1; then printf z; readlink -z -- \"$@\"; exit; fi; "
        + "for f; do if test -L \"$f\"; then printf l; readlink -- \"$f\"; elif test -e \"$f\"; then printf e; else printf n; fi; printf \"\\0\"; done";

    private const int MostAtOnce = 128;

    // Linux takes 128 KiB of command line; a name may need quoting.
    private const int MostCharacters = 16 * 1024;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);

    private readonly Queue<(RemotePath Path, TaskCompletionSource<string> Answer)> _waiting = new();
    private bool _isRunning;

    /// <summary>Reads a link.</summary>
    /// <param name="path">The link, absolute.</param>
    /// <returns>What it holds.</returns>
    /// <exception cref="SftpException">It is none, or it could not be read.</exception>
    public Task<string> ReadAsync(RemotePath path)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            _waiting.Enqueue((path, answer));
            if (_isRunning)
                return answer.Task;
            _isRunning = true;
        }

        _ = RunAsync();
        return answer.Task;
    }

    private async Task RunAsync()
    {
        await Task.Delay(Gathering).ConfigureAwait(false);
        while (Next() is { Length: > 0 } batch)
        {
            try
            {
                var answers = (await shell.RunAsync(Script, [.. batch.Select(one => one.Path.Value)], CancellationToken.None)
                    .ConfigureAwait(false)).Split('\0');
                var areAllLinks = answers[0].StartsWith('z');
                if (areAllLinks)
                    answers[0] = answers[0][1..];
                for (var i = 0; i < batch.Length; i++)
                {
                    var text = i < answers.Length - 1 ? answers[i] : "";
                    Answer(batch[i].Path, batch[i].Answer, areAllLinks && text.Length > 0 ? $"l{text}\n" : text);
                }
            }
            catch (Exception e)
            {
                // Whoever asked is told, whatever it was.
                foreach (var (_, answer) in batch)
                    answer.TrySetException(e);
            }
        }
    }

    private (RemotePath Path, TaskCompletionSource<string> Answer)[] Next()
    {
        lock (_waiting)
        {
            var batch = new List<(RemotePath, TaskCompletionSource<string>)>();
            var characters = 0;
            while (batch.Count < MostAtOnce && characters < MostCharacters && _waiting.TryDequeue(out var one))
            {
                batch.Add(one);
                characters += one.Path.Value.Length;
            }

            _isRunning = batch.Count > 0;
            return [.. batch];
        }
    }

    private void Answer(RemotePath path, TaskCompletionSource<string> answer, string text)
    {
        if (text is ['l', .., '\n'])
        {
            answer.TrySetResult(text[1..^1]);
            return;
        }

        var (code, why) = text is "n" ? (SftpErrorCode.NotFound, "no such file or directory") : (SftpErrorCode.InvalidArgument, "it is no link");
        answer.TrySetException(new SftpException(code, $"Cannot read the link '{TerminalText.Clean(path.Value)}': {why}.")
        {
            Path = path.Value,
            Host = host,
        });
    }
}
