namespace AcodeSftp.Files;

/// <summary>How a remote file is opened (pflags of draft-ietf-secsh-filexfer-02, section 6.3).</summary>
[Flags]
public enum RemoteOpenFlags
{
    /// <summary>Nothing; not a valid way to open a file.</summary>
    None = 0,

    /// <summary>Open for reading.</summary>
    Read = 0x01,

    /// <summary>Open for writing.</summary>
    Write = 0x02,

    /// <summary>Each write goes to the end of the file.</summary>
    Append = 0x04,

    /// <summary>Create the file if it does not exist.</summary>
    Create = 0x08,

    /// <summary>Cut an existing file to nothing. Needs <see cref="Create"/>.</summary>
    Truncate = 0x10,

    /// <summary>Fail if the file exists. Needs <see cref="Create"/>.</summary>
    Exclusive = 0x20,
}

/// <summary>One entry of a directory listing (SSH_FXP_NAME).</summary>
/// <param name="Name">The entry's name; data from the server, not yet checked for anything.</param>
/// <param name="LongName">The line the server would show in <c>ls -l</c>; for display only.</param>
/// <param name="Attributes">Its attributes, of the link itself where it is one.</param>
public sealed record RemoteDirectoryEntry(string Name, string LongName, RemoteFileAttributes Attributes);

/// <summary>The names of numeric users and groups; an empty text where the server knows none.</summary>
/// <param name="Users">User names, in the order asked for.</param>
/// <param name="Groups">Group names, in the order asked for.</param>
public sealed record RemoteOwnerNames(IReadOnlyList<string> Users, IReadOnlyList<string> Groups);

/// <summary>
/// The file operations of one SFTP channel, each one request of the protocol. Any number may be under way at once from
/// any thread. An operation that the server did not announce fails with <see cref="SftpErrorCode.Unsupported"/> and sends
/// nothing; every other refusal is an <see cref="SftpException"/> that names the path. Entries <c>.</c> and <c>..</c> are
/// left out of listings.
/// </summary>
public interface IRemoteFileSystem : IAsyncDisposable
{
    /// <summary>What the server said about itself.</summary>
    SftpServerInfo Server { get; }

    /// <summary>False once the channel has ended, for whatever reason.</summary>
    bool IsConnected { get; }

    /// <summary>The shortest time in which the server has answered a request on this channel; null where nobody measures it.</summary>
    TimeSpan? RoundTrip => null;

    /// <summary>Opens a file (SSH_FXP_OPEN).</summary>
    /// <param name="path">The file.</param>
    /// <param name="flags">How to open it.</param>
    /// <param name="attributes">Attributes for a file that is created; null for the server's defaults.</param>
    /// <param name="cancellationToken">Stops waiting; the server may still have opened the file, which is then closed.</param>
    /// <returns>The open file.</returns>
    Task<IRemoteFile> OpenAsync(
        RemotePath path,
        RemoteOpenFlags flags,
        RemoteFileAttributes? attributes = null,
        CancellationToken cancellationToken = default);

    /// <summary>Attributes of what a path leads to, links followed (SSH_FXP_STAT).</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The attributes.</returns>
    Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>Attributes of the path itself, a link not followed (SSH_FXP_LSTAT).</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The attributes.</returns>
    Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>Changes the attributes that are set, links followed (SSH_FXP_SETSTAT).</summary>
    /// <param name="path">The path.</param>
    /// <param name="attributes">What to change.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task SetAttributesAsync(RemotePath path, RemoteFileAttributes attributes, CancellationToken cancellationToken = default);

    /// <summary>Changes the attributes of a link itself (<c>lsetstat@openssh.com</c>).</summary>
    /// <param name="path">The path.</param>
    /// <param name="attributes">What to change.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task SetLinkAttributesAsync(RemotePath path, RemoteFileAttributes attributes, CancellationToken cancellationToken = default);

    /// <summary>Lists a directory as the entries arrive (SSH_FXP_OPENDIR, SSH_FXP_READDIR), in the server's order.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="cancellationToken">Ends the listing; the handle is closed.</param>
    /// <returns>The entries.</returns>
    IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>Removes a file or a link, never a directory (SSH_FXP_REMOVE).</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task RemoveFileAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>Creates a directory; its parent must exist (SSH_FXP_MKDIR).</summary>
    /// <param name="path">The directory.</param>
    /// <param name="permissions">Its permission bits, which the server's umask may reduce; null for the server's default.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task CreateDirectoryAsync(RemotePath path, uint? permissions = null, CancellationToken cancellationToken = default);

    /// <summary>Removes an empty directory (SSH_FXP_RMDIR).</summary>
    /// <param name="path">The directory.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task RemoveDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>Renames; the destination must not exist (SSH_FXP_RENAME).</summary>
    /// <param name="oldPath">What to rename.</param>
    /// <param name="newPath">Its new path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task RenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default);

    /// <summary>Renames and replaces the destination in one step (<c>posix-rename@openssh.com</c>).</summary>
    /// <param name="oldPath">What to rename.</param>
    /// <param name="newPath">Its new path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task PosixRenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default);

    /// <summary>Resolves a path to an absolute one (SSH_FXP_REALPATH). OpenSSH accepts a last component that does not exist.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The absolute path.</returns>
    Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>Resolves a path whose first component may be <c>~</c> or <c>~user</c> (<c>expand-path@openssh.com</c>).</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The absolute path.</returns>
    Task<RemotePath> ExpandPathAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>The text a symbolic link holds (SSH_FXP_READLINK); data from the server, not resolved.</summary>
    /// <param name="path">The link.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The target.</returns>
    Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>Creates a symbolic link (SSH_FXP_SYMLINK, with OpenSSH's order of arguments).</summary>
    /// <param name="linkPath">The link to create.</param>
    /// <param name="target">The text it holds.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task CreateSymbolicLinkAsync(RemotePath linkPath, string target, CancellationToken cancellationToken = default);

    /// <summary>Creates a hard link (<c>hardlink@openssh.com</c>).</summary>
    /// <param name="existing">The file that exists.</param>
    /// <param name="linkPath">Its further name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task CreateHardLinkAsync(RemotePath existing, RemotePath linkPath, CancellationToken cancellationToken = default);

    /// <summary>Statistics of the file system that holds a path (<c>statvfs@openssh.com</c>).</summary>
    /// <param name="path">Any path on it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The statistics.</returns>
    Task<RemoteFileSystemStatistics> GetStatisticsAsync(RemotePath path, CancellationToken cancellationToken = default);

    /// <summary>A user's home directory (<c>home-directory</c>).</summary>
    /// <param name="userName">The user; empty for the one logged in.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The directory.</returns>
    Task<RemotePath> GetHomeDirectoryAsync(string userName, CancellationToken cancellationToken = default);

    /// <summary>Names for numeric users and groups (<c>users-groups-by-id@openssh.com</c>).</summary>
    /// <param name="userIds">Users to name.</param>
    /// <param name="groupIds">Groups to name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The names, in the order asked for.</returns>
    Task<RemoteOwnerNames> GetOwnerNamesAsync(
        IReadOnlyList<uint> userIds,
        IReadOnlyList<uint> groupIds,
        CancellationToken cancellationToken = default);
}
