using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Shell.Completion;

/// <summary>
/// Completes the directories of a mirror: the remote one, as -Direction says which that is, and the local one as PowerShell
/// does.
/// </summary>
public sealed class MirrorPathCompleter : IArgumentCompleter
{
    private const string Direction = "Direction";
    private const string Pattern = "Path";
    private const string Destination = "Destination";

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var isDestination = parameterName.Equals(Destination, StringComparison.OrdinalIgnoreCase);
        var remote = isDestination ? TransferDirection.Upload : TransferDirection.Download;
        if (!string.Equals($"{fakeBoundParameters[Direction]}", remote.ToString(), StringComparison.OrdinalIgnoreCase))
            return CompletionCompleters.CompleteFilename(wordToComplete ?? "");
        var completer = parameterName.Equals(Pattern, StringComparison.OrdinalIgnoreCase)
            ? new RemotePathCompleter()
            : new RemoteLiteralPathCompleter();
        return completer.CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters);
    }
}
