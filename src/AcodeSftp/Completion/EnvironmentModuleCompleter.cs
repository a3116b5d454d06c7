using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AcodeSftp.Commands;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Completion;

/// <summary>Completes the names of a server's environment modules, by the session that the command will use.</summary>
public sealed class EnvironmentModuleCompleter : IArgumentCompleter
{
    private const string ListModules = "module -t avail 2>&1";
    private const string DefaultMark = "(default)";

    private static readonly CompletionCache<int, string> Modules = new(TimeSpan.FromMinutes(1));

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        if (BoundSession.Find(fakeBoundParameters) is not { } session)
            return [];
        var (typed, quote) = CompletionText.Read(wordToComplete);
        return Modules.Get(session.Id, token => ListAsync(session, token))
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => CompletionText.Write(name, quote) is { } word
                ? new CompletionResult(word, TerminalText.Clean(name), CompletionResultType.ParameterValue, TerminalText.Clean(name))
                : null)
            .OfType<CompletionResult>()
            .ToList();
    }

    // Terse output has a line for each module, and before those of a directory a line with its name and a colon.
    private static async Task<IReadOnlyList<string>> ListAsync(SftpSession session, CancellationToken cancellationToken)
    {
        var result = await session.InvokeCommandAsync(
            new SshCommand(ListModules) { LoginShell = true },
            cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.ExitCode != 0 ? [] : result.StandardOutput.Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[^1] != ':' && !line.Contains(' ', StringComparison.Ordinal))
            .Select(line => (line.EndsWith(DefaultMark, StringComparison.Ordinal) ? line[..^DefaultMark.Length] : line).TrimEnd('/'))
            .Distinct()
            .ToList();
    }
}
