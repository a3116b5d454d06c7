using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.Files.Content;
using AcodeSftp.FileTransfer.Scp;
using AcodeSftp.Sessions;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// The file operations and transfers of one SFTP channel of a session, or of what takes its place where the server has none.
/// </summary>
internal sealed partial class SftpChannel(
    SftpSession session,
    ISshConnection connection,
    IRemoteFileSystem fileSystem,
    Func<IRemoteFileSystem, ValueTask> giveBack,
    ScpAccess? scp = null) : ISftpChannel
{
    private readonly FailureProbe _probe = new(fileSystem);
    private readonly RemoteHashing _hashing = new(connection, fileSystem);
    private int _disposed;

    public bool IsConnected => Volatile.Read(ref _disposed) == 0 && fileSystem.IsConnected && connection.IsConnected;

    public IRemoteFileSystem FileSystem => fileSystem;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _hashing.DisposeAsync().ConfigureAwait(false);
        await giveBack(fileSystem).ConfigureAwait(false);
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async Task<SftpFileInfo> StatAsync(string path, CancellationToken cancellationToken = default)
    {
        var remote = new RemotePath(path);
        var attributes = await Open.StatAsync(remote, cancellationToken).ConfigureAwait(false);
        return Describe(remote, attributes, null);
    }

    public async Task<bool> ExistsAsync(string path, CancellationToken cancellationToken = default) =>
        await TryStatAsync(path, cancellationToken).ConfigureAwait(false) is not null;

    public async Task<bool> IsDirectoryAsync(string path, CancellationToken cancellationToken = default) =>
        await TryStatAsync(path, cancellationToken).ConfigureAwait(false) is { FileType: RemoteFileType.Directory };

    public async Task<bool> IsFileAsync(string path, CancellationToken cancellationToken = default) =>
        await TryStatAsync(path, cancellationToken).ConfigureAwait(false) is { FileType: RemoteFileType.RegularFile };

    public async Task<string?> ReadLinkAsync(string path, CancellationToken cancellationToken = default)
    {
        var remote = new RemotePath(path);
        try
        {
            return await Open.ReadLinkAsync(remote, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code is not (SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout))
        {
            // A path that is no link is refused with one code here and another there.
            var found = await Open.LStatAsync(remote, cancellationToken).ConfigureAwait(false);
            if (found.FileType != RemoteFileType.SymbolicLink)
                return null;
            throw;
        }
    }

    public async Task<IReadOnlyList<SftpFileInfo>> ListDirectoryAsync(
        string path,
        bool recursive = false,
        CancellationToken cancellationToken = default)
    {
        var list = new List<SftpFileInfo>();
        await foreach (var entry in EnumerateAsync(path, recursive, cancellationToken).ConfigureAwait(false))
            list.Add(entry);
        return list;
    }

    public async IAsyncEnumerable<SftpFileInfo> EnumerateAsync(
        string path,
        bool recursive = false,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        SftpException? firstError = null;
        var walk = new RemoteWalk(Open) { ReadLinks = true, Recursive = recursive };
        await foreach (var entry in walk.EnumerateAsync(new RemotePath(path), cancellationToken).ConfigureAwait(false))
        {
            if (entry.Error is { } error)
            {
                firstError ??= error;
                continue;
            }

            var target = entry.LinkTarget is null ? null : await entry.LinkTarget.ConfigureAwait(false);
            yield return Describe(entry.Path, entry.Attributes, target);
        }

        // A subdirectory that cannot be read does not hide the others: it is told when they are all there.
        if (firstError is not null)
            throw firstError;
    }

    public async Task CreateDirectoryAsync(
        string path,
        bool recursive = true,
        uint permissions = SftpDefaults.DirectoryPermissions,
        CancellationToken cancellationToken = default)
    {
        var directories = new RemoteDirectories(Open, _probe);
        if (recursive)
            await directories.EnsureAsync(new RemotePath(path), permissions, cancellationToken).ConfigureAwait(false);
        else
            await directories.CreateAsync(new RemotePath(path), permissions, cancellationToken).ConfigureAwait(false);
    }

    public async Task DeleteAsync(string path, bool recursive = false, CancellationToken cancellationToken = default)
    {
        var remote = new RemotePath(path);
        var found = await Open.LStatAsync(remote, cancellationToken).ConfigureAwait(false);
        if (found.FileType != RemoteFileType.Directory)
        {
            try
            {
                await Open.RemoveFileAsync(remote, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e)
            {
                throw await _probe.ExplainRemoveFileAsync(e, remote, cancellationToken).ConfigureAwait(false);
            }
        }
        else if (recursive)
        {
            using var deletion = new RemoteDeletion(Open, _probe);
            await deletion.DeleteDirectoryAsync(remote, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            try
            {
                await Open.RemoveDirectoryAsync(remote, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e)
            {
                throw await _probe.ExplainRemoveDirectoryAsync(e, remote, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async Task RenameAsync(
        string oldPath,
        string newPath,
        bool overwrite = false,
        CancellationToken cancellationToken = default)
    {
        var source = new RemotePath(oldPath);
        var destination = new RemotePath(newPath);
        try
        {
            await new CommitStrategy(Open, _probe, sourceIsOurs: false).CommitAsync(source, destination, overwrite, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.Unknown)
        {
            // No rename leads from one file system to another. What can be copied there is.
            var found = await Open.LStatAsync(source, cancellationToken).ConfigureAwait(false);
            if (found.FileType is not (RemoteFileType.RegularFile or RemoteFileType.Directory))
                throw;
            if (found.FileType == RemoteFileType.Directory)
                await new RemoteTreeCopy(Open, _probe, overwrite, static refusal => throw refusal)
                    .MoveAsync(source, destination, e, cancellationToken).ConfigureAwait(false);
            else
                await new RemoteCopy(Open, _probe).CopyFileAsync(source, destination, overwrite, cancellationToken)
                    .ConfigureAwait(false);
            await DeleteAsync(oldPath, recursive: true, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task CopyAsync(
        string sourcePath,
        string destinationPath,
        bool overwrite = false,
        CancellationToken cancellationToken = default) =>
        new RemoteCopy(Open, _probe).CopyFileAsync(
            new RemotePath(sourcePath),
            new RemotePath(destinationPath),
            overwrite,
            cancellationToken);

    public Task CopyDirectoryAsync(
        string sourcePath,
        string destinationPath,
        bool overwrite,
        Func<SftpException, ValueTask> refused,
        CancellationToken cancellationToken = default) =>
        new RemoteTreeCopy(Open, _probe, overwrite, refused).CopyAsync(
            new RemotePath(sourcePath),
            new RemotePath(destinationPath),
            cancellationToken);

    public async Task<RemoteFileHash> ComputeHashAsync(
        string path,
        HashAlgorithmName algorithm,
        CancellationToken cancellationToken = default)
    {
        var remote = new RemotePath(path);
        var found = await Open.StatAsync(remote, cancellationToken).ConfigureAwait(false);
        if (found.FileType == RemoteFileType.Directory)
            throw FailureProbe.IsADirectory(null, remote);
        if (await _hashing.HashAsync(remote, algorithm, found.Size ?? 0, cancellationToken).ConfigureAwait(false) is { } hash)
            return new RemoteFileHash(hash, IsFromServer: true);
        using var content = IncrementalHash.CreateHash(algorithm);
        var reader = new RemoteContentReader(Open, remote);
        await reader.ReadToEndAsync(
            (_, block, _) =>
            {
                content.AppendData(block.Span);
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        return new RemoteFileHash(ContentHash.ToText(content.GetHashAndReset()), IsFromServer: false);
    }

    public Task ChmodAsync(string path, uint permissions, CancellationToken cancellationToken = default)
    {
        if (permissions > UnixMode.PermissionMask)
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"0{Convert.ToString(permissions, 8)} is no set of permission bits; 07777 is the most there are.")
            {
                Path = path,
            };
        return Open.SetAttributesAsync(
            new RemotePath(path),
            new RemoteFileAttributes { Mode = permissions },
            cancellationToken);
    }

    public Task ChownAsync(string path, uint userId, uint groupId, CancellationToken cancellationToken = default) =>
        Open.SetAttributesAsync(
            new RemotePath(path),
            new RemoteFileAttributes { UserId = userId, GroupId = groupId },
            cancellationToken);

    private IRemoteFileSystem Open
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return fileSystem;
        }
    }

    private async Task<RemoteFileAttributes?> TryStatAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await Open.StatAsync(new RemotePath(path), cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
        {
            return null;
        }
    }

    private SftpFileInfo Describe(RemotePath path, RemoteFileAttributes attributes, string? linkTarget) =>
        SftpFileInfo.From(path, attributes) with
        {
            Authority = session.Authority,
            SessionId = session.Id,
            LinkTarget = linkTarget,
        };
}
