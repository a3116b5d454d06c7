using System.Security.Cryptography;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>The tree on the server.</summary>
/// <param name="channel">The server's files.</param>
/// <param name="root">Its root.</param>
internal sealed class RemoteMirrorSide(ISftpChannel channel, RemotePath root) : IMirrorSide
{
    private readonly IRemoteFileSystem _files = channel.FileSystem;

    public string PathOf(string relative) => root.Combine(relative).Value;

    public async Task<bool> HasRootAsync(CancellationToken cancellationToken)
    {
        try
        {
            var found = await _files.StatAsync(root, cancellationToken).ConfigureAwait(false);
            return found.FileType == RemoteFileType.Directory ? true : throw MirrorErrors.NoDirectory(root.Value);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
        {
            return false;
        }
    }

    public async Task<IReadOnlyList<MirrorEntry>> ListAsync(
        string relative,
        Func<SftpException, ValueTask> refused,
        CancellationToken cancellationToken)
    {
        var directory = root.Combine(relative);
        var entries = new List<MirrorEntry>();
        await foreach (var entry in _files.ReadDirectoryAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            // What may not be joined to a path here has no place in a mirror, whichever way it goes.
            if (!RemotePath.IsSafeName(entry.Name))
            {
                await refused(HostileName.In(directory, entry.Name)).ConfigureAwait(false);
                continue;
            }

            // Some servers send no attributes with a listing.
            var attributes = entry.Attributes.Mode is null
                ? await _files.LStatAsync(directory.Combine(entry.Name), cancellationToken).ConfigureAwait(false)
                : entry.Attributes;
            entries.Add(new MirrorEntry(entry.Name, attributes.FileType, attributes.Size ?? 0, attributes.Modified));
        }

        return entries;
    }

    public async Task<string> HashAsync(string relative, CancellationToken cancellationToken) =>
        (await channel.ComputeHashAsync(PathOf(relative), HashAlgorithmName.SHA256, cancellationToken).ConfigureAwait(false)).Hash;

    public Task CreateDirectoryAsync(string relative, CancellationToken cancellationToken) =>
        channel.CreateDirectoryAsync(PathOf(relative), recursive: true, cancellationToken: cancellationToken);

    public Task DeleteAsync(string relative, bool isDirectory, CancellationToken cancellationToken) => isDirectory
        ? channel.DeleteAsync(PathOf(relative), recursive: false, cancellationToken)
        : _files.RemoveFileAsync(root.Combine(relative), cancellationToken);
}
