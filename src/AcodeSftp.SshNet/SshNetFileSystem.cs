using System.Runtime.CompilerServices;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace AcodeSftp.SshNet;

/// <summary>
/// The files of a server, through SSH.NET's client. All channels of a connection share that client, which sends any number
/// of requests at once. What a link itself is asked for (to be removed, renamed, looked at) is done to the link; the rest of
/// what SSH.NET cannot do fails with <see cref="SftpErrorCode.Unsupported"/> and does nothing.
/// </summary>
internal sealed class SshNetFileSystem(SshNetConnection connection, SftpServerInfo server) : IRemoteFileSystem
{
    private bool _isDisposed;

    /// <inheritdoc/>
    public SftpServerInfo Server => server;

    /// <inheritdoc/>
    public bool IsConnected => !_isDisposed && connection.IsConnected;

    private string Host => connection.HostName;

    /// <inheritdoc/>
    public async Task<IRemoteFile> OpenAsync(
        RemotePath path,
        RemoteOpenFlags flags,
        RemoteFileAttributes? attributes = null,
        CancellationToken cancellationToken = default)
    {
        var (mode, access) = OpenMode(flags);
        var opening = CallAsync("open", path, sftp => sftp.Open(path.Value, mode, access), CancellationToken.None);
        SftpFileStream stream;
        try
        {
            stream = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }

        var file = new SshNetFile(connection, path, stream, isNew: mode is FileMode.Create or FileMode.CreateNew);
        if (attributes is null || !flags.HasFlag(RemoteOpenFlags.Create))
            return file;
        try
        {
            // SSH.NET opens files with the server's own permissions; nothing is in this one yet.
            await file.SetAttributesAsync(attributes, cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        CallAsync("look at", path, sftp => SshNetAttributes.From(sftp.GetAttributes(path.Value)), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A link that leads nowhere is seen in a listing only; one that came to be a moment ago may be missed.</remarks>
    public Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        CallAsync(
            "look at",
            path,
            sftp => SshNetAttributes.From(
                new EntryLookup(sftp, connection.Folders).Find(path.Value, findDangling: true, mayRemember: true).Attributes),
            cancellationToken);

    /// <inheritdoc/>
    public Task SetAttributesAsync(
        RemotePath path, RemoteFileAttributes attributes, CancellationToken cancellationToken = default) =>
        DoAsync(
            "change",
            path,
            sftp =>
            {
                var file = sftp.Get(path.Value);
                SshNetAttributes.Change(file.Attributes, attributes, Host, path.Value);
                file.UpdateStatus();
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task SetLinkAttributesAsync(
        RemotePath path, RemoteFileAttributes attributes, CancellationToken cancellationToken = default) =>
        throw Unsupported("change a link itself", path);

    /// <inheritdoc/>
    public async IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(
        RemotePath path,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // What SSH.NET calls an entry's name is only what stands behind its last slash; a name that is not one must be seen.
        var folder = await CallAsync("list", path, sftp => sftp.Get(path.Value).FullName, cancellationToken).ConfigureAwait(false);
        var prefix = EntryLookup.Join(folder, "");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Disconnected);
        var entries = connection.Sftp.ListDirectoryAsync(folder, patience.Token).GetAsyncEnumerator(patience.Token);
        await using (entries.ConfigureAwait(false))
        {
            while (await NextAsync().ConfigureAwait(false))
            {
                var name = entries.Current.FullName[prefix.Length..];
                if (name is not ("." or ".."))
                    yield return new RemoteDirectoryEntry(name, "", SshNetAttributes.From(entries.Current.Attributes));
            }
        }

        async Task<bool> NextAsync()
        {
            patience.CancelAfter(connection.Sftp.OperationTimeout);
            try
            {
                return await entries.MoveNextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (!SshNetConnection.IsCancelled(e, cancellationToken))
            {
                var isOverdue = e is OperationCanceledException && connection.IsConnected;
                throw await connection
                    .ExplainAsync(isOverdue ? new TimeoutException(e.Message, e) : e, "list", path.Value)
                    .ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public Task RemoveFileAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        DoAsync(
            "remove",
            path,
            sftp =>
            {
                var entry = new EntryLookup(sftp, connection.Folders).Find(path.Value, findDangling: true);
                if (entry.IsDirectory)
                    throw NotOfKind(path, "it is a directory");
                entry.Delete();
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task CreateDirectoryAsync(RemotePath path, uint? permissions = null, CancellationToken cancellationToken = default) =>
        DoAsync(
            "create directory",
            path,
            sftp =>
            {
                sftp.CreateDirectory(path.Value);
                if (permissions is null)
                    return;
                var folder = sftp.Get(path.Value);
                // As a server's umask does it: what it took away of the usual 0777 stays away.
                var wanted = SshNetAttributes.From(folder.Attributes).Permissions & permissions;
                SshNetAttributes.Change(folder.Attributes, new RemoteFileAttributes { Mode = wanted }, Host, path.Value);
                folder.UpdateStatus();
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task RemoveDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        DoAsync(
            "remove directory",
            path,
            sftp =>
            {
                var entry = new EntryLookup(sftp, connection.Folders).Find(path.Value, findDangling: false);
                if (!entry.IsDirectory)
                    throw NotOfKind(path, "it is not a directory");
                entry.Delete();
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task RenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        DoAsync(
            "rename",
            oldPath,
            sftp =>
            {
                var lookup = new EntryLookup(sftp, connection.Folders);
                lookup.Find(oldPath.Value, findDangling: true).MoveTo(lookup.Absolute(newPath.Value));
                connection.Folders.ForgetLinks();
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task PosixRenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default)
    {
        if (!Server.Supports(SftpExtensions.PosixRename))
            throw Unsupported($"use {SftpExtensions.PosixRename}, which the server does not offer", oldPath);
        return ReplaceAsync();

        async Task ReplaceAsync()
        {
            var isOfLink = await CallAsync(
                "rename",
                oldPath,
                sftp =>
                {
                    var lookup = new EntryLookup(sftp, connection.Folders);
                    if (lookup.Find(oldPath.Value, findDangling: true).Attributes.IsSymbolicLink || lookup.IsLink(newPath.Value))
                        return true;
                    sftp.RenameFile(oldPath.Value, newPath.Value, isPosix: true);
                    return false;
                },
                cancellationToken).ConfigureAwait(false);
            if (isOfLink)
                await connection.Shell.ReplaceAsync(Absolute(oldPath), Absolute(newPath), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        CallAsync(
            "resolve",
            path,
            sftp =>
            {
                try
                {
                    return new RemotePath(sftp.Get(path.Value).FullName);
                }
                catch (SftpPathNotFoundException)
                {
                    var absolute = new RemotePath(new EntryLookup(sftp, connection.Folders).Absolute(path.Value));
                    return new RemotePath(EntryLookup.Join(sftp.Get(absolute.Parent.Value).FullName, absolute.Name));
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<RemotePath> ExpandPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        throw Unsupported($"use {SftpExtensions.ExpandPath}", path);

    /// <inheritdoc/>
    public Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        connection.Shell.ReadLinkAsync(Absolute(path), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>SSH.NET resolves the target, so only a link to one that is resolved already is made by it.</remarks>
    public async Task CreateSymbolicLinkAsync(RemotePath linkPath, string target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var resolved = target.StartsWith('/')
            ? await RealPathAsync(new RemotePath(target), cancellationToken).ConfigureAwait(false)
            : default;
        if (resolved.Value != target)
        {
            await connection.Shell.CreateSymbolicLinkAsync(Absolute(linkPath), target, cancellationToken).ConfigureAwait(false);
            connection.Folders.ForgetLinks();
            return;
        }

        await DoAsync("create link", linkPath, sftp => sftp.SymbolicLink(target, linkPath.Value), cancellationToken).ConfigureAwait(false);
        connection.Folders.ForgetLinks();
    }

    /// <inheritdoc/>
    public Task CreateHardLinkAsync(RemotePath existing, RemotePath linkPath, CancellationToken cancellationToken = default) =>
        connection.Shell.CreateHardLinkAsync(Absolute(existing), Absolute(linkPath), cancellationToken);

    /// <inheritdoc/>
    public Task<RemoteFileSystemStatistics> GetStatisticsAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        CallAsync("read the statistics of", path, sftp => Statistics(sftp.GetStatus(path.Value)), cancellationToken);

    /// <inheritdoc/>
    public Task<RemotePath> GetHomeDirectoryAsync(string userName, CancellationToken cancellationToken = default) =>
        throw SshNetErrors.Unsupported($"use {SftpExtensions.HomeDirectory}", Host);

    /// <inheritdoc/>
    public Task<RemoteOwnerNames> GetOwnerNamesAsync(
        IReadOnlyList<uint> userIds, IReadOnlyList<uint> groupIds, CancellationToken cancellationToken = default) =>
        throw SshNetErrors.Unsupported($"use {SftpExtensions.UsersGroupsById}", Host);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>What SSH.NET read of a file system.</summary>
    /// <param name="read">Its statistics.</param>
    /// <returns>Ours.</returns>
    internal static RemoteFileSystemStatistics Statistics(SftpFileSystemInformation read) => new()
    {
        BlockSize = (long)read.FileSystemBlockSize,
        FragmentSize = (long)read.BlockSize,
        TotalBlocks = (long)read.TotalBlocks,
        FreeBlocks = (long)read.FreeBlocks,
        AvailableBlocks = (long)read.AvailableBlocks,
        TotalFiles = (long)read.TotalNodes,
        FreeFiles = (long)read.FreeNodes,
        AvailableFiles = (long)read.AvailableNodes,
        IsReadOnly = read.IsReadOnly,
        MaxNameLength = (long)read.MaxNameLenght,
    };

    private static (FileMode Mode, FileAccess Access) OpenMode(RemoteOpenFlags flags)
    {
        var access = (flags & (RemoteOpenFlags.Read | RemoteOpenFlags.Write)) switch
        {
            RemoteOpenFlags.Read => FileAccess.Read,
            RemoteOpenFlags.Write => FileAccess.Write,
            RemoteOpenFlags.Read | RemoteOpenFlags.Write => FileAccess.ReadWrite,
            _ => flags.HasFlag(RemoteOpenFlags.Append) ? FileAccess.Write : throw new ArgumentOutOfRangeException(nameof(flags)),
        };
        var mode = flags switch
        {
            _ when flags.HasFlag(RemoteOpenFlags.Append) => FileMode.Append,
            _ when flags.HasFlag(RemoteOpenFlags.Exclusive) => FileMode.CreateNew,
            _ when flags.HasFlag(RemoteOpenFlags.Truncate) => FileMode.Create,
            _ when flags.HasFlag(RemoteOpenFlags.Create) => FileMode.OpenOrCreate,
            _ => FileMode.Open,
        };
        return (mode, access);
    }

    private Task<T> CallAsync<T>(string operation, RemotePath path, Func<SftpClient, T> call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return connection.CallAsync(operation, path.Value, call, cancellationToken);
    }

    private Task<bool> DoAsync(string operation, RemotePath path, Action<SftpClient> call, CancellationToken cancellationToken) =>
        CallAsync(
            operation,
            path,
            sftp =>
            {
                call(sftp);
                return true;
            },
            cancellationToken);

    // A shell may begin elsewhere than SFTP does.
    private RemotePath Absolute(RemotePath path)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new RemotePath(new EntryLookup(connection.Sftp, connection.Folders).Absolute(path.Value));
    }

    private SftpException Unsupported(string what, RemotePath path) => SshNetErrors.Unsupported(what, Host, path.Value);

    private SftpException NotOfKind(RemotePath path, string why) =>
        new(SftpErrorCode.InvalidArgument, $"Cannot remove '{TerminalText.Clean(path.Value)}': {why}.") { Path = path.Value, Host = Host };
}
