using AcodeSftp.Files;

namespace AcodeSftp.OpenSsh;

/// <summary>
/// The session's first SFTP channel, lent out: the process that carries it carries the whole session, so disposing this
/// gives the channel back to the connection and does not end it.
/// </summary>
internal sealed class LentFileSystem(IRemoteFileSystem client, Action giveBack) : IRemoteFileSystem
{
    private int _isGivenBack;

    public SftpServerInfo Server => client.Server;

    public TimeSpan? RoundTrip => client.RoundTrip;

    public bool IsConnected => _isGivenBack == 0 && client.IsConnected;

    private IRemoteFileSystem Client
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isGivenBack != 0, typeof(IRemoteFileSystem));
            return client;
        }
    }

    public Task<IRemoteFile> OpenAsync(
        RemotePath path,
        RemoteOpenFlags flags,
        RemoteFileAttributes? attributes = null,
        CancellationToken cancellationToken = default) =>
        Client.OpenAsync(path, flags, attributes, cancellationToken);

    public Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.StatAsync(path, cancellationToken);

    public Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.LStatAsync(path, cancellationToken);

    public Task SetAttributesAsync(RemotePath path, RemoteFileAttributes attributes, CancellationToken cancellationToken = default) =>
        Client.SetAttributesAsync(path, attributes, cancellationToken);

    public Task SetLinkAttributesAsync(RemotePath path, RemoteFileAttributes attributes, CancellationToken cancellationToken = default) =>
        Client.SetLinkAttributesAsync(path, attributes, cancellationToken);

    public IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.ReadDirectoryAsync(path, cancellationToken);

    public Task RemoveFileAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.RemoveFileAsync(path, cancellationToken);

    public Task CreateDirectoryAsync(RemotePath path, uint? permissions = null, CancellationToken cancellationToken = default) =>
        Client.CreateDirectoryAsync(path, permissions, cancellationToken);

    public Task RemoveDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.RemoveDirectoryAsync(path, cancellationToken);

    public Task RenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        Client.RenameAsync(oldPath, newPath, cancellationToken);

    public Task PosixRenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        Client.PosixRenameAsync(oldPath, newPath, cancellationToken);

    public Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.RealPathAsync(path, cancellationToken);

    public Task<RemotePath> ExpandPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.ExpandPathAsync(path, cancellationToken);

    public Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.ReadLinkAsync(path, cancellationToken);

    public Task CreateSymbolicLinkAsync(RemotePath linkPath, string target, CancellationToken cancellationToken = default) =>
        Client.CreateSymbolicLinkAsync(linkPath, target, cancellationToken);

    public Task CreateHardLinkAsync(RemotePath existing, RemotePath linkPath, CancellationToken cancellationToken = default) =>
        Client.CreateHardLinkAsync(existing, linkPath, cancellationToken);

    public Task<RemoteFileSystemStatistics> GetStatisticsAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Client.GetStatisticsAsync(path, cancellationToken);

    public Task<RemotePath> GetHomeDirectoryAsync(string userName, CancellationToken cancellationToken = default) =>
        Client.GetHomeDirectoryAsync(userName, cancellationToken);

    public Task<RemoteOwnerNames> GetOwnerNamesAsync(
        IReadOnlyList<uint> userIds,
        IReadOnlyList<uint> groupIds,
        CancellationToken cancellationToken = default) =>
        Client.GetOwnerNamesAsync(userIds, groupIds, cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isGivenBack, 1) == 0)
            giveBack();
        return ValueTask.CompletedTask;
    }
}
