using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// Downloads one file by SCP: to a temporary file beside the destination, verified there, given its times and permissions
/// there, and then put in place in one step.
/// </summary>
internal sealed class ScpDownload(TransferContext context, ScpAccess scp) : IFileMover
{
    private readonly LocalDestination _destination = new(context);

    private TransferOptions Options => context.Options;

    public async Task<TransferredFile> MoveAsync(
        FileItem item,
        ProgressMeter.FileProgress progress,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        if (item.Offer is { } offer)
        {
            try
            {
                return await TakeAsync(item, offer, null, progress, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                offer.Finish();
            }
        }

        var path = item.RemotePath;
        var program = await scp.Shell
            .StartScpAsync(ScpCommandLines.Source(path, preserve: true), path.Value, cancellationToken)
            .ConfigureAwait(false);
        await using var _ = program.ConfigureAwait(false);
        var receiver = new ScpReceiver(program);
        var file = await receiver.NextAsync(cancellationToken).ConfigureAwait(false) switch
        {
            ScpFile announced => announced,
            ScpWarning warning => throw program.Refusal(warning.Message),
            null => throw await program.DescribeEndAsync().ConfigureAwait(false),
            _ => throw ScpRecord.Violation("a directory where a file was asked for"),
        };
        RequireName(path, file.Name);
        return await TakeAsync(item, new ScpOffer(receiver, file), program, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes sure that a server sends what it was asked for (CVE-2019-6111), although its name for it is not used.
    /// </summary>
    /// <param name="path">The path it was asked for.</param>
    /// <param name="name">The name it sends.</param>
    /// <exception cref="SftpException">It is another one.</exception>
    public static void RequireName(RemotePath path, string name)
    {
        // The directories that have no name of their own, and names that the protocol cannot carry as they are.
        if (path.IsRoot || path.Name is "." or ".." || path.Name.Contains('\n', StringComparison.Ordinal))
            return;
        if (name != path.Name)
            throw new SftpException(
                SftpErrorCode.ProtocolViolation,
                $"The server was asked for '{TerminalText.Clean(path.Value)}' and sends '{TerminalText.Clean(name)}'.")
            {
                Path = path.Value,
                Advice = "Nothing was written. Do not trust this server.",
            };
    }

    // Takes the file that is offered, by a program that was asked for nothing else where one is given.
    private async Task<TransferredFile> TakeAsync(
        FileItem item,
        ScpOffer offer,
        RemoteProgram? program,
        ProgressMeter.FileProgress progress,
        CancellationToken cancellationToken)
    {
        var path = item.RemotePath;
        var file = offer.File;
        if (Options.MaxFileSize < file.Size)
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"'{TerminalText.Clean(path.Value)}' has {file.Size} bytes; {Options.MaxFileSize} are allowed.")
            {
                Path = path.Value,
            };
        var destination = _destination.Find(item);
        if (item.Folder is null && Options.CreateParentDirectories)
            LocalDestination.CreateParent(destination);
        using var target = await DownloadTarget.OpenAsync(
            destination,
            TemporaryName.Identity(context.Authority, path.Value),
            Options,
            cancellationToken).ConfigureAwait(false);
        try
        {
            target.Begin(0, Options.VerifyChecksum ? new ContentHash() : null);
            progress.StartAt(0);
            await offer.Receiver.ReceiveAsync(
                file.Size,
                async (block, token) =>
                {
                    await context.ThrottleAsync(block.Length, token).ConfigureAwait(false);
                    target.Hash?.Append(block.Span);
                    target.Write(block.Span, target.Length);
                    progress.Reach(target.Length);
                },
                cancellationToken).ConfigureAwait(false);
            if (program is not null)
            {
                if (await offer.Receiver.NextAsync(cancellationToken).ConfigureAwait(false) is not null)
                    throw ScpRecord.Violation("more than was asked for");
                await program.EndAsync(cancellationToken).ConfigureAwait(false);
            }

            var received = target.Hash?.Current();
            var sent = received is not null && scp.HasShell ? await ComputeChecksumAsync(path, file.Size, cancellationToken).ConfigureAwait(false) : null;
            if (sent is not null && sent != received)
                throw TransferFaults.WrongChecksum(path.Value, sent, received!);
            if (sent is null && context.RequiresChecksum)
                throw TransferFaults.NoChecksum(path.Value);
            _destination.SetAttributes(file.Permissions, file.Times?.Modified, target, destination);
            cancellationToken.ThrowIfCancellationRequested();
            target.Commit(destination, Options.Overwrite);
            return new TransferredFile(item.LocalPath, path.Value, file.Size, received)
            {
                Verification = sent is not null
                    ? TransferVerification.Checksum
                    : Options.VerifySize ? TransferVerification.Size : TransferVerification.None,
                RemoteFile = context.Describe(path, new RemoteFileAttributes
                {
                    Mode = UnixMode.RegularFile | file.Permissions,
                    Size = file.Size,
                    Modified = file.Times?.Modified,
                    Accessed = file.Times?.Accessed,
                }),
            };
        }
        catch
        {
            target.Discard();
            throw;
        }
    }

    private async Task<string?> ComputeChecksumAsync(RemotePath path, long size, CancellationToken cancellationToken)
    {
        using var _ = context.Meter.Verifying();
        return await context.Hashing.HashAsync(path, null, size, cancellationToken).ConfigureAwait(false);
    }
}
