using AcodeSftp.FileTransfer;

namespace AcodeSftp.Commands;

/// <summary>
/// A command for a server's shell, with what should be so when it starts. <see cref="ToCommandLine"/> writes it for a
/// POSIX shell; everything but <see cref="Text"/> is quoted.
/// </summary>
/// <param name="Text">The command as the account's shell reads it.</param>
public sealed record SshCommand(string Text)
{
    /// <summary>The exit code by which a command says that it could not be started as asked: see <see cref="FailureMark"/>.</summary>
    internal const int PreparationFailed = 97;

    /// <summary>Arguments that are appended to <see cref="Text"/>, each as one word whatever is in it.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// Environment variables. They are asked for by RFC 4254's request, which most servers refuse, and set by the shell
    /// besides, so they show in the server's process list: no place for secrets.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The directory to start in; null for where the account starts.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether to run it in a login shell, which reads the account's profile.</summary>
    public bool LoginShell { get; init; }

    /// <summary>Environment modules to load first, such as <c>slurm/alpine</c>, in a login shell. An unknown one is an error.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>The whole line to send.</summary>
    /// <returns>The command line.</returns>
    /// <exception cref="SftpException">
    /// A name cannot be that of an environment variable, there is nothing to run, or there is a NUL in it.
    /// </exception>
    public string ToCommandLine()
    {
        if (string.IsNullOrWhiteSpace(Text))
            throw new SftpException(SftpErrorCode.InvalidArgument, "The command is empty. Give the command to run.");
        if (Environment.Values.Concat(Arguments).Concat(Modules).Append(Text).Append(WorkingDirectory ?? "").Any(part => part.Contains('\0', StringComparison.Ordinal)))
            throw new SftpException(SftpErrorCode.InvalidArgument, "The command has a NUL character in it, which no command line can.");
        var lines = new List<string>();
        foreach (var (name, value) in Environment)
        {
            if (!IsVariableName(name))
                throw new SftpException(
                    SftpErrorCode.InvalidArgument,
                    $"'{TerminalText.Clean(name)}' cannot be the name of an environment variable: letters, digits and underscores, no digit first.");
            lines.Add($"export {name}={ShellQuoting.Posix(value)}");
        }

        if (WorkingDirectory is not null)
            lines.Add($"cd -- {ShellQuoting.Posix(WorkingDirectory)} || {Fail("directory", WorkingDirectory)}");
        if (Modules.Count > 0)
            lines.Add($"command -v module >/dev/null 2>&1 || {Fail("module", "")}");
        lines.AddRange(Modules.Select(LoadModule));
        var text = string.Join(' ', Arguments.Select(ShellQuoting.Posix).Prepend(Text));
        if (lines.Count == 0 && !LoginShell)
            return text;

        lines.Add(text);
        var script = string.Join('\n', lines);
        return LoginShell || Modules.Count > 0 ? $"exec \"${{SHELL:-/bin/sh}}\" -lc {ShellQuoting.Posix(script)}" : script;
    }

    /// <summary>What of <paramref name="standardError"/> says why the command could not be started as asked; null where it was.</summary>
    internal static SftpException? FindFailure(int? exitCode, string standardError, string host)
    {
        if (exitCode != PreparationFailed)
            return null;
        var mark = standardError.IndexOf(FailureMark, StringComparison.Ordinal);
        if (mark < 0)
            return null;
        var line = standardError[(mark + FailureMark.Length)..].Split('\n', 2)[0];
        var (kind, name) = line.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
            ? (line[..colon], TerminalText.Clean(line[(colon + 1)..]))
            : (line, "");
        return kind switch
        {
            "directory" => new SftpException(SftpErrorCode.NotFound, $"The command was not run: the server cannot change to the directory '{name}'.")
            {
                Host = host,
                Path = name,
                Advice = "Check that the directory exists there and that the account may enter it.",
            },
            "module" when name.Length == 0 => new SftpException(
                SftpErrorCode.Unsupported, "The command was not run: the server's login shell has no 'module' command.")
            {
                Host = host,
                Advice = "Environment modules (or Lmod) are not installed there, or not for this account's shell.",
            },
            _ => new SftpException(SftpErrorCode.NotFound, $"The command was not run: the server could not load the module '{name}'.")
            {
                Host = host,
                Advice = "List what there is with: Invoke-SshCommand 'module avail' -LoginShell",
            },
        };
    }

    private const string FailureMark = "AcodeSftp could not prepare the command: ";

    // Old versions of `module load` succeed whatever happens, but all of them keep the list of what is loaded.
    private static string LoadModule(string module)
    {
        var name = ShellQuoting.Posix(module);
        return $"module load {name} || {Fail("module", module)}\n"
            + $"case \":$LOADEDMODULES:\" in *:{name}:*|*:{name}/*) ;; *) {Fail("module", module)} ;; esac";
    }

    private static string Fail(string kind, string name) =>
        $"{{ printf '%s\\n' {ShellQuoting.Posix($"{FailureMark}{kind}:{name}")} >&2; exit {PreparationFailed}; }}";

    private static bool IsVariableName(string name) =>
        name.Length > 0
        && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
