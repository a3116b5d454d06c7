using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Gives uploaded files the times, the permissions and, where asked for, the owner of their sources.</summary>
internal sealed class UploadAttributes(TransferContext context)
{
    private TransferOptions Options => context.Options;

    private bool PreservesOwner => Options is UploadOptions { PreserveOwner: true };

    /// <summary>What the file at the destination is to be like.</summary>
    /// <param name="facts">What the source was like when it was found.</param>
    /// <param name="source">The source.</param>
    /// <param name="replaced">What is replaced; null for nothing.</param>
    /// <returns>The attributes to set.</returns>
    public RemoteFileAttributes Wanted(SourceFacts facts, LocalSource source, RemoteFileAttributes? replaced) => new()
    {
        Mode = PermissionMapping.ForFile(facts.Permissions, Options.PreservePermissions, PreservesOwner, replaced?.Mode),
        Modified = Options.PreserveTimestamps ? source.Modified : null,
        Accessed = Options.PreserveTimestamps ? facts.Accessed ?? source.Modified : null,
    };

    /// <summary>
    /// Sets them. The content is there; what else belongs to the file must not make the transfer fail. Many servers allow less.
    /// </summary>
    /// <param name="file">The open file.</param>
    /// <param name="facts">What the source was like when it was found.</param>
    /// <param name="wanted">What to set.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What went wrong; null for nothing.</returns>
    public async Task<SftpException?> SetAsync(
        IRemoteFile file,
        SourceFacts facts,
        RemoteFileAttributes wanted,
        CancellationToken cancellationToken)
    {
        SftpException? problem = null;
        // The owner first: giving a file away takes set-user-id and set-group-id from it.
        var owner = PreservesOwner && facts is { UserId: not null, GroupId: not null }
            ? TryAsync(new RemoteFileAttributes { UserId = facts.UserId, GroupId = facts.GroupId })
            : Task.CompletedTask;
        await Task.WhenAll(owner, TryAsync(wanted)).ConfigureAwait(false);
        return problem;

        async Task TryAsync(RemoteFileAttributes attributes)
        {
            try
            {
                await file.SetAttributesAsync(attributes, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
            {
                problem = e;
                if (attributes.UserId is not null)
                    context.Ledger.Warn($"The owner of '{TerminalText.Clean(file.Path.Value)}' could not be set: {e.Message}");
            }
        }
    }

    /// <summary>What the file did not get: some servers take attributes without a word and without doing anything.</summary>
    /// <param name="wanted">What was set.</param>
    /// <param name="found">What the file is like.</param>
    /// <returns>In words; null for nothing.</returns>
    public static string? Unkept(RemoteFileAttributes wanted, RemoteFileAttributes found)
    {
        var mode = found.Permissions is { } permissions && permissions != wanted.Permissions;
        var time = wanted.Modified is { } modified
            && found.Modified is { } foundTime
            && Math.Abs(foundTime.ToUnixTimeSeconds() - modified.ToUnixTimeSeconds()) > 1;
        return (mode, time) switch
        {
            (true, true) => "permissions and times",
            (true, false) => "permissions",
            (false, true) => "times",
            _ => null,
        };
    }
}
