using System.Runtime.CompilerServices;

namespace AcodeSftp.Files;

/// <summary>
/// Makes of paths as people write them the absolute paths they mean: relative ones, those that start at <c>~</c>, and
/// patterns. Not thread-safe; made for one command.
/// </summary>
/// <param name="fileSystem">The server's files.</param>
public sealed class RemotePathResolver(IRemoteFileSystem fileSystem)
{
    private RemotePath? _start;

    /// <summary>
    /// The absolute path that a path means. Links in it are left alone, except before <c>..</c>, where only the server
    /// knows what is above.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The path without <c>.</c>, double slashes and slashes at the end.</returns>
    /// <exception cref="SftpException">The server could not resolve it.</exception>
    public async Task<RemotePath> ToAbsoluteAsync(string path, CancellationToken cancellationToken = default)
    {
        RefuseUrl(path);
        var remote = new RemotePath(path);
        if (remote.Value[0] == '~')
            remote = await ExpandHomeAsync(remote, cancellationToken).ConfigureAwait(false);
        if (!remote.IsAbsolute)
        {
            _start ??= await fileSystem.RealPathAsync(RemotePath.Current, cancellationToken).ConfigureAwait(false);
            remote = _start.Value.Combine(remote.Value);
        }

        var result = RemotePath.Root;
        foreach (var part in Parts(remote.Value))
        {
            result = part == ".."
                ? (await fileSystem.RealPathAsync(result, cancellationToken).ConfigureAwait(false)).Parent
                : result.Combine(part);
        }

        return result;
    }

    /// <summary>The paths that match a pattern, in the order of their names, directory by directory.</summary>
    /// <param name="pattern">The path, with wildcards in any of its components.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>
    /// The paths and what is there, links not followed; none where wildcards match nothing. A path without wildcards is
    /// looked up, and not found where nothing is there.
    /// </returns>
    /// <exception cref="SftpException">The path, or the directory before the first wildcard, is not there or not readable.</exception>
    public async IAsyncEnumerable<(RemotePath Path, RemoteFileAttributes Attributes)> ExpandAsync(
        string pattern,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RefuseUrl(pattern);
        if (!RemoteWildcard.IsPattern(pattern))
        {
            var path = await ToAbsoluteAsync(RemoteWildcard.Unescape(pattern), cancellationToken).ConfigureAwait(false);
            yield return (path, await fileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false));
            yield break;
        }

        var parts = Parts(pattern).ToList();
        var first = parts.FindIndex(RemoteWildcard.IsPattern);
        var before = RemoteWildcard.Unescape(string.Join('/', parts.Take(first)));
        var root = await ToAbsoluteAsync(pattern[0] == '/' ? "/" + before : before, cancellationToken).ConfigureAwait(false);
        var matches = MatchAsync(root, parts[first..], isFirst: true, cancellationToken);
        await foreach (var match in matches.ConfigureAwait(false))
            yield return match;
    }

    private async IAsyncEnumerable<(RemotePath Path, RemoteFileAttributes Attributes)> MatchAsync(
        RemotePath directory,
        List<string> parts,
        bool isFirst,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = new List<(RemotePath Path, RemoteFileAttributes Attributes)>();
        try
        {
            if (RemoteWildcard.IsPattern(parts[0]))
            {
                await foreach (var entry in fileSystem.ReadDirectoryAsync(directory, cancellationToken).ConfigureAwait(false))
                {
                    if (RemotePath.IsSafeName(entry.Name) && RemoteWildcard.IsMatch(parts[0], entry.Name))
                        found.Add((directory.Combine(entry.Name), entry.Attributes));
                }
            }
            else
            {
                var path = await ToAbsoluteAsync(directory.Combine(RemoteWildcard.Unescape(parts[0])).Value, cancellationToken)
                    .ConfigureAwait(false);
                found.Add((path, await fileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false)));
            }
        }
        catch (SftpException e) when (!isFirst && e.Code is SftpErrorCode.NotFound or SftpErrorCode.PermissionDenied)
        {
            // One of the directories that a wildcard found has no such entry, or cannot be read: it has no match.
            yield break;
        }

        foreach (var match in found.OrderBy(match => match.Path.Name, StringComparer.Ordinal))
        {
            if (parts.Count == 1)
            {
                yield return match;
            }
            else if (match.Attributes.FileType is RemoteFileType.Directory or RemoteFileType.SymbolicLink or RemoteFileType.Unknown)
            {
                var deeper = MatchAsync(match.Path, parts[1..], isFirst: false, cancellationToken);
                await foreach (var inner in deeper.ConfigureAwait(false))
                    yield return inner;
            }
        }
    }

    // ~ and ~user are the server's to know. Without the extension, ~ is where sessions start, which is home almost always.
    private async Task<RemotePath> ExpandHomeAsync(RemotePath path, CancellationToken cancellationToken)
    {
        var (user, rest) = path.Value.Split('/', 2) is [var head, var tail] ? (head, tail) : (path.Value, "");
        if (fileSystem.Server.Supports(SftpExtensions.ExpandPath))
            return (await fileSystem.ExpandPathAsync(new RemotePath(user), cancellationToken).ConfigureAwait(false)).Combine(rest);
        return user == "~" ? new RemotePath(rest) : path;
    }

    // The text form of a remote file, which is no path on purpose: it may be of another server.
    private static void RefuseUrl(string path)
    {
        if (path.StartsWith("sftp://", StringComparison.OrdinalIgnoreCase))
            throw new SftpException(SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(path)}' is a URL, not a path on the server.")
            {
                Path = path,
                Advice = "Give the path alone, such as the FullPath of a remote file, or pass the remote file itself through the pipeline.",
            };
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
