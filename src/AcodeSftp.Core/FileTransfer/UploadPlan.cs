using System.Threading.Channels;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Finds the local files to upload.</summary>
internal sealed class UploadPlan(
    TransferContext context,
    IFolderMaker folders,
    ChannelWriter<TransferItem> queue,
    Func<string, SftpException, CancellationToken, ValueTask> report)
    : TransferPlan(context, folders, queue, report)
{
    public override async Task<TransferFolder?> AddAsync(
        string localPath,
        RemotePath remotePath,
        CancellationToken cancellationToken)
    {
        var source = LocalEntry.Read(localPath, followLinks: true);
        if (source.Type == RemoteFileType.RegularFile)
        {
            var file = new FileItem { LocalPath = localPath, RemotePath = remotePath, Source = source.Facts };
            await AddFileAsync(file, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (source.Type != RemoteFileType.Directory)
            throw NotTransferable(localPath, source.Type);
        var root = new TransferFolder(Folders, null)
        {
            LocalPath = localPath,
            RemotePath = remotePath,
            Source = source.Facts,
        };
        await AddTreeAsync(new Branch(root, localPath, "", 0, []), cancellationToken).ConfigureAwait(false);
        return root;
    }

    // Goes deep before it goes wide, so few directories wait at any time.
    private async Task AddTreeAsync(Branch root, CancellationToken cancellationToken)
    {
        var realRoot = Context.Options.SymbolicLinks == SymbolicLinkHandling.Follow ? LocalPaths.RealPath(root.Directory) : "";
        var waiting = new Stack<Branch>();
        waiting.Push(root);
        while (waiting.TryPop(out var branch))
        {
            if (!Context.Selection.IsPartial)
                branch.Folder.Begin(cancellationToken);
            if (!branch.Folder.IsFailed)
                await AddDirectoryAsync(branch, realRoot, waiting, cancellationToken).ConfigureAwait(false);
            await branch.Folder.LeaveAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AddDirectoryAsync(
        Branch branch,
        string realRoot,
        Stack<Branch> waiting,
        CancellationToken cancellationToken)
    {
        using var entries = Open(branch.Directory, out var failure);
        while (failure is null && TryMoveNext(entries!, branch.Directory, out failure))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = entries!.Current;
            try
            {
                await AddEntryAsync(branch, path, realRoot, waiting, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e)
            {
                await ReportAsync(path, e, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (LocalErrors.Includes(e))
            {
                await ReportAsync(path, LocalErrors.From(e, "look at", path), cancellationToken).ConfigureAwait(false);
            }
        }

        if (failure is not null && branch.Folder.IsRoot)
            throw failure;
        if (failure is not null)
            await ReportAsync(branch.Directory, failure, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AddEntryAsync(
        Branch branch,
        string path,
        string realRoot,
        Stack<Branch> waiting,
        CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        if (TemporaryName.IsTemporary(name))
            return;
        var relative = branch.Relative.Length == 0 ? name : $"{branch.Relative}/{name}";
        var remote = branch.Folder.RemotePath.Combine(name);
        var entry = LocalEntry.Read(path, followLinks: false);
        var followed = branch.Followed;
        if (entry.Type == RemoteFileType.SymbolicLink)
        {
            switch (Context.Options.SymbolicLinks)
            {
                case SymbolicLinkHandling.Preserve when Context.Selection.IncludesFile(relative):
                    await AddLinkAsync(
                        new LinkItem { LocalPath = path, RemotePath = remote, Folder = branch.Folder, Target = entry.LinkTarget! },
                        cancellationToken).ConfigureAwait(false);
                    return;
                case SymbolicLinkHandling.Follow:
                    entry = Follow(branch, path, realRoot, ref followed);
                    break;
                default:
                    await SkipLinkAsync(path, relative, cancellationToken).ConfigureAwait(false);
                    return;
            }
        }

        if (entry.Type == RemoteFileType.RegularFile)
        {
            if (Context.Selection.IncludesFile(relative))
                await AddFileAsync(
                    new FileItem { LocalPath = path, RemotePath = remote, Folder = branch.Folder, Source = entry.Facts },
                    cancellationToken).ConfigureAwait(false);
        }
        else if (entry.Type != RemoteFileType.Directory)
        {
            Context.Ledger.Warn(NotTransferable(path, entry.Type).Message);
        }
        else if (Context.Options.Recursive && Context.Selection.EntersDirectory(relative))
        {
            if (branch.Depth == MaxDepth)
                throw TooDeep(path);
            var folder = new TransferFolder(Folders, branch.Folder)
            {
                LocalPath = path,
                RemotePath = remote,
                Source = entry.Facts,
            };
            waiting.Push(new Branch(folder, path, relative, branch.Depth + 1, followed));
        }
    }

    // A followed directory must not hold any directory on the way to it: that is what going in a circle takes.
    private static LocalEntry Follow(Branch branch, string path, string realRoot, ref IReadOnlyList<string> followed)
    {
        var entry = LocalEntry.TryRead(path, followLinks: true) ?? throw NotFollowed(path, "leads nowhere");
        var real = LocalPaths.RealPath(path);
        if (!LocalPaths.IsWithin(real, realRoot))
            throw NotFollowed(path, "leads out of the directory that is transferred");
        if (entry.Type != RemoteFileType.Directory)
            return entry;
        string[] way = [.. followed, LocalPaths.RealPath(branch.Directory)];
        if (way.Length > MaxLinksFollowed || Array.Exists(way, directory => LocalPaths.IsWithin(directory, real)))
            throw NotFollowed(path, "leads back to a directory that it is in");
        followed = way;
        return entry;
    }

    private static IEnumerator<string>? Open(string directory, out SftpException? failure)
    {
        try
        {
            failure = null;
            var all = new EnumerationOptions
            {
                AttributesToSkip = 0,
                IgnoreInaccessible = false,
                MatchType = MatchType.Simple,
                RecurseSubdirectories = false,
            };
            return Directory.EnumerateFileSystemEntries(directory, "*", all).GetEnumerator();
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            failure = LocalErrors.From(e, "list", directory);
            return null;
        }
    }

    private static bool TryMoveNext(IEnumerator<string> entries, string directory, out SftpException? failure)
    {
        try
        {
            failure = null;
            return entries.MoveNext();
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            failure = LocalErrors.From(e, "list", directory);
            return false;
        }
    }

    // A directory to look through: where it goes, where it is, its path below the root, and the directories from which
    // links were followed on the way to it.
    private sealed record Branch(
        TransferFolder Folder,
        string Directory,
        string Relative,
        int Depth,
        IReadOnlyList<string> Followed);
}
