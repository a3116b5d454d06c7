using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Opens what uploads write to: what an earlier attempt left, after proof, or a new temporary file that only this account
/// may read.
/// </summary>
internal sealed class UploadTargets(TransferContext context)
{
    private const RemoteOpenFlags New = RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive;

    private static readonly RemoteFileAttributes Private = new() { Mode = SftpDefaults.TemporaryFilePermissions };

    private readonly ResumeProof _proof = new(context);

    private TransferOptions Options => context.Options;

    private IRemoteFileSystem FileSystem => context.FileSystem;

    /// <summary>Opens the target of a file.</summary>
    /// <param name="item">The file.</param>
    /// <param name="destination">The path it is to get.</param>
    /// <param name="source">The file, open.</param>
    /// <param name="journal">What is remembered of it.</param>
    /// <param name="isRetry">Whether what an earlier attempt left is not to be trusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The target.</returns>
    public async Task<UploadTarget> OpenAsync(
        FileItem item,
        RemotePath destination,
        LocalSource source,
        ResumeJournal journal,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        try
        {
            return await OpenInFolderAsync(destination, source, journal, isRetry, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound && item.Folder is null && Options.CreateParentDirectories)
        {
            await new RemoteDirectories(FileSystem, context.Probe)
                .EnsureAsync(destination.Parent, SftpDefaults.DirectoryPermissions, cancellationToken)
                .ConfigureAwait(false);
            return await OpenInFolderAsync(destination, source, journal, isRetry, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<UploadTarget> OpenInFolderAsync(
        RemotePath destination,
        LocalSource source,
        ResumeJournal journal,
        bool isRetry,
        CancellationToken cancellationToken)
    {
        if (!Options.UseAtomicRename)
            return await OpenInPlaceAsync(destination, cancellationToken).ConfigureAwait(false);

        var identity = TemporaryName.Identity(Environment.MachineName, source.Path);
        var path = destination.Parent.Combine(TemporaryName.For(destination.Name, identity));
        var claim = isRetry ? null : await TransferClaims.TryClaimAsync(context.Url(path), source.Size, cancellationToken).ConfigureAwait(false);
        if (claim is null)
            return await OpenUniqueAsync(destination, cancellationToken).ConfigureAwait(false);

        try
        {
            if (await ResumeAsync(path, source, journal, claim, cancellationToken).ConfigureAwait(false) is { } resumed)
                return resumed;
            var hash = Hashed();
            try
            {
                return new UploadTarget(await CreateAsync(path, cancellationToken).ConfigureAwait(false), claim) { Hash = hash };
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.AlreadyExists)
            {
                // Left behind by an earlier attempt, and no good.
                if (await TryRemoveAsync(path, cancellationToken).ConfigureAwait(false))
                    return new UploadTarget(await CreateAsync(path, cancellationToken).ConfigureAwait(false), claim) { Hash = hash };
            }
        }
        catch
        {
            claim.Dispose();
            throw;
        }

        // Somebody else's: it cannot be removed, and must not be written to.
        claim.Dispose();
        return await OpenUniqueAsync(destination, cancellationToken).ConfigureAwait(false);
    }

    private async Task<UploadTarget?> ResumeAsync(
        RemotePath path,
        LocalSource source,
        ResumeJournal journal,
        TransferClaims.Claim claim,
        CancellationToken cancellationToken)
    {
        if (!Options.EnableResume
            || source.Size < ResumeJournal.MinimumSize
            || await journal.FindAsync(cancellationToken).ConfigureAwait(false) is not { } state)
            return null;
        IRemoteFile? file = null;
        ContentHash? proven = null;
        try
        {
            // Only a file of our own kind is opened: whoever can write to the directory could have put a link there.
            var left = await FileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false);
            if (left is not { FileType: RemoteFileType.RegularFile, Size: > 0 })
                return null;
            file = await FileSystem.OpenAsync(path, RemoteOpenFlags.Read | RemoteOpenFlags.Write, null, cancellationToken)
                .ConfigureAwait(false);
            proven = await _proof.OfUploadAsync(source, file, left.Size.Value, state, cancellationToken).ConfigureAwait(false);
            if (proven is null)
                return null;
            if (proven.Length < left.Size)
                await file.SetAttributesAsync(new RemoteFileAttributes { Size = proven.Length }, cancellationToken)
                    .ConfigureAwait(false);
            var target = new UploadTarget(file, claim)
            {
                Start = proven.Length,
                Hash = Options.VerifyChecksum ? proven : null,
            };
            (file, proven) = (null, target.Hash is null ? proven : null);
            return target;
        }
        catch (SftpException e) when (!e.IsTransient)
        {
            return null;
        }
        finally
        {
            proven?.Dispose();
            if (file is not null)
                await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<UploadTarget> OpenUniqueAsync(RemotePath destination, CancellationToken cancellationToken)
    {
        var path = destination.Parent.Combine(TemporaryName.Unique(destination.Name));
        return new UploadTarget(await CreateAsync(path, cancellationToken).ConfigureAwait(false), null)
        {
            Hash = Hashed(),
            CanBeFound = false,
        };
    }

    private async Task<UploadTarget> OpenInPlaceAsync(RemotePath destination, CancellationToken cancellationToken)
    {
        var file = Options.Overwrite
            ? await OpenAsync(
                destination,
                RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Truncate,
                cancellationToken).ConfigureAwait(false)
            : await CreateAsync(destination, cancellationToken).ConfigureAwait(false);
        return new UploadTarget(file, null) { Hash = Hashed(), IsTemporary = false, CanBeFound = false };
    }

    private ContentHash? Hashed() => Options.VerifyChecksum ? new ContentHash() : null;

    private async Task<IRemoteFile> CreateAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            return await FileSystem.OpenAsync(path, New, Private, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await context.Probe.ExplainCreateAsync(e, path, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IRemoteFile> OpenAsync(RemotePath path, RemoteOpenFlags flags, CancellationToken cancellationToken)
    {
        try
        {
            return await FileSystem.OpenAsync(path, flags, Private, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await context.Probe.ExplainOpenAsync(e, path, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryRemoveAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            await FileSystem.RemoveFileAsync(path, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
        {
            return e.Code == SftpErrorCode.NotFound;
        }
    }
}
