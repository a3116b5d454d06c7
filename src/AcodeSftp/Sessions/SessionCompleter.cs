using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Completes the names of open sessions.</summary>
public sealed class SessionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var typed = (wordToComplete ?? "").Trim('\'', '"');
        foreach (var session in ModuleSessions.Registry.Sessions)
        {
            if (!session.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
                continue;
            var name = TerminalText.Clean(session.Name);
            yield return new CompletionResult(
                $"'{CodeGeneration.EscapeSingleQuotedStringContent(session.Name)}'",
                name,
                CompletionResultType.ParameterValue,
                $"{session.Id}: {session.Authority} ({session.State})");
        }
    }
}
