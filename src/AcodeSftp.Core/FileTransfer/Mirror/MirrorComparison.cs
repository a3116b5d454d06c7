using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>
/// Compares two trees, several directories at once, each listed once on either side. What cannot be listed is told and left
/// alone on both sides: nothing is ever deleted because its counterpart could not be seen.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Semaphores whose wait handles are not used hold nothing.")]
internal sealed class MirrorComparison(
    MirrorOptions options,
    IMirrorSide source,
    IMirrorSide destination,
    ChannelWriter<MirrorAction> plan,
    Func<SftpException, ValueTask> refused)
{
    private const int DirectoriesAtOnce = 8;
    private const int HashesAtOnce = 4;

    // Nobody nests deeper on purpose, but a server can make a listing that never ends.
    private const int MaxDepth = 256;

    private readonly FileSelection _selection = new(new UploadOptions { Include = options.Include, Exclude = options.Exclude });
    private readonly SemaphoreSlim _directories = new(DirectoriesAtOnce);
    private readonly SemaphoreSlim _hashes = new(HashesAtOnce);

    /// <summary>Compares.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>A task that ends when the plan is whole.</returns>
    /// <exception cref="SftpException">The source is no directory, or cannot be listed at all.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!await source.HasRootAsync(cancellationToken).ConfigureAwait(false))
            throw MirrorErrors.NoSource(source.PathOf(""));
        var isThere = await destination.HasRootAsync(cancellationToken).ConfigureAwait(false);
        var root = new Place("", null, isThere ? Presence.Both : Presence.Source);
        if (!_selection.IsPartial)
            await AnnounceAsync(root, cancellationToken).ConfigureAwait(false);
        await CompareAsync(root, cancellationToken).ConfigureAwait(false);
    }

    private async Task CompareAsync(Place place, CancellationToken cancellationToken)
    {
        IReadOnlyList<MirrorEntry> here, there = [];
        await _directories.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var listing = source.ListAsync(place.Relative, refused, cancellationToken);
            if (place.Presence == Presence.Both)
                there = await destination.ListAsync(place.Relative, refused, cancellationToken).ConfigureAwait(false);
            here = await listing.ConfigureAwait(false);
        }
        catch (SftpException e) when (place.Parent is not null && e.Code != SftpErrorCode.ConnectionLost)
        {
            await refused(e).ConfigureAwait(false);
            return;
        }
        finally
        {
            _directories.Release();
        }

        // What a transfer has left half-way is neither to be mirrored nor in the way of one that goes on with it.
        var counterparts = there.Where(IsNoLeftover).ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        var taken = new HashSet<string>(MirrorNames.Comparer);
        var running = new List<Task>();
        foreach (var entry in here.Where(IsNoLeftover).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            MirrorEntry? counterpart = counterparts.Remove(entry.Name, out var found) ? found : null;
            running.Add(CompareEntryAsync(place, entry, counterpart, taken.Add(entry.Name), cancellationToken));
        }

        if (options.Delete)
            running.AddRange(counterparts.Values.Select(entry => DeleteAsync(place, entry, MirrorReason.NotInSource, cancellationToken)));
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private async Task CompareEntryAsync(
        Place place,
        MirrorEntry entry,
        MirrorEntry? counterpart,
        bool isFirstOfItsName,
        CancellationToken cancellationToken)
    {
        var relative = place.Below(entry.Name);
        try
        {
            if (!(entry.Type == RemoteFileType.Directory ? _selection.EntersDirectory(relative) : _selection.IncludesFile(relative)))
                return;
            // Both paths have to be possible, before anything is said of them.
            var action = Describe(relative, entry, counterpart);
            if (!isFirstOfItsName)
                throw MirrorNames.Collision(action.Source, entry.Name);
            if (entry.Type is not (RemoteFileType.RegularFile or RemoteFileType.Directory))
                await WriteAsync(action with { Reason = Unusual(entry.Type) }, cancellationToken).ConfigureAwait(false);
            else if (counterpart is { } found && found.Type != entry.Type)
                await ReplaceAsync(place, entry, found, action, cancellationToken).ConfigureAwait(false);
            else if (entry.Type == RemoteFileType.Directory)
                await EnterAsync(place, relative, counterpart is null ? Presence.Source : Presence.Both, cancellationToken).ConfigureAwait(false);
            else if (await DifferenceAsync(relative, entry, counterpart, cancellationToken).ConfigureAwait(false) is { } reason)
                await TransferAsync(place, action, reason, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
        {
            await refused(e).ConfigureAwait(false);
        }
    }

    // Something else is in the way. A link is the user's own, and left alone.
    private async Task ReplaceAsync(
        Place place,
        MirrorEntry entry,
        MirrorEntry found,
        MirrorAction action,
        CancellationToken cancellationToken)
    {
        var isLink = found.Type == RemoteFileType.SymbolicLink;
        if (isLink || !options.Delete
            || !await DeleteAsync(place, found, MirrorReason.KindDiffers, cancellationToken).ConfigureAwait(false))
        {
            var reason = isLink ? MirrorReason.SymbolicLink : MirrorReason.KindDiffers;
            await WriteAsync(action with { Reason = reason }, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (entry.Type == RemoteFileType.Directory)
            await EnterAsync(place, action.RelativePath, Presence.Source, cancellationToken).ConfigureAwait(false);
        else
            await TransferAsync(place, action, MirrorReason.Missing, cancellationToken).ConfigureAwait(false);
    }

    private async Task EnterAsync(Place parent, string relative, Presence presence, CancellationToken cancellationToken)
    {
        if (relative.AsSpan().Count('/') >= MaxDepth)
            throw TransferPlan.TooDeep(source.PathOf(relative));
        var place = new Place(relative, parent, presence);
        // Where only some files are wanted, directories are created for the files in them and not for themselves.
        if (!_selection.IsPartial)
            await AnnounceAsync(place, cancellationToken).ConfigureAwait(false);
        await CompareAsync(place, cancellationToken).ConfigureAwait(false);
    }

    private async Task TransferAsync(Place place, MirrorAction action, MirrorReason reason, CancellationToken cancellationToken)
    {
        await AnnounceAsync(place, cancellationToken).ConfigureAwait(false);
        var kind = reason == MirrorReason.Missing ? MirrorActionKind.Add : MirrorActionKind.Update;
        await WriteAsync(action with { Action = kind, Reason = reason }, cancellationToken).ConfigureAwait(false);
    }

    // Null where the two are the same.
    private async Task<MirrorReason?> DifferenceAsync(
        string relative,
        MirrorEntry entry,
        MirrorEntry? counterpart,
        CancellationToken cancellationToken)
    {
        if (counterpart is not { } found)
            return MirrorReason.Missing;
        if (entry.Size != found.Size)
            return MirrorReason.SizeDiffers;
        switch (options.Compare)
        {
            case MirrorCompare.SizeAndTime:
                var difference = (entry.Modified?.ToUnixTimeSeconds() ?? 0) - (found.Modified?.ToUnixTimeSeconds() ?? 0);
                return difference == 0 ? null : difference > 0 ? MirrorReason.SourceNewer : MirrorReason.SourceOlder;
            case MirrorCompare.Checksum:
                return await HaveSameContentAsync(relative, cancellationToken).ConfigureAwait(false) ? null : MirrorReason.ContentDiffers;
            default:
                return null;
        }
    }

    private async Task<bool> HaveSameContentAsync(string relative, CancellationToken cancellationToken)
    {
        await _hashes.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var hashes = await Task.WhenAll(
                source.HashAsync(relative, cancellationToken),
                destination.HashAsync(relative, cancellationToken)).ConfigureAwait(false);
            return hashes[0] == hashes[1];
        }
        finally
        {
            _hashes.Release();
        }
    }

    // What is deleted is told one by one, a directory after what is in it. False where something has to stay.
    private async Task<bool> DeleteAsync(Place place, MirrorEntry entry, MirrorReason reason, CancellationToken cancellationToken)
    {
        var relative = place.Below(entry.Name);
        var isDirectory = entry.Type == RemoteFileType.Directory;
        if (!(isDirectory ? _selection.EntersDirectory(relative) : _selection.IncludesFile(relative)))
            return false;
        try
        {
            if (isDirectory && !await DeleteContentAsync(new Place(relative, place, Presence.Destination), reason, cancellationToken).ConfigureAwait(false))
                return false;
            var action = Describe(relative, null, entry) with { Action = MirrorActionKind.Delete, Reason = reason, IsDirectory = isDirectory };
            await WriteAsync(action, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
        {
            await refused(e).ConfigureAwait(false);
            return false;
        }
    }

    private async Task<bool> DeleteContentAsync(Place place, MirrorReason reason, CancellationToken cancellationToken)
    {
        IReadOnlyList<MirrorEntry> entries;
        var isWhole = true;
        await _directories.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            entries = await destination.ListAsync(
                place.Relative,
                e =>
                {
                    isWhole = false;
                    return refused(e);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _directories.Release();
        }

        var deleted = await Task.WhenAll(entries.Select(entry => DeleteAsync(place, entry, reason, cancellationToken))).ConfigureAwait(false);
        return isWhole && Array.TrueForAll(deleted, static done => done);
    }

    // Says once that a directory is to be created, those above it first.
    private async Task AnnounceAsync(Place place, CancellationToken cancellationToken)
    {
        if (place.Presence != Presence.Source || !place.TryAnnounce())
            return;
        if (place.Parent is not null)
            await AnnounceAsync(place.Parent, cancellationToken).ConfigureAwait(false);
        var action = Describe(place.Relative, null, null) with
        {
            Action = MirrorActionKind.CreateDirectory,
            Reason = MirrorReason.Missing,
            IsDirectory = true,
        };
        await WriteAsync(action, cancellationToken).ConfigureAwait(false);
    }

    private MirrorAction Describe(string relative, MirrorEntry? entry, MirrorEntry? counterpart) => new()
    {
        Action = MirrorActionKind.Skip,
        Reason = MirrorReason.Missing,
        RelativePath = relative.Length == 0 ? "." : relative,
        Source = source.PathOf(relative),
        Destination = destination.PathOf(relative),
        SourceSize = SizeOf(entry),
        DestinationSize = SizeOf(counterpart),
        SourceModified = entry?.Modified,
        DestinationModified = counterpart?.Modified,
    };

    private static bool IsNoLeftover(MirrorEntry entry) => !TemporaryName.IsTemporary(entry.Name);

    private static long? SizeOf(MirrorEntry? entry) => entry is { Type: RemoteFileType.RegularFile } file ? file.Size : null;

    private static MirrorReason Unusual(RemoteFileType type) =>
        type == RemoteFileType.SymbolicLink ? MirrorReason.SymbolicLink : MirrorReason.Special;

    private ValueTask WriteAsync(MirrorAction action, CancellationToken cancellationToken) => plan.WriteAsync(action, cancellationToken);

    private enum Presence
    {
        Both,
        Source,
        Destination,
    }

    /// <summary>A directory that is compared.</summary>
    private sealed class Place(string relative, Place? parent, Presence presence)
    {
        private int _isAnnounced;

        public string Relative => relative;

        public Place? Parent => parent;

        public Presence Presence => presence;

        public bool TryAnnounce() => Interlocked.Exchange(ref _isAnnounced, 1) == 0;

        public string Below(string name) => relative.Length == 0 ? name : $"{relative}/{name}";
    }
}
