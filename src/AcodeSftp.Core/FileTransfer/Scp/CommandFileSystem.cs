using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// File operations without SFTP. What a derived class does not know how to do by commands is refused, and says so.
/// </summary>
internal abstract class CommandFileSystem(RemoteShell shell) : IRemoteFileSystem
{
    protected RemoteShell Shell => shell;

    public SftpServerInfo Server { get; } = new()
    {
        ProtocolVersion = 0,
        // A rename that replaces is what mv does.
        Extensions = new Dictionary<string, string>(StringComparer.Ordinal) { [SftpExtensions.PosixRename] = "1" },
    };

    public bool IsConnected => shell.Connection.IsConnected;

    public Task<IRemoteFile> OpenAsync(
        RemotePath path,
        RemoteOpenFlags flags,
        RemoteFileAttributes? attributes = null,
        CancellationToken cancellationToken = default) =>
        throw Unsupported("open a file in parts", path);

    public abstract Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default);

    public abstract Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default);

    public virtual Task SetAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default) =>
        throw Unsupported("change attributes", path);

    public Task SetLinkAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default) =>
        throw Unsupported("change attributes of a link", path);

    public virtual IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(
        RemotePath path,
        CancellationToken cancellationToken = default) =>
        throw Unsupported("list a directory", path);

    public virtual Task RemoveFileAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        throw Unsupported("remove a file", path);

    public abstract Task CreateDirectoryAsync(
        RemotePath path,
        uint? permissions = null,
        CancellationToken cancellationToken = default);

    public virtual Task RemoveDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        throw Unsupported("remove a directory", path);

    public virtual Task RenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        throw Unsupported("rename", oldPath);

    public virtual Task PosixRenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        throw Unsupported("rename", oldPath);

    public abstract Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default);

    public Task<RemotePath> ExpandPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        throw Unsupported("expand a path", path);

    public virtual Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        throw Unsupported("read a link", path);

    public virtual Task CreateSymbolicLinkAsync(
        RemotePath linkPath,
        string target,
        CancellationToken cancellationToken = default) =>
        throw Unsupported("create a link", linkPath);

    public Task CreateHardLinkAsync(RemotePath existing, RemotePath linkPath, CancellationToken cancellationToken = default) =>
        throw Unsupported("create a hard link", linkPath);

    public Task<RemoteFileSystemStatistics> GetStatisticsAsync(
        RemotePath path,
        CancellationToken cancellationToken = default) =>
        throw Unsupported("tell the free space", path);

    public Task<RemotePath> GetHomeDirectoryAsync(string userName, CancellationToken cancellationToken = default) =>
        throw Unsupported("tell a home directory", RemotePath.Current);

    public Task<RemoteOwnerNames> GetOwnerNamesAsync(
        IReadOnlyList<uint> userIds,
        IReadOnlyList<uint> groupIds,
        CancellationToken cancellationToken = default) =>
        throw Unsupported("name owners", RemotePath.Current);

    // It is the session's, and shared by its channels.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected SftpException Unsupported(string what, RemotePath path) =>
        new(
            SftpErrorCode.Unsupported,
            $"Cannot {what}: {shell.Connection.HostName} has no SFTP, and SCP is used in its place.")
        {
            Path = path.Value,
            Host = shell.Connection.HostName,
            Advice = "Files and directories can be transferred. For the rest, have the SFTP subsystem of the server turned on.",
        };
}
