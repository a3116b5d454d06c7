using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Copies a directory on the server, several files at once. Links in it are copied as links. Directories get their
/// permissions and times when all is in them.
/// </summary>
/// <param name="fileSystem">The server's files.</param>
/// <param name="probe">Finds out what the server means.</param>
/// <param name="overwrite">Whether files that are there are replaced.</param>
/// <param name="refused">Told what went wrong with a part of it; the rest goes on.</param>
internal sealed class RemoteTreeCopy(
    IRemoteFileSystem fileSystem,
    FailureProbe probe,
    bool overwrite,
    Func<SftpException, ValueTask> refused)
{
    private const int FilesAtOnce = 8;

    private readonly RemoteCopy _copy = new(fileSystem, probe);
    private readonly RemoteDirectories _directories = new(fileSystem, probe);
    private readonly RemoteLinks _links = new(fileSystem);

    /// <summary>Copies a directory.</summary>
    /// <param name="source">The directory.</param>
    /// <param name="destination">The path of the copy; a directory that is there is added to.</param>
    /// <param name="cancellationToken">Stops; what is copied stays.</param>
    /// <returns>A task that ends when all is copied.</returns>
    /// <exception cref="SftpException">The directory would be copied into itself, or cannot be listed or made.</exception>
    public async Task CopyAsync(RemotePath source, RemotePath destination, CancellationToken cancellationToken)
    {
        var from = await fileSystem.RealPathAsync(source, cancellationToken).ConfigureAwait(false);
        await RequireOutsideAsync(from, destination, cancellationToken).ConfigureAwait(false);
        var directories = new List<(RemotePath Path, RemoteFileAttributes Attributes)>
        {
            (destination, await fileSystem.StatAsync(from, cancellationToken).ConfigureAwait(false)),
        };
        await _directories.EnsureOneAsync(destination, null, cancellationToken).ConfigureAwait(false);
        var entered = new HashSet<RemotePath> { from };
        using var slots = new SemaphoreSlim(FilesAtOnce);
        var running = new List<Task>();
        try
        {
            await foreach (var entry in new RemoteWalk(fileSystem).EnumerateAsync(from, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Error is { } error)
                {
                    await refused(error).ConfigureAwait(false);
                    continue;
                }

                // The walk gives a directory before what is in it, so its copy is there in time, or cannot be.
                if (!entered.Contains(entry.Path.Parent))
                    continue;
                var target = destination.Combine(entry.Path.Value[from.Value.Length..].TrimStart('/'));
                if (entry.Attributes.FileType == RemoteFileType.Directory)
                {
                    if (!await TryAsync(() => _directories.EnsureOneAsync(target, null, cancellationToken)).ConfigureAwait(false))
                        continue;
                    directories.Add((target, entry.Attributes));
                    entered.Add(entry.Path);
                    continue;
                }

                await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
                running.RemoveAll(static task => task.IsCompletedSuccessfully);
                running.Add(CopyEntryAsync(entry, target, slots, cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }

        for (var i = directories.Count - 1; i >= 0; i--)
        {
            var (path, attributes) = directories[i];
            await TryAsync(() => fileSystem.SetAttributesAsync(
                path,
                new RemoteFileAttributes
                {
                    Mode = attributes.Permissions,
                    Accessed = attributes.Accessed,
                    Modified = attributes.Modified,
                },
                cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Copies a directory that could not be renamed. The copy is whole, or there is none.</summary>
    /// <param name="source">The directory.</param>
    /// <param name="destination">The path of the copy, where nothing may be.</param>
    /// <param name="refusal">Why it could not be renamed.</param>
    /// <param name="cancellationToken">Stops; the copy is taken away.</param>
    /// <returns>A task that ends when all is copied.</returns>
    /// <exception cref="SftpException">Something is at the destination, or not all could be copied.</exception>
    public async Task MoveAsync(RemotePath source, RemotePath destination, SftpException refusal, CancellationToken cancellationToken)
    {
        try
        {
            await _directories.CreateAsync(destination, null, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.AlreadyExists)
        {
            throw refusal;
        }

        try
        {
            await CopyAsync(source, destination, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            using var deletion = new RemoteDeletion(fileSystem, probe);
            await deletion.DeleteDirectoryAsync(destination, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task CopyEntryAsync(WalkEntry entry, RemotePath target, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        try
        {
            await TryAsync(() => entry.Attributes.FileType switch
            {
                RemoteFileType.SymbolicLink => CopyLinkAsync(entry.Path, target, cancellationToken),
                RemoteFileType.RegularFile or RemoteFileType.Unknown => _copy.CopyFileAsync(entry.Path, target, overwrite, cancellationToken),
                _ => throw TransferPlan.NotTransferable(entry.Path.Value, entry.Attributes.FileType),
            }).ConfigureAwait(false);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task CopyLinkAsync(RemotePath source, RemotePath target, CancellationToken cancellationToken)
    {
        var text = await fileSystem.ReadLinkAsync(source, cancellationToken).ConfigureAwait(false);
        await _links.CreateSymbolicAsync(target, text, overwrite, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TryAsync(Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(false);
            return true;
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
        {
            await refused(e).ConfigureAwait(false);
            return false;
        }
    }

    // The way to the destination may lead through links, so where its parent really is counts.
    private async Task RequireOutsideAsync(RemotePath source, RemotePath destination, CancellationToken cancellationToken)
    {
        var parent = await fileSystem.RealPathAsync(destination.Parent, cancellationToken).ConfigureAwait(false);
        if (parent.Combine(destination.Name).IsWithin(source))
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"'{TerminalText.Clean(source.Value)}' cannot be copied into itself, to '{TerminalText.Clean(destination.Value)}'.")
            {
                Path = source.Value,
            };
    }
}
