using System.Security.Cryptography;
using System.Text;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>
/// The few commands an embedded host runs without a script: enough for a first try and for checksums. One simple command,
/// with quotes and input from a file; no pipes, no variables.
/// </summary>
internal static class EmbeddedTools
{
    private const int NotFound = 127;

    public static EmbeddedReply Run(EmbeddedHost host, EmbeddedCommand command)
    {
        if (SplitWords(command.CommandLine) is not [var name, .. var arguments])
            return NotScripted(host, command);
        string? input = null;
        if (arguments is [.. var before, "<", var file])
            (arguments, input) = (before, file);
        return name switch
        {
            "true" => new EmbeddedReply(),
            "false" => new EmbeddedReply(ExitCode: 1),
            "echo" => new EmbeddedReply(string.Join(' ', arguments) + "\n"),
            "pwd" => new EmbeddedReply(host.Options.HomeDirectory + "\n"),
            "whoami" => new EmbeddedReply(host.Options.UserName + "\n"),
            "hostname" => new EmbeddedReply(host.Name + "\n"),
            "exit" => new EmbeddedReply(ExitCode: arguments is [var code, ..] && int.TryParse(code, out var exit) ? exit : 0),
            "sha256sum" => Sha256Sum(host, arguments, input),
            _ => NotScripted(host, command),
        };
    }

    private static EmbeddedReply NotScripted(EmbeddedHost host, EmbeddedCommand command) => new(
        StandardError: $"{host.Name}: no reply is scripted for this command: {command.CommandLine}\n",
        ExitCode: NotFound);

    private static EmbeddedReply Sha256Sum(EmbeddedHost host, IReadOnlyList<string> arguments, string? input)
    {
        var output = new StringBuilder();
        var errors = new StringBuilder();
        var files = arguments.SkipWhile(argument => argument is "-b" or "--").ToList();
        foreach (var (file, label) in input is not null ? [(input, "-")] : files.Select(file => (file, file)))
        {
            if (Hash(host, file) is { } hash)
                output.Append(hash).Append("  ").Append(label).Append('\n');
            else
                errors.Append("sha256sum: ").Append(file).Append(": No such file or directory\n");
        }

        return new EmbeddedReply(output.ToString(), errors.ToString(), errors.Length > 0 ? 1 : 0);
    }

    private static string? Hash(EmbeddedHost host, string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        lock (host.Files.Lock)
        {
            try
            {
                if (host.Files.Find(path, followLinks: true) is not EmbeddedFile)
                    return null;
                var file = host.Files.Open(path, RemoteOpenFlags.Read, RemoteFileAttributes.None);
                for (long offset = 0; file.Read(offset, buffer) is var read and > 0; offset += read)
                    hash.AppendData(buffer, 0, read);
            }
            catch (EmbeddedRefusal)
            {
                return null;
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }

    // Words as a POSIX shell reads a simple command (XCU 2.2). Null where the line is more than that.
    private static List<string>? SplitWords(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '\'':
                    var end = line.IndexOf('\'', i + 1);
                    if (end < 0)
                        return null;
                    word.Append(line, i + 1, end - i - 1);
                    (inWord, i) = (true, end);
                    break;
                case '"':
                    for (i++; i < line.Length && line[i] != '"'; i++)
                    {
                        if (line[i] == '\\' && i + 1 < line.Length && line[i + 1] is '"' or '\\' or '$' or '`')
                            i++;
                        word.Append(line[i]);
                    }

                    inWord = true;
                    break;
                case '\\' when i + 1 < line.Length:
                    word.Append(line[++i]);
                    inWord = true;
                    break;
                case ' ' or '\t':
                    if (inWord)
                        words.Add(word.ToString());
                    word.Clear();
                    inWord = false;
                    break;
                case '<' when !inWord:
                    words.Add("<");
                    break;
                case '|' or '&' or ';' or '>' or '$' or '`' or '(' or ')' or '\n':
                    return null;
                default:
                    word.Append(line[i]);
                    inWord = true;
                    break;
            }
        }

        if (inWord)
            words.Add(word.ToString());
        return words;
    }
}
