using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AcodeSftp.Files;

/// <summary>An entry of a tree, or a directory in it that could not be listed.</summary>
/// <param name="Path">The path.</param>
/// <param name="Attributes">Its attributes, of the link itself where it is one.</param>
/// <param name="LinkTarget">The text that a link holds; null where it is none or could not be read.</param>
/// <param name="Error">Why the directory could not be listed; null for an entry.</param>
public sealed record RemoteTreeEntry(
    RemotePath Path,
    RemoteFileAttributes Attributes,
    string? LinkTarget = null,
    SftpException? Error = null);

/// <summary>
/// Lists directories for a person to read: directory by directory, each before those in it. Entries come as they arrive.
/// A directory of ordinary size comes in the order of its names; of a large one, what had arrived first does. While one
/// directory is read out, the next are listed already.
/// </summary>
/// <param name="fileSystem">The server's files.</param>
public sealed class RemoteTree(IRemoteFileSystem fileSystem)
{
    /// <summary>How many entries of a directory wait until it is its turn.</summary>
    private const int EntriesHeld = 512;

    /// <summary>How many entries are held back to be put in order.</summary>
    private const int SortedEntries = 500;

    /// <summary>Which directories are descended into. Default: all, as far down as is asked for.</summary>
    public Func<RemotePath, bool> Enters { get; init; } = static _ => true;

    /// <summary>Lists a directory and those beneath it. Links are not followed.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="depth">How many levels to descend; 0 for the directory alone.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The entries. Directories beneath that cannot be listed are among them; <paramref name="root"/> is thrown.</returns>
    /// <exception cref="SftpException"><paramref name="root"/> cannot be listed, or the connection was lost.</exception>
    public async IAsyncEnumerable<RemoteTreeEntry> ListAsync(
        RemotePath root,
        int depth = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var filler = new Filler(fileSystem, stop.Token);
        var waiting = new Stack<Listing>();
        waiting.Push(new Listing(root, 0));
        var running = new List<Task>();
        try
        {
            while (waiting.Count > 0)
            {
                foreach (var next in waiting.Take(fileSystem.Server.ListingsAtOnce))
                    next.Start(filler, running);
                var listing = waiting.Pop();
                var subdirectories = new List<Listing>();
                var entries = listing.ReadAsync(isRoot: listing.Path == root && listing.Level == 0, cancellationToken);
                await foreach (var entry in entries.ConfigureAwait(false))
                {
                    var isDirectory = entry.Error is null && entry.Attributes.FileType == RemoteFileType.Directory;
                    if (isDirectory && listing.Level < depth && Enters(entry.Path))
                        subdirectories.Add(new Listing(entry.Path, listing.Level + 1));
                    yield return entry;
                }

                for (var i = subdirectories.Count - 1; i >= 0; i--)
                    waiting.Push(subdirectories[i]);
                running.RemoveAll(task => task.IsCompleted);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed record Item(RemoteDirectoryEntry Entry, Task<string?>? LinkTarget);

    /// <summary>One directory, listed into a bounded queue once it is near its turn.</summary>
    private sealed class Listing(RemotePath path, int level)
    {
        private Channel<Item>? _items;

        public RemotePath Path => path;

        public int Level => level;

        public void Start(Filler filler, List<Task> running)
        {
            if (_items is not null)
                return;
            _items = Channel.CreateBounded<Item>(EntriesHeld);
            running.Add(filler.FillAsync(path, _items.Writer));
        }

        public async IAsyncEnumerable<RemoteTreeEntry> ReadAsync(
            bool isRoot,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var first = new List<Item>();
            SftpException? failure = null;
            var reader = _items!.Reader;
            var more = true;
            var isFirstLot = true;
            while (more)
            {
                try
                {
                    more = await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (SftpException e) when (!isRoot && e.Code != SftpErrorCode.ConnectionLost)
                {
                    (more, failure) = (false, e);
                }

                if (isFirstLot)
                {
                    while (first.Count < SortedEntries && reader.TryRead(out var item))
                        first.Add(item);
                    if (more && first.Count < SortedEntries)
                        continue;
                    foreach (var item in first.OrderBy(item => item.Entry.Name, StringComparer.CurrentCultureIgnoreCase))
                        yield return await DescribeAsync(item).ConfigureAwait(false);
                    isFirstLot = false;
                }

                while (reader.TryRead(out var item))
                    yield return await DescribeAsync(item).ConfigureAwait(false);
            }

            if (failure is not null)
                yield return new RemoteTreeEntry(path, RemoteFileAttributes.None, Error: failure);
        }

        private async ValueTask<RemoteTreeEntry> DescribeAsync(Item item)
        {
            if (!RemotePath.IsSafeName(item.Entry.Name))
                return new RemoteTreeEntry(path, RemoteFileAttributes.None, Error: HostileName.In(path, item.Entry.Name));
            var target = item.LinkTarget is null ? null : await item.LinkTarget.ConfigureAwait(false);
            return new RemoteTreeEntry(path.Combine(item.Entry.Name), item.Entry.Attributes, target);
        }
    }

    private sealed class Filler(IRemoteFileSystem fileSystem, CancellationToken cancellationToken)
    {
        private readonly LinkReads _links = new(fileSystem, cancellationToken);

        public async Task FillAsync(RemotePath directory, ChannelWriter<Item> items)
        {
            try
            {
                await foreach (var entry in fileSystem.ReadDirectoryAsync(directory, cancellationToken).ConfigureAwait(false))
                {
                    var target = entry.Attributes.FileType == RemoteFileType.SymbolicLink && RemotePath.IsSafeName(entry.Name)
                        ? await _links.StartAsync(directory.Combine(entry.Name)).ConfigureAwait(false)
                        : null;
                    await items.WriteAsync(new Item(entry, target), cancellationToken).ConfigureAwait(false);
                }

                items.Complete();
            }
            catch (Exception e)
            {
                // Told to whoever reads.
                items.Complete(e);
            }
        }
    }
}
