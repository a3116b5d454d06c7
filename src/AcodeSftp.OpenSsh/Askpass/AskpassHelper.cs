using System.Runtime.Versioning;
using System.Text;
using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh.Askpass;

/// <summary>
/// Answers the prompts of one <c>ssh</c>. <c>ssh</c> runs a small shell script (SSH_ASKPASS), which hands us the prompt
/// through one named pipe and gets the answer through another. Both lie in the connection's private directory, so a secret
/// is never in an argument, an environment value or a file: only in a pipe's buffer, between two processes of this account.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class AskpassHelper : IDisposable
{
    // The script's number ties the answer to the question: one that a killed script left in the pipe is passed over.
    // head prints the secret, not the shell: a shell without a built-in printf would put it into an argument.
    private const string Script =
        """
        #!/bin/sh
        here=${0%/*}
        exec 3< "$here/answer" || exit 1
        printf '%s\n%s\n%s\000' "$$" "$SSH_ASKPASS_PROMPT" "$1" > "$here/question" || exit 1
        while IFS= read -r verdict <&3; do
            [ "$verdict" = "no $$" ] && exit 1
            [ "$verdict" = "yes $$" ] && exec head -n 1 <&3
        done
        exit 1

        """;

    // ssh reads 1023 bytes and cuts at the first line break (readpass.c, ssh_askpass).
    private const int MaxSecretLength = 1022;

    private readonly AskpassPrompt _prompt;
    private readonly Secret? _password;
    private readonly Secret? _passphrase;
    private readonly Action _giveUp;
    private readonly string _directory;
    private readonly string _scriptPath;
    private readonly FileStream _question;
    private readonly FileStream _answer;
    private readonly Thread _thread;
    private volatile bool _isDisposed;

    /// <summary>Makes the script and the pipes, and listens.</summary>
    /// <param name="directory">A directory to make for them, in the connection's private one.</param>
    /// <param name="prompt">Decides.</param>
    /// <param name="options">Holds the secrets.</param>
    /// <param name="giveUp">Called when <c>ssh</c> asks without end.</param>
    /// <exception cref="SftpException">A secret cannot be handed over, or the script cannot be run.</exception>
    public AskpassHelper(string directory, AskpassPrompt prompt, SshConnectionOptions options, Action giveUp)
    {
        CheckSecret(options.Password, "password");
        CheckSecret(options.KeyPassphrase, "passphrase");
        (_prompt, _password, _passphrase, _giveUp) = (prompt, options.Password, options.KeyPassphrase, giveUp);
        if (!Posix.TryCreatePrivateDirectory(directory))
            throw Posix.LastError("mkdir");
        _directory = directory;
        _scriptPath = Path.Combine(directory, "askpass");
        File.WriteAllText(_scriptPath, Script.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(_scriptPath, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        if (!Posix.CanExecute(_scriptPath))
        {
            throw new SftpException(
                SftpErrorCode.Unsupported,
                $"No program may be run from {directory} (mounted noexec?).")
            {
                Advice = "A password or passphrase needs a small script there. Set XDG_RUNTIME_DIR to a directory from which "
                    + "programs may be run, or use a key or an agent.",
            };
        }

        _question = OpenPipe(Path.Combine(directory, "question"));
        _answer = OpenPipe(Path.Combine(directory, "answer"));
        _thread = new Thread(Listen, maxStackSize: 256 * 1024) { IsBackground = true, Name = "askpass" };
        _thread.Start();
    }

    /// <summary>How many prompts came.</summary>
    public int Prompts => _prompt.Prompts;

    /// <summary>The environment of an <c>ssh</c> that this helper answers. It overrides what the user set for other programs.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["SSH_ASKPASS"] = _scriptPath,
        ["SSH_ASKPASS_REQUIRE"] = "force",
    };

    /// <summary>Stops listening and removes the script and the pipes. Doing so twice is fine.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        // Wakes the thread, which may wait for a question.
        _question.Write([0]);
        _question.Flush();
        _thread.Join();
        _question.Dispose();
        _answer.Dispose();
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            // The connection's directory is gone already, and this one with it.
        }
    }

    private static void CheckSecret(Secret? secret, string what)
    {
        if (secret is null)
            return;
        var bytes = secret.Reveal().Span;
        if (bytes.Length > MaxSecretLength || bytes.ContainsAny((byte)'\n', (byte)'\r', (byte)0))
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"The {what} holds a line break or is longer than {MaxSecretLength} bytes, which ssh does not take.");
    }

    // Open for both directions: opening waits for nobody, and no pipe ends when the script closes its end.
    private static FileStream OpenPipe(string path)
    {
        Posix.CreatePipe(path);
        return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
    }

    private void Listen()
    {
        var question = new List<byte>();
        var buffer = new byte[1024];
        try
        {
            while (!_isDisposed)
            {
                var read = _question.Read(buffer);
                if (read == 0 || _isDisposed)
                    return;
                foreach (var b in buffer.AsSpan(0, read))
                {
                    if (b != 0 && question.Count < 64 * 1024)
                    {
                        question.Add(b);
                        continue;
                    }

                    Answer(Encoding.UTF8.GetString([.. question]));
                    question.Clear();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The directory went away under us: ssh is being ended.
        }
    }

    private void Answer(string question)
    {
        var parts = question.Split('\n', 3);
        if (parts.Length < 3)
            return;
        var secret = _prompt.Decide(parts[1], parts[2]);
        if (_prompt.Prompts >= AskpassPrompt.MaxPrompts)
            _giveUp();
        var value = secret switch
        {
            AskpassSecret.Password => _password,
            AskpassSecret.Passphrase => _passphrase,
            _ => null,
        };
        if (value is null)
        {
            _answer.Write(Encoding.UTF8.GetBytes($"no {parts[0]}\n"));
            return;
        }

        // One write, less than a pipe takes in one piece (PIPE_BUF), so that there is never half an answer in it.
        var verdict = Encoding.UTF8.GetBytes($"yes {parts[0]}\n");
        var bytes = value.Reveal().Span;
        Span<byte> answer = stackalloc byte[verdict.Length + bytes.Length + 1];
        verdict.CopyTo(answer);
        bytes.CopyTo(answer[verdict.Length..]);
        answer[^1] = (byte)'\n';
        _answer.Write(answer);
        answer.Clear();
    }
}
