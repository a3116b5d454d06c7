using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AcodeSftp.Files;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Completion;

/// <summary>
/// Completes remote paths, directories first. It asks a session that is connected and never opens a connection; it takes
/// half a second at most.
/// </summary>
public class RemotePathCompleter : IArgumentCompleter
{
    private static readonly CompletionCache<(int SessionId, string Directory), SftpFileInfo> Listings = new(TimeSpan.FromSeconds(3));

    /// <summary>Whether wildcards in a name have to be escaped where it is written.</summary>
    private protected virtual bool HasWildcards => true;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var (typed, quote) = CompletionText.Read(wordToComplete);
        var end = typed.LastIndexOf('/') + 1;
        var (head, tail) = (typed[..end], typed[end..]);
        if (BoundSession.Find(fakeBoundParameters) is not { } session || (HasWildcards && RemoteWildcard.IsPattern(head)))
            return [];
        var directory = HasWildcards ? RemoteWildcard.Unescape(head) : head;
        return Listings.Get((session.Id, directory), token => ListAsync(session, directory, token))
            .Where(file => IsMatch(file.Name, tail))
            .OrderBy(file => !file.IsDirectory)
            .ThenBy(file => file.Name, StringComparer.CurrentCultureIgnoreCase)
            .Select(file => Result(file, directory, quote))
            .OfType<CompletionResult>()
            .ToList();
    }

    // As on disk, and as everywhere in PowerShell, case does not matter to what is offered. Names with a dot are offered to
    // whoever types the dot.
    private bool IsMatch(string name, string tail)
    {
        var isShown = name[0] != '.' || tail.StartsWith('.');
        return isShown && (HasWildcards && RemoteWildcard.IsPattern(tail)
            ? RemoteWildcard.IsMatch(tail + "*", name)
            : name.StartsWith(HasWildcards ? RemoteWildcard.Unescape(tail) : tail, StringComparison.OrdinalIgnoreCase));
    }

    private CompletionResult? Result(SftpFileInfo file, string directory, char? quote)
    {
        var path = directory + file.Name;
        return CompletionText.Write(HasWildcards ? RemoteWildcard.EscapeText(path) : path, quote) is { } word
            ? new CompletionResult(
                word,
                TerminalText.Clean(file.Name),
                file.IsDirectory ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
                TerminalText.Clean(file.ToString()))
            : null;
    }

    private static async Task<IReadOnlyList<SftpFileInfo>> ListAsync(SftpSession session, string directory, CancellationToken cancellationToken)
    {
        var files = new List<SftpFileInfo>();
        var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            var path = await new RemotePathResolver(channel.FileSystem)
                .ToAbsoluteAsync(directory.Length == 0 ? "." : directory, cancellationToken).ConfigureAwait(false);
            await foreach (var entry in channel.FileSystem.ReadDirectoryAsync(path, cancellationToken).ConfigureAwait(false))
            {
                if (RemotePath.IsSafeName(entry.Name))
                    files.Add(SftpFileInfo.From(path.Combine(entry.Name), entry.Attributes) with { Authority = session.Authority });
            }
        }

        return files;
    }
}

/// <summary>Completes remote paths that are taken as they are.</summary>
public sealed class RemoteLiteralPathCompleter : RemotePathCompleter
{
    private protected override bool HasWildcards => false;
}
