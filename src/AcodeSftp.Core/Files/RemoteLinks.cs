using AcodeSftp.FileTransfer;

namespace AcodeSftp.Files;

/// <summary>Creates links on the server, or has new ones take the place of old ones in one step.</summary>
/// <param name="fileSystem">The server's files.</param>
public sealed class RemoteLinks(IRemoteFileSystem fileSystem)
{
    private readonly FailureProbe _probe = new(fileSystem);

    /// <summary>Creates a symbolic link.</summary>
    /// <param name="path">The link.</param>
    /// <param name="target">The text it is to hold, relative to its directory or absolute; nothing need be there.</param>
    /// <param name="overwrite">Whether it replaces the link or file that is there.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it is there.</returns>
    /// <exception cref="SftpException">Something is there already, or it was refused.</exception>
    public Task CreateSymbolicAsync(RemotePath path, string target, bool overwrite, CancellationToken cancellationToken = default) =>
        CreateAsync(path, link => fileSystem.CreateSymbolicLinkAsync(link, target, cancellationToken), overwrite, cancellationToken);

    /// <summary>Creates a hard link.</summary>
    /// <param name="path">The further name.</param>
    /// <param name="existing">The file that exists.</param>
    /// <param name="overwrite">Whether it replaces the link or file that is there.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it is there.</returns>
    /// <exception cref="SftpException">Something is there already, or it was refused.</exception>
    public Task CreateHardAsync(RemotePath path, RemotePath existing, bool overwrite, CancellationToken cancellationToken = default) =>
        CreateAsync(path, link => fileSystem.CreateHardLinkAsync(existing, link, cancellationToken), overwrite, cancellationToken);

    private async Task CreateAsync(RemotePath path, Func<RemotePath, Task> create, bool overwrite, CancellationToken cancellationToken)
    {
        try
        {
            await create(path).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            var explained = await _probe.ExplainCreateAsync(e, path, cancellationToken).ConfigureAwait(false);
            if (!overwrite || explained.Code != SftpErrorCode.AlreadyExists)
                throw explained;
            await ReplaceAsync(path, create, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReplaceAsync(RemotePath path, Func<RemotePath, Task> create, CancellationToken cancellationToken)
    {
        var temporary = path.Parent.Combine(TemporaryName.Unique(path.Name));
        await create(temporary).ConfigureAwait(false);
        try
        {
            await new CommitStrategy(fileSystem, _probe).CommitAsync(temporary, path, overwrite: true, cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            // It is there still where it could not be put in place, and where both are the same file: then a rename does nothing.
            await TemporaryFiles.RemoveAsync(fileSystem, temporary).ConfigureAwait(false);
        }
    }
}
