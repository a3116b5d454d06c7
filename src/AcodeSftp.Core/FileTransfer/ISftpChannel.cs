using System.Security.Cryptography;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Files of one server, and their transfer to and from this machine: the API of the file transfer specification
/// (FR-030C). Thread-safe. Remote paths are slash-separated; a relative one starts where the server starts the session.
/// Every failure is an <see cref="SftpException"/>, except that transfers report the failures of single files in their
/// <see cref="TransferResult"/> and throw only where nothing could be done at all.
/// </summary>
public interface ISftpChannel : IAsyncDisposable, IDisposable
{
    /// <summary>False once the channel has ended.</summary>
    bool IsConnected { get; }

    /// <summary>The file operations beneath, one request each.</summary>
    IRemoteFileSystem FileSystem { get; }

    /// <summary>What is known of a path, links followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The description.</returns>
    Task<SftpFileInfo> StatAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Whether anything is at a path, links followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it exists.</returns>
    Task<bool> ExistsAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Whether a path leads to a directory; false where nothing is there.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it is a directory.</returns>
    Task<bool> IsDirectoryAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Whether a path leads to a regular file; false where nothing is there.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it is a regular file.</returns>
    Task<bool> IsFileAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>The text a symbolic link holds; null where the path is no link.</summary>
    /// <param name="path">The link.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The target, or null.</returns>
    Task<string?> ReadLinkAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Lists a directory. For large ones prefer <see cref="EnumerateAsync"/>, which holds no list.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="recursive">Whether to descend into subdirectories; links are not followed.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The entries, without <c>.</c> and <c>..</c>.</returns>
    Task<IReadOnlyList<SftpFileInfo>> ListDirectoryAsync(
        string path,
        bool recursive = false,
        CancellationToken cancellationToken = default);

    /// <summary>Lists a directory as the entries arrive.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="recursive">Whether to descend into subdirectories; links are not followed.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The entries, without <c>.</c> and <c>..</c>.</returns>
    IAsyncEnumerable<SftpFileInfo> EnumerateAsync(
        string path,
        bool recursive = false,
        CancellationToken cancellationToken = default);

    /// <summary>Creates a directory.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="recursive">Whether to create missing parents, and to accept one that is there already.</param>
    /// <param name="permissions">Its permission bits; the default is 0755.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it exists.</returns>
    Task CreateDirectoryAsync(
        string path,
        bool recursive = true,
        uint permissions = SftpDefaults.DirectoryPermissions,
        CancellationToken cancellationToken = default);

