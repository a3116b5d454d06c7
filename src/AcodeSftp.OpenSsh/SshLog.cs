using System.Text;
using System.Text.RegularExpressions;

namespace AcodeSftp.OpenSsh;

/// <summary>
/// What <c>ssh</c> writes to its standard error: facts are picked from its debug messages, which are then dropped, and the
/// end of the rest is kept to explain a failure.
/// </summary>
internal sealed partial class SshLog
{
    /// <summary>How much of the text is kept, in characters.</summary>
    public const int MaxKept = 8 * 1024;

    private const int MaxLine = 2 * 1024;

    private readonly object _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly StringBuilder _line = new();
    private int _kept;

    /// <summary>The server's software version, such as <c>OpenSSH_9.2p1</c>; null until it is known.</summary>
    public string? ServerVersion { get; private set; }

    /// <summary>The server's host key as <c>type SHA256:fingerprint</c>; null until it is known.</summary>
    public string? HostKey { get; private set; }

    /// <summary>The key file that the server would take and <c>ssh</c> has to sign with; null for none yet.</summary>
    public string? AcceptedKey { get; private set; }

    /// <summary>Whether the server told the exit code of what ran on the session's channel.</summary>
    public bool HasExitStatus { get; private set; }

    /// <summary>Whether the server told that a signal ended what ran on the session's channel.</summary>
    public bool HasExitSignal { get; private set; }

    /// <summary>Whether the TCP connection was made.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Whether an SSH server answered.</summary>
    public bool IsReached => ServerVersion is not null;

    /// <summary>Whether the server accepted the login.</summary>
    public bool IsAuthenticated { get; private set; }

    /// <summary>What was written, without debug messages: at most the last <see cref="MaxKept"/> characters.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Reads the stream to its end, or until it breaks. Never stops reading before: a full pipe would stop ssh.</summary>
    /// <param name="stream">The standard error.</param>
    /// <returns>A task that ends with the stream.</returns>
    public async Task ReadAsync(Stream stream)
    {
        var buffer = new byte[4096];
        var characters = new char[Encoding.UTF8.GetMaxCharCount(buffer.Length)];
        var decoder = new UTF8Encoding(false).GetDecoder();
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                Add(characters.AsSpan(0, decoder.GetChars(buffer.AsSpan(0, read), characters, flush: false)));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone and its stream with it.
        }

        Add("\n");
    }

    /// <summary>Adds text; lines may come in pieces.</summary>
    /// <param name="text">The text.</param>
    public void Add(ReadOnlySpan<char> text)
    {
        lock (_lock)
        {
            foreach (var c in text)
            {
                if (c is '\n')
                {
                    AddLine(_line.ToString().TrimEnd('\r'));
                    _line.Clear();
                }
                else if (_line.Length < MaxLine)
                {
                    _line.Append(c);
                }
            }
        }
    }

    private void AddLine(string line)
    {
        LearnFrom(line);
        if (line.Length == 0 || IsChatter(line))
            return;
        _lines.Enqueue(line);
        _kept += line.Length + 1;
        while (_kept > MaxKept)
            _kept -= _lines.Dequeue().Length + 1;
    }

    // Only the first of each counts, and only before the login: later on the server can have text of its own printed.
    private void LearnFrom(string line)
    {
        if (line.StartsWith("debug1: ", StringComparison.Ordinal))
        {
            HasExitStatus |= line.Contains(" rtype exit-status ", StringComparison.Ordinal);
            HasExitSignal |= line.Contains(" rtype exit-signal ", StringComparison.Ordinal);
        }

        if (IsAuthenticated)
            return;
        if (line.StartsWith("Authenticated to ", StringComparison.Ordinal))
        {
            IsAuthenticated = true;
            return;
        }

        if (line == "debug1: Connection established.")
            IsConnected = true;
        else if (ServerVersion is null && VersionLine().Match(line) is { Success: true } version)
            ServerVersion = TerminalText.Clean(version.Groups[1].Value.Split(' ')[0]);
        else if (HostKey is null && HostKeyLine().Match(line) is { Success: true } key)
            HostKey = key.Groups[1].Value;
        else if (AcceptedKeyLine().Match(line) is { Success: true } accepted)
            AcceptedKey = accepted.Groups[1].Value;
    }

    // What DEBUG1 adds to what a user of ssh sees.
    private static bool IsChatter(string line) =>
        DebugLine().IsMatch(line)
        || line.StartsWith("Authenticated to ", StringComparison.Ordinal)
        || line.StartsWith("Transferred: sent ", StringComparison.Ordinal)
        || line.StartsWith("Bytes per second: sent ", StringComparison.Ordinal);

    [GeneratedRegex(@"^debug[123]: ", RegexOptions.CultureInvariant)]
    private static partial Regex DebugLine();

    [GeneratedRegex(@"^debug1: Remote protocol version [0-9.]+, remote software version (.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^debug1: Server host (?:key|certificate): (\S+ SHA256:[^\s,]+)", RegexOptions.CultureInvariant)]
    private static partial Regex HostKeyLine();

    [GeneratedRegex(@"^debug1: Server accepts key: (.+) [A-Z0-9-]+ SHA256:", RegexOptions.CultureInvariant)]
    private static partial Regex AcceptedKeyLine();
}
