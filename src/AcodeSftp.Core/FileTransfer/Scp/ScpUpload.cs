using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// Uploads one file by SCP: to a temporary file beside the destination, verified there, and then put in place in one step.
/// A server that runs nothing but <c>scp</c> cannot rename; there the destination itself is written.
/// </summary>
internal sealed class ScpUpload(TransferContext context, ScpAccess scp) : IFileMover
{
    private const int MaxChunk = 1024 * 1024;

    // How long a cancelled transfer waits for the server to tidy up before it leaves that to go on by itself.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(400);

    private readonly RemoteDestination _destination = new(context);

    private TransferOptions Options => context.Options;

    public async Task<TransferredFile> MoveAsync(
        FileItem item,
        ProgressMeter.FileProgress progress,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        if (context.RequiresChecksum && !scp.HasShell)
            throw TransferFaults.NoChecksum(item.LocalPath);
        using var source = LocalSource.Open(item.LocalPath);
        using var hash = Options.VerifyChecksum ? new ContentHash() : null;
        var destination = item.RemotePath;
        var replaced = await LookAsync(item, cancellationToken).ConfigureAwait(false);
        if (replaced is { FileType: RemoteFileType.SymbolicLink } && Options.Overwrite)
            (destination, replaced) = await _destination.ResolveAsync(destination, cancellationToken).ConfigureAwait(false);
        _destination.RequireReplaceable(destination, replaced);

        var outgoing = new Outgoing(item, source, destination, replaced, hash, progress);
        return scp.HasShell && Options.UseAtomicRename
            ? await ReplaceAsync(outgoing, cancellationToken).ConfigureAwait(false)
            : await WriteInPlaceAsync(outgoing, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TransferredFile> ReplaceAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        var destination = outgoing.Destination;
        var identity = TemporaryName.Identity(Environment.MachineName, outgoing.Source.Path);
        var path = destination.Parent.Combine(TemporaryName.For(destination.Name, identity));
        using var claim = await TransferClaims.TryClaimAsync(context.Url(path), outgoing.Source.Size, cancellationToken).ConfigureAwait(false);
        if (claim is null || !await TryCreateAsync(path, outgoing, cancellationToken).ConfigureAwait(false))
        {
            // Another transfer has it, or another account.
            path = destination.Parent.Combine(TemporaryName.Unique(destination.Name));
            await CreateAsync(path, outgoing, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await SendAsync(outgoing, path, SftpDefaults.TemporaryFilePermissions, cancellationToken).ConfigureAwait(false);
            var isVerified = await VerifyAsync(outgoing, path, cancellationToken).ConfigureAwait(false);
            await CommitAsync(outgoing, path, cancellationToken).ConfigureAwait(false);
            return Describe(outgoing, isVerified
                ? TransferVerification.Checksum
                : Options.VerifySize ? TransferVerification.Size : TransferVerification.None);
        }
        catch
        {
            await DiscardAsync(path).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<TransferredFile> WriteInPlaceAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        var path = outgoing.Destination;
        if (!scp.HasShell && Options.UseAtomicRename)
            context.Ledger.Warn($"'{TerminalText.Clean(path.Value)}' was written in place: the server runs nothing but scp, which cannot rename.");
        try
        {
            await InFolderAsync(
                outgoing,
                () => SendAsync(outgoing, path, Permissions(outgoing), cancellationToken),
                cancellationToken).ConfigureAwait(false);
            var isVerified = await VerifyAsync(outgoing, path, cancellationToken).ConfigureAwait(false);
            var found = await LookAgainAsync(path, cancellationToken).ConfigureAwait(false);
            _destination.RequireReplaceable(path, found is { FileType: RemoteFileType.Directory } ? found : null);
            if (Options.VerifySize && found?.Size is { } size && size != outgoing.Source.Size)
                throw TransferFaults.WrongSize(outgoing.Item.LocalPath, outgoing.Source.Size, size);
            return Describe(outgoing, isVerified
                ? TransferVerification.Checksum
                : found?.Size is null || !Options.VerifySize ? TransferVerification.None : TransferVerification.Size);
        }
        catch when (outgoing is { Replaced: null, IsBegun: true })
        {
            await DiscardAsync(path).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<RemoteFileAttributes?> LookAsync(FileItem item, CancellationToken cancellationToken)
    {
        if (item.Folder is { IsNew: true } && (scp.HasShell || Options.Overwrite))
            return null;
        // Without a shell a look is a transfer that is broken off, too much for each file of a tree.
        return scp.HasShell || !Options.Overwrite || item.Folder is null
            ? await _destination.LookAsync(item.RemotePath, cancellationToken).ConfigureAwait(false)
            : null;
    }

    private async Task<RemoteFileAttributes?> LookAgainAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            return await context.FileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code is not (SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout))
        {
            // One may write what one may not read.
            return null;
        }
    }

    private async Task<bool> TryCreateAsync(RemotePath path, Outgoing outgoing, CancellationToken cancellationToken)
    {
        try
        {
            await CreateAsync(path, outgoing, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.AlreadyExists or SftpErrorCode.InvalidArgument)
        {
            return false;
        }
    }

    // scp opens what is there, links included. So it is given a file that this account has just created, and that nobody
    // else may read until it is committed.
    private Task CreateAsync(RemotePath path, Outgoing outgoing, CancellationToken cancellationToken) =>
        InFolderAsync(
            outgoing,
            () => scp.Shell.RunAsync(
                "rm -f -- \"$1\"; umask 077; set -C; : > \"$1\"",
                [ScpCommandLines.Argument(path)],
                cancellationToken),
            cancellationToken);

    private async Task InFolderAsync(Outgoing outgoing, Func<Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound
            && outgoing is { Item.Folder: null, IsBegun: false }
            && Options.CreateParentDirectories)
        {
            await new RemoteDirectories(context.FileSystem, context.Probe)
                .EnsureAsync(outgoing.Destination.Parent, SftpDefaults.DirectoryPermissions, cancellationToken)
                .ConfigureAwait(false);
            await write().ConfigureAwait(false);
        }
    }

    private async Task SendAsync(
        Outgoing outgoing,
        RemotePath path,
        uint permissions,
        CancellationToken cancellationToken)
    {
        var source = outgoing.Source;
        if (source.Size == 0 && source.Read(new byte[1], 0) > 0)
            throw new SftpException(
                SftpErrorCode.Unsupported,
                $"SCP cannot send '{TerminalText.Clean(source.Path)}': it has content but no size.")
            {
                Path = source.Path,
                Advice = "Copy it to a regular file first.",
            };
        var times = Options.PreserveTimestamps
            ? new ScpTimes(source.Modified, outgoing.Item.Source.Accessed ?? source.Modified)
            : null;
        var program = await scp.Shell
            .StartScpAsync(ScpCommandLines.Sink(path, preserve: true), outgoing.Destination.Value, cancellationToken)
            .ConfigureAwait(false);
        await using var _ = program.ConfigureAwait(false);
        outgoing.Progress.StartAt(0);
        long sent = 0;
        var complaint = await new ScpSender(program).SendFileAsync(
            // The path says where it goes; the name is for a path that is a directory.
            new ScpFile(permissions, source.Size, path.Name.Replace('\n', '?')) { Times = times },
            async (buffer, token) =>
            {
                outgoing.IsBegun = true;
                // What was asked for before has been sent by now.
                outgoing.Progress.Reach(sent);
                var read = source.Read(buffer.Span, sent);
                if (read == 0)
                    throw TransferFaults.SourceChanged(source.Path, source.Size, sent);
                outgoing.Hash?.Append(buffer.Span[..read]);
                await context.ThrottleAsync(read, token).ConfigureAwait(false);
                sent += read;
                return read;
            },
            Math.Min(Options.ChunkSizeBytes, MaxChunk),
            cancellationToken).ConfigureAwait(false);
        outgoing.IsBegun = true;
        outgoing.Progress.Reach(sent);
        if (complaint is not null)
            context.Ledger.Warn($"'{TerminalText.Clean(outgoing.Destination.Value)}': {TerminalText.Clean(complaint)}");
        await program.EndAsync(cancellationToken).ConfigureAwait(false);
        source.RequireUnchanged();
    }

    // Whether the content was compared; it throws where it was and differs.
    private async Task<bool> VerifyAsync(Outgoing outgoing, RemotePath path, CancellationToken cancellationToken)
    {
        if (outgoing.Hash is null || !scp.HasShell)
            return false;
        using var _ = context.Meter.Verifying();
        var received = await context.Hashing.HashAsync(path, null, outgoing.Hash.Length, cancellationToken).ConfigureAwait(false);
        var sent = outgoing.Hash.Current();
        if (received is not null && received != sent)
            throw TransferFaults.WrongChecksum(outgoing.Item.LocalPath, sent, received);
        return received is not null || !context.RequiresChecksum
            ? received is not null
            : throw TransferFaults.NoChecksum(outgoing.Item.LocalPath);
    }

    // One script compares the size, gives the file its owner and permissions, and puts it in place.
    private async Task CommitAsync(Outgoing outgoing, RemotePath path, CancellationToken cancellationToken)
    {
        const string CompareSize = "s=$(wc -c < \"$1\") || exit 1; test $s -eq $3 || { echo size $s; exit 0; }; ";
        const string SetOwner = "chown \"$5\" \"$1\" || echo owner; ";
        const string SetPermissions = "chmod $4 \"$1\" || echo permissions; ";
        var facts = outgoing.Item.Source;
        var setsOwner = PreservesOwner && facts is { UserId: not null, GroupId: not null };
        var script = (Options.VerifySize ? CompareSize : "")
            + (setsOwner ? SetOwner : "")
            + SetPermissions
            + (Options.Overwrite ? ShellFileSystem.Replace : ShellFileSystem.MoveToFreePath);
        string[] arguments =
        [
            ScpCommandLines.Argument(path),
            ScpCommandLines.Argument(outgoing.Destination),
            FormattableString.Invariant($"{outgoing.Source.Size}"),
            ShellFileSystem.Octal(Permissions(outgoing)),
            FormattableString.Invariant($"{facts.UserId}:{facts.GroupId}"),
        ];
        string output;
        try
        {
            output = await scp.Shell.RunAsync(script, arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.AlreadyExists)
        {
            throw TransferFaults.Exists(outgoing.Destination.Value, isDirectory: false);
        }

        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("size ", StringComparison.Ordinal))
                throw TransferFaults.WrongSize(outgoing.Item.LocalPath, outgoing.Source.Size, long.TryParse(line[5..], out var size) ? size : -1);
            if (line is "owner" or "permissions")
                context.Ledger.Warn($"The {line} of '{TerminalText.Clean(outgoing.Destination.Value)}' could not be set.");
        }
    }

    private async Task DiscardAsync(RemotePath path)
    {
        if (scp.HasShell && context.Line.IsStanding)
            await Task.WhenAny(RemoveAsync(), Task.Delay(Grace)).ConfigureAwait(false);

        async Task RemoveAsync()
        {
            try
            {
                await scp.Shell.RunAsync("rm -f -- \"$1\"", [ScpCommandLines.Argument(path)], CancellationToken.None).ConfigureAwait(false);
            }
            catch (SftpException)
            {
                // The next transfer of the same file finds it and replaces it.
            }
        }
    }

    private bool PreservesOwner => Options is UploadOptions { PreserveOwner: true };

    private uint Permissions(Outgoing outgoing) => PermissionMapping.ForFile(
        outgoing.Item.Source.Permissions,
        Options.PreservePermissions,
        PreservesOwner,
        outgoing.Replaced?.Mode);

    private TransferredFile Describe(Outgoing outgoing, TransferVerification verification) =>
        new(outgoing.Item.LocalPath, outgoing.Item.RemotePath.Value, outgoing.Source.Size, outgoing.Hash?.Current())
        {
            Verification = verification,
            RemoteFile = context.Describe(outgoing.Destination, new RemoteFileAttributes
            {
                Size = outgoing.Source.Size,
                Mode = UnixMode.RegularFile | Permissions(outgoing),
                Modified = Options.PreserveTimestamps ? outgoing.Source.Modified : null,
            }),
        };

    // One file on its way.
    private sealed class Outgoing(
        FileItem item,
        LocalSource source,
        RemotePath destination,
        RemoteFileAttributes? replaced,
        ContentHash? hash,
        ProgressMeter.FileProgress progress)
    {
        public FileItem Item => item;

        public LocalSource Source => source;

        public RemotePath Destination => destination;

        public RemoteFileAttributes? Replaced => replaced;

        public ContentHash? Hash => hash;

        public ProgressMeter.FileProgress Progress => progress;

        /// <summary>Whether the sink has taken to the file, and may have written of it.</summary>
        public bool IsBegun { get; set; }
    }
}
