using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Completes open sessions by their names and ids.</summary>
public class SessionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var (typed, quote) = CompletionText.Read(wordToComplete);
        var sessions = ModuleSessions.Registry.Sessions;
        var names = sessions
            .Where(session => HasNames && session.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(session => Result(session, CompletionText.Write(session.Name, quote ?? '\''), session.Name));
        var ids = sessions
            .Where(session => HasIds && quote is null)
            .Select(session => (Session: session, Id: session.Id.ToString(CultureInfo.InvariantCulture)))
            .Where(item => item.Id.StartsWith(typed, StringComparison.Ordinal))
            .Select(item => Result(item.Session, item.Id, item.Id));
        return names.Concat(ids).OfType<CompletionResult>().ToList();
    }

    /// <summary>Whether names are offered.</summary>
    private protected virtual bool HasNames => true;

    /// <summary>Whether ids are offered.</summary>
    private protected virtual bool HasIds => true;

    private static CompletionResult? Result(SftpSession session, string? word, string shown) => word is null ? null : new(
        word,
        TerminalText.Clean(shown),
        CompletionResultType.ParameterValue,
        TerminalText.Clean($"{session.Id}: {session.Authority} ({session.State})"));
}

/// <summary>Completes the names of open sessions.</summary>
public sealed class SessionNameCompleter : SessionCompleter
{
    private protected override bool HasIds => false;
}

/// <summary>Completes the ids of open sessions.</summary>
public sealed class SessionIdCompleter : SessionCompleter
{
    private protected override bool HasNames => false;
}