    /// <summary>Deletes a file, a link (never what it points to) or a directory.</summary>
    /// <param name="path">The path.</param>
    /// <param name="recursive">Whether to delete a directory with all that is in it, from the leaves up.</param>
    /// <param name="cancellationToken">Stops; what is deleted stays deleted.</param>
    /// <returns>A task that ends when it is gone.</returns>
    Task DeleteAsync(string path, bool recursive = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves or renames a file or directory. From one file system to another it is copied and then deleted; a directory only
    /// where nothing is in its place.
    /// </summary>
    /// <param name="oldPath">What to move.</param>
    /// <param name="newPath">Where to.</param>
    /// <param name="overwrite">Whether to replace what is there.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it is moved.</returns>
    Task RenameAsync(string oldPath, string newPath, bool overwrite = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies a regular file with its permission bits and times, on the server itself where it can (<c>copy-data</c>).
    /// </summary>
    /// <param name="sourcePath">The file.</param>
    /// <param name="destinationPath">The path of the copy.</param>
    /// <param name="overwrite">Whether to replace what is there.</param>
    /// <param name="cancellationToken">Stops; the destination stays as it was.</param>
    /// <returns>A task that ends when the copy is in place.</returns>
    Task CopyAsync(
        string sourcePath,
        string destinationPath,
        bool overwrite = false,
        CancellationToken cancellationToken = default);

    /// <summary>The hash of a regular file: computed by the server where it can, from the content otherwise.</summary>
    /// <param name="path">The file, links followed.</param>
    /// <param name="algorithm">MD5, SHA-1 or one of the SHA-2 family.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hash.</returns>
    Task<RemoteFileHash> ComputeHashAsync(
        string path,
        HashAlgorithmName algorithm,
        CancellationToken cancellationToken = default);

    /// <summary>Copies a directory with all that is in it, as <see cref="CopyAsync"/> copies each file. Links are copied as links.</summary>
    /// <param name="sourcePath">The directory.</param>
    /// <param name="destinationPath">The path of the copy; a directory that is there is added to.</param>
    /// <param name="overwrite">Whether files that are there are replaced.</param>
    /// <param name="refused">Told what went wrong with a part of it, from any thread; the rest goes on.</param>
    /// <param name="cancellationToken">Stops; what is copied stays.</param>
    /// <returns>A task that ends when all is copied.</returns>
    Task CopyDirectoryAsync(
        string sourcePath,
        string destinationPath,
        bool overwrite,
        Func<SftpException, ValueTask> refused,
        CancellationToken cancellationToken = default);

    /// <summary>Sets permission bits, links followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="permissions">The bits (<c>07777</c> at most).</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task ChmodAsync(string path, uint permissions, CancellationToken cancellationToken = default);

    /// <summary>Sets owner and group, links followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="userId">The owner.</param>
    /// <param name="groupId">The group.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task ChownAsync(string path, uint userId, uint groupId, CancellationToken cancellationToken = default);

    /// <summary>Uploads a file, or a directory with what is in it.</summary>
    /// <param name="localPath">A file or directory here.</param>
    /// <param name="remotePath">The path it gets there; never a directory to put it into.</param>
    /// <param name="options">How; null for <see cref="UploadOptions.Default"/>.</param>
    /// <param name="progress">Told how far it is, at most ten times a second, and once at the end.</param>
    /// <param name="cancellationToken">Stops the transfer; what is at the destination stays as it was.</param>
    /// <returns>What was done.</returns>
    Task<TransferResult> UploadAsync(
        string localPath,
        string remotePath,
        UploadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>Downloads a file, or a directory with what is in it.</summary>
    /// <param name="remotePath">A file or directory there.</param>
    /// <param name="localPath">The path it gets here; never a directory to put it into.</param>
    /// <param name="options">How; null for <see cref="DownloadOptions.Default"/>.</param>
    /// <param name="progress">Told how far it is, at most ten times a second, and once at the end.</param>
    /// <param name="cancellationToken">Stops the transfer; what is at the destination stays as it was.</param>
    /// <returns>What was done.</returns>
    Task<TransferResult> DownloadAsync(
        string remotePath,
        string localPath,
        DownloadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>Uploads several files or directories as one transfer.</summary>
    /// <param name="files">What goes where.</param>
    /// <param name="options">How; null for <see cref="UploadOptions.Default"/>.</param>
    /// <param name="progress">Told how far it is, at most ten times a second, and once at the end.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    /// <returns>What was done.</returns>
    Task<TransferResult> UploadBatchAsync(
        IEnumerable<(string LocalPath, string RemotePath)> files,
        UploadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>Downloads several files or directories as one transfer.</summary>
    /// <param name="files">What goes where.</param>
    /// <param name="options">How; null for <see cref="DownloadOptions.Default"/>.</param>
    /// <param name="progress">Told how far it is, at most ten times a second, and once at the end.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    /// <returns>What was done.</returns>
    Task<TransferResult> DownloadBatchAsync(
        IEnumerable<(string RemotePath, string LocalPath)> files,
        DownloadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default);
}

/// <summary>The hash of a remote file.</summary>
/// <param name="Hash">The hash, in lower-case hexadecimal.</param>
/// <param name="IsFromServer">Whether a tool on the server computed it, so that the content did not have to be read.</param>
public sealed record RemoteFileHash(string Hash, bool IsFromServer);

/// <summary>Defaults that C# has no literal for.</summary>
public static class SftpDefaults
{
    /// <summary>Permissions of a new directory: 0755.</summary>
    public const uint DirectoryPermissions = 0x1ED;

    /// <summary>Permissions of a temporary file until it is committed: 0600.</summary>
    public const uint TemporaryFilePermissions = 0x180;
}
