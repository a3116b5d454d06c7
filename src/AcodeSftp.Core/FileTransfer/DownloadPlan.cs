using System.Threading.Channels;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Finds the remote files to download.</summary>
internal sealed class DownloadPlan(
    TransferContext context,
    IFolderMaker folders,
    ChannelWriter<TransferItem> queue,
    Func<string, SftpException, CancellationToken, ValueTask> report)
    : TransferPlan(context, folders, queue, report)
{
    private RemotePath _realRoot;

    public override async Task<TransferFolder?> AddAsync(
        string localPath,
        RemotePath remotePath,
        CancellationToken cancellationToken)
    {
        var source = await Context.FileSystem.StatAsync(remotePath, cancellationToken).ConfigureAwait(false);
        // A server that gives no permissions gives no type either; what has a size is most likely a file.
        if (source.FileType is RemoteFileType.RegularFile or RemoteFileType.Unknown)
        {
            var file = new FileItem { LocalPath = localPath, RemotePath = remotePath, Source = SourceFacts.From(source) };
            await AddFileAsync(file, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (source.FileType != RemoteFileType.Directory)
            throw NotTransferable(remotePath.Value, source.FileType);
        PrepareChecksums(0);
        if (Context.Options.SymbolicLinks == SymbolicLinkHandling.Follow)
            _realRoot = await Context.FileSystem.RealPathAsync(remotePath, cancellationToken).ConfigureAwait(false);
        var root = new TransferFolder(Folders, null)
        {
            LocalPath = localPath,
            RemotePath = Trimmed(remotePath),
            Source = SourceFacts.From(source),
        };
        await AddTreeAsync(new Branch(root, "", 0, []), cancellationToken).ConfigureAwait(false);
        return root;
    }

    private async Task AddTreeAsync(Branch root, CancellationToken cancellationToken)
    {
        var start = root.Folder.RemotePath;
        var open = new Dictionary<RemotePath, Branch> { [start] = root };
        if (!Context.Selection.IsPartial)
            root.Folder.Begin(cancellationToken);
        var walk = new RemoteWalk(Context.FileSystem)
        {
            ReadLinks = Context.Options.SymbolicLinks == SymbolicLinkHandling.Preserve,
            Recursive = Context.Options.Recursive,
            TellEnds = true,
            Descend = path => WhyNotEnter(path, RelativeTo(start, root, path)) is null,
        };
        try
        {
            await foreach (var entry in walk.EnumerateAsync(start, cancellationToken).ConfigureAwait(false))
            {
                if (entry.IsEnd)
                {
                    if (open.Remove(entry.Path, out var ended))
                        await ended.Folder.LeaveAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                }

                try
                {
                    if (entry.Error is not null)
                        throw entry.Error;
                    if (open.TryGetValue(entry.Path.Parent, out var branch) && !branch.Folder.IsFailed)
                        await AddEntryAsync(branch, entry, open, cancellationToken).ConfigureAwait(false);
                }
                catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
                {
                    await ReportAsync(entry.Path.Value, e, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            // A listing that breaks off ends its directories too; somebody may wait for the one above them.
            foreach (var unfinished in open.Values)
                await unfinished.Folder.LeaveAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask AddEntryAsync(
        Branch branch,
        WalkEntry entry,
        Dictionary<RemotePath, Branch> open,
        CancellationToken cancellationToken)
    {
        var name = entry.Path.Name;
        if (TemporaryName.IsTemporary(name))
            return;
        var relative = branch.Relative.Length == 0 ? name : $"{branch.Relative}/{name}";
        switch (entry.Attributes.FileType)
        {
            case RemoteFileType.RegularFile:
                await AddFileAsync(branch, entry.Path, relative, entry.Attributes, cancellationToken).ConfigureAwait(false);
                break;
            case RemoteFileType.Directory when Context.Options.Recursive:
                if (WhyNotEnter(entry.Path, relative) is { } reason)
                {
                    if (reason.Length > 0)
                        throw new SftpException(SftpErrorCode.InvalidArgument, reason) { Path = entry.Path.Value };
                    break;
                }

                open[entry.Path] = Enter(branch, entry.Path, relative, entry.Attributes, branch.Followed, cancellationToken);
                break;
            case RemoteFileType.SymbolicLink:
                await AddLinkAsync(branch, entry, relative, cancellationToken).ConfigureAwait(false);
                break;
            case RemoteFileType.Directory:
                break;
            case var type:
                Context.Ledger.Warn(NotTransferable(entry.Path.Value, type).Message);
                break;
        }
    }

    private async ValueTask AddFileAsync(
        Branch branch,
        RemotePath path,
        string relative,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken)
    {
        if (Context.Selection.IncludesFile(relative))
            await AddFileAsync(
                new FileItem
                {
                    LocalPath = LocalPaths.Combine(branch.Folder.LocalPath, path.Name),
                    RemotePath = path,
                    Folder = branch.Folder,
                    Source = SourceFacts.From(attributes),
                },
                cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AddLinkAsync(
        Branch branch,
        WalkEntry entry,
        string relative,
        CancellationToken cancellationToken)
    {
        var path = entry.Path;
        switch (Context.Options.SymbolicLinks)
        {
            case SymbolicLinkHandling.Preserve when Context.Selection.IncludesFile(relative):
                var target = await entry.LinkTarget!.ConfigureAwait(false)
                    ?? throw NotFollowed(path.Value, "cannot be read");
                if (!LocalPaths.StaysInside(target, branch.Depth))
                    throw new SftpException(
                        SftpErrorCode.InvalidArgument,
                        $"The link '{TerminalText.Clean(path.Value)}' is not created: '{TerminalText.Clean(target)}' may lead out of the directory that is transferred.")
                    {
                        Path = path.Value,
                    };
                await AddLinkAsync(
                    new LinkItem
                    {
                        LocalPath = LocalPaths.Combine(branch.Folder.LocalPath, path.Name),
                        RemotePath = path,
                        Folder = branch.Folder,
                        Target = target,
                    },
                    cancellationToken).ConfigureAwait(false);
                break;
            case SymbolicLinkHandling.Follow:
                await FollowAsync(branch, path, relative, cancellationToken).ConfigureAwait(false);
                break;
            default:
                await SkipLinkAsync(path.Value, relative, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    // A followed directory must not hold any directory on the way to it: that is what going in a circle takes.
    private async Task FollowAsync(Branch branch, RemotePath path, string relative, CancellationToken cancellationToken)
    {
        RemoteFileAttributes target;
        try
        {
            target = await Context.FileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.NotFound)
        {
            throw NotFollowed(path.Value, "leads nowhere");
        }

        var real = await Context.FileSystem.RealPathAsync(path, cancellationToken).ConfigureAwait(false);
        if (!real.IsWithin(_realRoot))
            throw NotFollowed(path.Value, "leads out of the directory that is transferred");
        if (target.FileType == RemoteFileType.RegularFile)
        {
            await AddFileAsync(branch, path, relative, target, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (target.FileType != RemoteFileType.Directory || !Context.Options.Recursive)
            return;
        var here = await Context.FileSystem.RealPathAsync(path.Parent, cancellationToken).ConfigureAwait(false);
        RemotePath[] way = [.. branch.Followed, here];
        // A server need not resolve links where it says it does, so there is an end to it in any case.
        if (way.Length > MaxLinksFollowed || Array.Exists(way, directory => directory.IsWithin(real)))
            throw NotFollowed(path.Value, "leads back to a directory that it is in");
        if (WhyNotEnter(path, relative) is not null)
            return;
        var followed = Enter(branch, path, relative, target, way, cancellationToken);
        await AddTreeAsync(followed, cancellationToken).ConfigureAwait(false);
    }

    private Branch Enter(
        Branch branch,
        RemotePath path,
        string relative,
        RemoteFileAttributes attributes,
        IReadOnlyList<RemotePath> followed,
        CancellationToken cancellationToken)
    {
        var local = LocalPaths.Combine(branch.Folder.LocalPath, path.Name);
        var folder = new TransferFolder(Folders, branch.Folder)
        {
            LocalPath = local,
            RemotePath = path,
            Source = SourceFacts.From(attributes),
        };
        if (!Context.Selection.IsPartial)
            folder.Begin(cancellationToken);
        return new Branch(folder, relative, branch.Depth + 1, followed);
    }

    // Null where the directory is entered; an empty text where it is left out on purpose.
    private string? WhyNotEnter(RemotePath path, string relative)
    {
        if (!Context.Selection.EntersDirectory(relative) || TemporaryName.IsTemporary(path.Name))
            return "";
        if (relative.AsSpan().Count('/') >= MaxDepth)
            return TooDeep(path.Value).Message;
        return LocalPaths.WhyNot(path.Name, OperatingSystem.IsWindows()) is { } reason
            ? $"The server's name '{TerminalText.Clean(path.Name)}' cannot be used on this machine: {reason}."
            : null;
    }

    private static string RelativeTo(RemotePath start, Branch root, RemotePath path)
    {
        var skip = start == RemotePath.Current ? 0 : start.IsRoot ? start.Value.Length : start.Value.Length + 1;
        var below = path.Value[skip..];
        return root.Relative.Length == 0 ? below : $"{root.Relative}/{below}";
    }

    private static RemotePath Trimmed(RemotePath path) =>
        path.IsRoot ? RemotePath.Root : new RemotePath(path.Value.TrimEnd('/'));

    // A directory that is listed: where it goes, its path below the root, and the directories from which links were
    // followed on the way to it.
    private sealed record Branch(
        TransferFolder Folder,
        string Relative,
        int Depth,
        IReadOnlyList<RemotePath> Followed);
}
