using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Creates the links of a transfer that preserves them.</summary>
internal sealed class LinkTransfer(TransferContext context)
{
    /// <summary>Creates a link at the destination.</summary>
    /// <param name="link">The link.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it is there.</returns>
    public Task CreateAsync(LinkItem link, CancellationToken cancellationToken) =>
        context.Direction == TransferDirection.Upload ? CreateRemoteAsync(link, cancellationToken) : CreateLocalAsync(link);

    private async Task CreateRemoteAsync(LinkItem link, CancellationToken cancellationToken)
    {
        var temporary = link.RemotePath.Parent.Combine(TemporaryName.Unique(link.RemotePath.Name));
        // The separator of Windows is a character like any other on the server.
        var target = OperatingSystem.IsWindows() ? link.Target.Replace('\\', '/') : link.Target;
        try
        {
            await context.FileSystem.CreateSymbolicLinkAsync(temporary, target, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await context.Probe.ExplainCreateAsync(e, temporary, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await new CommitStrategy(context.FileSystem, context.Probe)
                .CommitAsync(temporary, link.RemotePath, context.Options.Overwrite, cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            await RemoveAsync(temporary).ConfigureAwait(false);
            throw;
        }
    }

    private async Task RemoveAsync(RemotePath path)
    {
        try
        {
            await context.FileSystem.RemoveFileAsync(path, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // The error that led here is the one to report.
        }
    }

    private Task CreateLocalAsync(LinkItem link)
    {
        try
        {
            var found = LocalEntry.TryRead(link.LocalPath, followLinks: false);
            if (found is { Type: RemoteFileType.Directory } || (found is not null && !context.Options.Overwrite))
                throw TransferFaults.Exists(link.LocalPath, found.Type == RemoteFileType.Directory);
            if (found is not null)
                File.Delete(link.LocalPath);
            File.CreateSymbolicLink(link.LocalPath, link.Target);
            return Task.CompletedTask;
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "create link", link.LocalPath);
        }
    }
}
