namespace AcodeSftp.Files;

/// <summary>What is to change about remote files. What is null stays as it is.</summary>
public sealed record RemoteAttributeChange
{
    /// <summary>The permission bits.</summary>
    public PermissionChange? Permissions { get; init; }

    /// <summary>The numeric owner.</summary>
    public uint? UserId { get; init; }

    /// <summary>The numeric group.</summary>
    public uint? GroupId { get; init; }

    /// <summary>The time of the last change of the content; servers keep whole seconds.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>What to send for a file.</summary>
    /// <param name="current">The file as it is.</param>
    /// <returns>The attributes. Those that travel together with a changed one are sent as they are.</returns>
    /// <exception cref="SftpException">The server does not tell what has to be known (<see cref="SftpErrorCode.Unsupported"/>).</exception>
    public RemoteFileAttributes For(RemoteFileAttributes current)
    {
        ArgumentNullException.ThrowIfNull(current);
        var change = RemoteFileAttributes.None;
        if (Permissions is not null)
            change = change with { Mode = Permissions.Apply(current.Permissions ?? 0, current.FileType == RemoteFileType.Directory) };
        if (UserId is not null || GroupId is not null)
            change = change with
            {
                UserId = UserId ?? current.UserId ?? throw NotTold("owner"),
                GroupId = GroupId ?? current.GroupId ?? throw NotTold("group"),
            };
        if (Modified is not null)
            change = change with { Modified = Modified, Accessed = current.Accessed ?? Modified };
        return change;
    }

    private static SftpException NotTold(string what) => new(
        SftpErrorCode.Unsupported,
        $"Owner and group are set together, and the server does not tell the {what} as it is.")
    {
        Advice = "Give both.",
    };
}

/// <summary>Changes the attributes of remote files, alone or with all that is in a directory.</summary>
/// <param name="fileSystem">The server's files.</param>
public sealed class RemoteAttributeChanger(IRemoteFileSystem fileSystem)
{
    private const int RequestsAtOnce = 32;
    private const uint OwnerReadExecute = 0b101_000_000;

    /// <summary>Changes one file, links followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="change">What to change.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    /// <exception cref="SftpException">It was refused.</exception>
    public async Task ChangeAsync(RemotePath path, RemoteAttributeChange change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var current = await fileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false);
        await fileSystem.SetAttributesAsync(path, change.For(current), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Changes a directory and all that is in it. Links in it are left alone. What is refused is told, and the rest goes on.
    /// </summary>
    /// <param name="root">The directory.</param>
    /// <param name="change">What to change.</param>
    /// <param name="refused">Told what went wrong, from any thread.</param>
    /// <param name="cancellationToken">Stops; what is changed stays changed.</param>
    /// <returns>A task that ends when all is done.</returns>
    public async Task ChangeTreeAsync(
        RemotePath root,
        RemoteAttributeChange change,
        Func<SftpException, ValueTask> refused,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(refused);
        using var slots = new SemaphoreSlim(RequestsAtOnce);
        var attributes = await fileSystem.StatAsync(root, cancellationToken).ConfigureAwait(false);
        await new Run(fileSystem, change, refused, slots, cancellationToken).ChangeDirectoryAsync(root, attributes).ConfigureAwait(false);
    }

    private sealed class Run(
        IRemoteFileSystem fileSystem,
        RemoteAttributeChange change,
        Func<SftpException, ValueTask> refused,
        SemaphoreSlim slots,
        CancellationToken cancellationToken)
    {
        // A directory that is opened up by the change is changed before it is listed, any other when all in it is done: the
        // change may be what closes it.
        public async Task ChangeDirectoryAsync(RemotePath directory, RemoteFileAttributes attributes)
        {
            var opens = change.Permissions?.Apply(attributes.Permissions ?? 0, isDirectory: true) is { } after
                && (after & ~attributes.Permissions & OwnerReadExecute) != 0;
            if (opens)
                await ChangeOneAsync(directory, attributes).ConfigureAwait(false);
            var files = new List<Task>();
            var subdirectories = new List<(RemotePath Path, RemoteFileAttributes Attributes)>();
            try
            {
                await foreach (var entry in fileSystem.ReadDirectoryAsync(directory, cancellationToken).ConfigureAwait(false))
                {
                    if (!RemotePath.IsSafeName(entry.Name))
                        throw HostileName.In(directory, entry.Name);
                    var path = directory.Combine(entry.Name);
                    if (entry.Attributes.FileType == RemoteFileType.Directory)
                        subdirectories.Add((path, entry.Attributes));
                    else if (entry.Attributes.FileType != RemoteFileType.SymbolicLink)
                        files.Add(ChangeOneAsync(path, entry.Attributes));
                    files.RemoveAll(static file => file.IsCompletedSuccessfully);
                }
            }
            catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
            {
                await refused(e).ConfigureAwait(false);
            }
            finally
            {
                await Task.WhenAll(files).ConfigureAwait(false);
            }

            foreach (var (path, found) in subdirectories)
                await ChangeDirectoryAsync(path, found).ConfigureAwait(false);
            if (!opens)
                await ChangeOneAsync(directory, attributes).ConfigureAwait(false);
        }

        private async Task ChangeOneAsync(RemotePath path, RemoteFileAttributes attributes)
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await fileSystem.SetAttributesAsync(path, change.For(attributes), cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
            {
                await refused(e).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }
    }
}
