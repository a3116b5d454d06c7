using System.Threading.Channels;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// Finds the remote files to download where a directory can be seen only by having all of it sent (<c>scp -r -f</c>): each
/// file is handed on as it is offered, and taken before the next is.
/// </summary>
internal sealed class ScpStreamPlan(
    TransferContext context,
    ScpAccess scp,
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
        var program = await scp.Shell
            .StartScpAsync(ScpCommandLines.Source(remotePath, preserve: true, recursive: true), remotePath.Value, cancellationToken)
            .ConfigureAwait(false);
        await using var _ = program.ConfigureAwait(false);
        var receiver = new ScpReceiver(program);
        switch (await receiver.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            case ScpFile file:
                ScpDownload.RequireName(remotePath, file.Name);
                await AddFileAsync(receiver, file, localPath, remotePath, null, cancellationToken).ConfigureAwait(false);
                if (receiver.HasOffer || receiver.IsBroken)
                    return null;
                break;
            case ScpDirectory directory:
                ScpDownload.RequireName(remotePath, directory.Name);
                if (Context.Options.SymbolicLinks != SymbolicLinkHandling.Follow)
                    Context.Ledger.Warn($"Links in '{TerminalText.Clean(remotePath.Value)}' were followed: the server runs nothing but scp, which knows none.");
                await AddTreeAsync(program, receiver, directory, localPath, remotePath, cancellationToken).ConfigureAwait(false);
                if (receiver.HasOffer)
                    return null;
                break;
            case ScpWarning warning:
                throw program.Refusal(warning.Message);
            case null:
                throw await program.DescribeEndAsync().ConfigureAwait(false);
            default:
                throw ScpRecord.Violation("something else than it was asked for");
        }

        if (await receiver.NextAsync(cancellationToken).ConfigureAwait(false) is not null)
            throw ScpRecord.Violation("more than was asked for");
        await program.EndAsync(cancellationToken).ConfigureAwait(false);
        // Everything that goes into a directory was waited for already.
        return null;
    }

    private async Task AddTreeAsync(
        RemoteProgram program,
        ScpReceiver receiver,
        ScpDirectory directory,
        string localPath,
        RemotePath remotePath,
        CancellationToken cancellationToken)
    {
        var open = new Stack<Branch>();
        try
        {
            await EnterAsync(receiver, open, NewFolder(null, directory, localPath, remotePath), "", cancellationToken).ConfigureAwait(false);
            while (receiver.Depth > 0)
            {
                switch (await receiver.NextAsync(cancellationToken).ConfigureAwait(false))
                {
                    case ScpEnd:
                        await open.Pop().Folder.LeaveAsync(cancellationToken).ConfigureAwait(false);
                        break;
                    case ScpWarning warning:
                        await ReportAsync(remotePath.Value, program.Refusal(warning.Message), cancellationToken).ConfigureAwait(false);
                        break;
                    case ScpFile file:
                        await AddEntryAsync(receiver, open, file.Name, file, cancellationToken).ConfigureAwait(false);
                        break;
                    case ScpDirectory subdirectory:
                        await AddEntryAsync(receiver, open, subdirectory.Name, subdirectory, cancellationToken).ConfigureAwait(false);
                        break;
                }

                if (receiver.IsBroken)
                    throw new SftpException(
                        SftpErrorCode.Unknown,
                        $"The rest of '{TerminalText.Clean(remotePath.Value)}' was not transferred: a file broke off in the middle, and SCP cannot skip what is left of it.")
                    {
                        Path = remotePath.Value,
                    };
                if (receiver.HasOffer)
                    await receiver.RefuseAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            while (open.TryPop(out var branch))
                await branch.Folder.LeaveAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Whatever is not taken here is refused by the caller.
    private async Task AddEntryAsync(
        ScpReceiver receiver,
        Stack<Branch> open,
        string name,
        ScpRecord record,
        CancellationToken cancellationToken)
    {
        var (parent, parentRelative) = open.Peek();
        // Such a name is never a mistake: it is meant to get out of the directory (CVE-2018-20685, CVE-2019-6111).
        if (!RemotePath.IsSafeName(name))
            throw ScpRecord.Violation($"'{TerminalText.Clean(name)}', which cannot be a file name, for '{TerminalText.Clean(parent.RemotePath.Value)}'");
        var path = parent.RemotePath.Combine(name);
        var relative = parentRelative.Length == 0 ? name : $"{parentRelative}/{name}";
        try
        {
            if (name.Any(char.IsControl))
                throw new SftpException(SftpErrorCode.InvalidArgument, $"The server's name '{TerminalText.Clean(name)}' has control characters in it.")
                {
                    Path = path.Value,
                };
            if (TemporaryName.IsTemporary(name))
                return;
            var localPath = LocalPaths.Combine(parent.LocalPath, name);
            if (record is ScpFile file && Context.Selection.IncludesFile(relative))
            {
                await AddFileAsync(receiver, file, localPath, path, parent, cancellationToken).ConfigureAwait(false);
            }
            else if (record is ScpDirectory directory && Context.Options.Recursive && Context.Selection.EntersDirectory(relative))
            {
                if (open.Count > MaxDepth)
                    throw TooDeep(path.Value);
                await EnterAsync(receiver, open, NewFolder(parent, directory, localPath, path), relative, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.InvalidArgument)
        {
            await ReportAsync(path.Value, e, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AddFileAsync(
        ScpReceiver receiver,
        ScpFile file,
        string localPath,
        RemotePath path,
        TransferFolder? folder,
        CancellationToken cancellationToken)
    {
        var offer = new ScpOffer(receiver, file);
        var item = new FileItem
        {
            LocalPath = localPath,
            RemotePath = path,
            Folder = folder,
            Source = new SourceFacts
            {
                Size = file.Size,
                Modified = file.Times?.Modified,
                Accessed = file.Times?.Accessed,
                Permissions = file.Permissions,
            },
            Offer = offer,
        };
        // A file whose directory cannot be created would never be taken up.
        if (folder is not null && !await TryCreateAsync(folder, cancellationToken).ConfigureAwait(false))
            return;
        if (await AddFileAsync(item, cancellationToken).ConfigureAwait(false))
            await offer.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // A directory that cannot be created here has been reported by whoever tried, and is not entered.
    private async Task EnterAsync(
        ScpReceiver receiver,
        Stack<Branch> open,
        TransferFolder folder,
        string relative,
        CancellationToken cancellationToken)
    {
        if (!Context.Selection.IsPartial && !await TryCreateAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            await folder.LeaveAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        open.Push(new Branch(folder, relative));
        await receiver.EnterAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> TryCreateAsync(TransferFolder folder, CancellationToken cancellationToken)
    {
        await ((Task)folder.EnsureAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return !folder.IsFailed;
    }

    private TransferFolder NewFolder(TransferFolder? parent, ScpDirectory directory, string localPath, RemotePath path) =>
        new(Folders, parent)
        {
            LocalPath = localPath,
            RemotePath = path.IsRoot ? RemotePath.Root : new RemotePath(path.Value.TrimEnd('/')),
            Source = new SourceFacts
            {
                Modified = directory.Times?.Modified,
                Accessed = directory.Times?.Accessed,
                Permissions = directory.Permissions,
            },
        };

    // A directory that the source is in: where it goes, and its path below the root.
    private sealed record Branch(TransferFolder Folder, string Relative);
}
