using System.Runtime.CompilerServices;
using System.Threading.Channels;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>What a walk comes by: an entry, something that went wrong with a directory, or a directory's end.</summary>
/// <param name="Path">The path.</param>
/// <param name="Attributes">Its attributes, of the link itself where it is one.</param>
internal readonly record struct WalkEntry(RemotePath Path, RemoteFileAttributes Attributes)
{
    /// <summary>The text of a link, still on its way; null where it is none or was not asked for.</summary>
    public Task<string?>? LinkTarget { get; init; }

    /// <summary>What went wrong in listing the directory; null for an entry.</summary>
    public SftpException? Error { get; init; }

    /// <summary>Whether this tells that nothing more comes from the directory itself, as told on request.</summary>
    public bool IsEnd { get; init; }
}

/// <summary>
/// Walks a remote directory without following links. A directory comes before what is in it; apart from that there is
/// no order. Several directories are listed at once and entries are handed on as they arrive, no more of them held than
/// fit a bounded queue, so a slow reader slows the listing down.
/// </summary>
internal sealed class RemoteWalk(IRemoteFileSystem fileSystem)
{
    private const int EntriesHeld = 1024;

    /// <summary>Whether the targets of links are read.</summary>
    public bool ReadLinks { get; init; }

    /// <summary>Whether to descend into subdirectories.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>Whether the end of each directory is told, after the last of its entries.</summary>
    public bool TellEnds { get; init; }

    /// <summary>Whether to descend into a particular subdirectory; null for all.</summary>
    public Func<RemotePath, bool>? Descend { get; init; }

    /// <summary>Walks.</summary>
    /// <param name="root">The directory to list.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <returns>Entries and directories that could not be listed. A <paramref name="root"/> that cannot be is thrown.</returns>
    public async IAsyncEnumerable<WalkEntry> EnumerateAsync(
        RemotePath root,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var entries = Channel.CreateBounded<WalkEntry>(EntriesHeld);
        var walking = WalkAsync(root, entries.Writer, stop.Token);
        try
        {
            await foreach (var entry in entries.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return entry;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await walking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Directories wait on a stack, so the walk goes deep before it goes wide and few of them wait at any time.
    private async Task WalkAsync(
        RemotePath root,
        ChannelWriter<WalkEntry> entries,
        CancellationToken cancellationToken)
    {
        var waiting = new Stack<RemotePath>();
        var atOnce = fileSystem.Server.ListingsAtOnce;
        var listings = new List<Task<List<RemotePath>>>(atOnce);
        var linkReads = new LinkReads(fileSystem, cancellationToken);
        waiting.Push(root);
        Exception? failure = null;
        try
        {
            while (waiting.Count > 0 || listings.Count > 0)
            {
                while (waiting.Count > 0 && listings.Count < atOnce)
                    listings.Add(ListAsync(waiting.Pop(), root, entries, linkReads, cancellationToken));
                var listed = await Task.WhenAny(listings).ConfigureAwait(false);
                listings.Remove(listed);
                foreach (var directory in await listed.ConfigureAwait(false))
                    waiting.Push(directory);
            }
        }
        catch (Exception e)
        {
            failure = e;
            await ((Task)Task.WhenAll(listings)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        finally
        {
            entries.TryComplete(failure);
        }
    }

    // Returns the subdirectories to go on with.
    private async Task<List<RemotePath>> ListAsync(
        RemotePath directory,
        RemotePath root,
        ChannelWriter<WalkEntry> entries,
        LinkReads links,
        CancellationToken cancellationToken)
    {
        var subdirectories = new List<RemotePath>();
        try
        {
            await foreach (var entry in fileSystem.ReadDirectoryAsync(directory, cancellationToken).ConfigureAwait(false))
            {
                if (!RemotePath.IsSafeName(entry.Name))
                {
                    var failed = Failed(directory, HostileName.In(directory, entry.Name));
                    await entries.WriteAsync(failed, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                var path = directory.Combine(entry.Name);
                // Some servers send no attributes with a listing.
                var attributes = entry.Attributes.Mode is null
                    ? await fileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false)
                    : entry.Attributes;
                var type = attributes.FileType;
                var link = ReadLinks && type == RemoteFileType.SymbolicLink
                    ? await links.StartAsync(path).ConfigureAwait(false)
                    : null;
                await entries.WriteAsync(new WalkEntry(path, attributes) { LinkTarget = link }, cancellationToken)
                    .ConfigureAwait(false);
                if (Recursive && type == RemoteFileType.Directory && Descend?.Invoke(path) != false)
                    subdirectories.Add(path);
            }
        }
        catch (SftpException e) when (directory != root && e.Code != SftpErrorCode.ConnectionLost)
        {
            await entries.WriteAsync(Failed(directory, e), cancellationToken).ConfigureAwait(false);
        }

        if (TellEnds)
            await entries.WriteAsync(
                new WalkEntry(directory, RemoteFileAttributes.None) { IsEnd = true },
                cancellationToken).ConfigureAwait(false);
        return subdirectories;
    }

    private static WalkEntry Failed(RemotePath directory, SftpException error) =>
        new(directory, RemoteFileAttributes.None) { Error = error };
}
