using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Creates remote directories, alone or with the parents that are missing.</summary>
internal sealed class RemoteDirectories(IRemoteFileSystem fileSystem, FailureProbe probe)
{
    private const int MaxDepth = 512;

    /// <summary>Creates one directory whose parent exists.</summary>
    /// <exception cref="SftpException">Something is there already, or it was refused.</exception>
    public async Task CreateAsync(RemotePath path, uint? permissions, CancellationToken cancellationToken)
    {
        try
        {
            await fileSystem.CreateDirectoryAsync(path, permissions, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await probe.ExplainCreateAsync(e, path, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Makes sure that a directory exists, with the parents that are missing. Others may be creating the same ones at the
    /// same time. A link to a directory counts as one.
    /// </summary>
    /// <returns>Whether it had to be created.</returns>
    /// <exception cref="SftpException">Something else is in the way, or a creation was refused.</exception>
    public Task<bool> EnsureAsync(RemotePath path, uint? permissions, CancellationToken cancellationToken) =>
        EnsureAsync(path, permissions, permissions, cancellationToken);

    /// <summary>As <see cref="EnsureAsync(RemotePath, uint?, CancellationToken)"/>, with other permissions for parents.</summary>
    public async Task<bool> EnsureAsync(
        RemotePath path,
        uint? permissions,
        uint? parentPermissions,
        CancellationToken cancellationToken)
    {
        // Most often the directory is new and its parent is not, or both are there: one request tells the first, a
        // second the other. Only where a parent is missing is there more to do: up to one that exists, and down again.
        var missing = new Stack<RemotePath>();
        var next = path;
        bool? created;
        while ((created = await TryEnsureAsync(
            next,
            missing.Count == 0 ? permissions : parentPermissions,
            missing.Count,
            cancellationToken).ConfigureAwait(false)) is null)
        {
            missing.Push(next);
            next = next.Parent;
        }

        while (missing.TryPop(out next))
            created = await TryEnsureAsync(
                next,
                missing.Count == 0 ? permissions : parentPermissions,
                MaxDepth,
                cancellationToken).ConfigureAwait(false);
        return created == true;
    }

    /// <summary>As <see cref="EnsureAsync(RemotePath, uint?, CancellationToken)"/>, but its parent must exist.</summary>
    public async Task<bool> EnsureOneAsync(RemotePath path, uint? permissions, CancellationToken cancellationToken) =>
        await TryEnsureAsync(path, permissions, MaxDepth, cancellationToken).ConfigureAwait(false) == true;

    // Whether it had to be created; null where its parent has to be created first.
    private async Task<bool?> TryEnsureAsync(
        RemotePath path,
        uint? permissions,
        int depth,
        CancellationToken cancellationToken)
    {
        var isUnsure = false;
        try
        {
            try
            {
                await CreateAsync(path, permissions, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code is SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout)
            {
                // Created or not: a second attempt tells.
                isUnsure = true;
                await CreateAsync(path, permissions, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (SftpException e) when (!e.IsTransient)
        {
            var parentIsMissing = e.Code is SftpErrorCode.NotFound or SftpErrorCode.Unknown;
            if (parentIsMissing && depth < MaxDepth && path.Parent != path && path != RemotePath.Current)
                return null;

            // A server may refuse to create what exists with another code than that it exists, "permission denied" for
            // one where the parent may not be written.
            await RequireDirectoryAsync(path, e, cancellationToken).ConfigureAwait(false);
            // One that has nothing in it yet may as well be new.
            return isUnsure && await IsEmptyAsync(path, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsEmptyAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in fileSystem.ReadDirectoryAsync(path, cancellationToken).ConfigureAwait(false))
                return false;
            return true;
        }
        catch (SftpException)
        {
            return false;
        }
    }

    private async Task RequireDirectoryAsync(RemotePath path, SftpException refusal, CancellationToken cancellationToken)
    {
        RemoteFileAttributes found;
        try
        {
            found = await fileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            throw refusal;
        }

        if (found.FileType != RemoteFileType.Directory)
            throw new SftpException(
                SftpErrorCode.AlreadyExists,
                $"Cannot create directory '{TerminalText.Clean(path.Value)}': something else is there already.",
                refusal)
            {
                Path = path.Value,
                Host = refusal.Host,
            };
    }
}
