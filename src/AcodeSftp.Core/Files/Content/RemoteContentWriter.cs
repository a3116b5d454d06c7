using AcodeSftp.FileTransfer;

namespace AcodeSftp.Files.Content;

/// <summary>What becomes of what is in a file that is written.</summary>
public enum RemoteWriteMode
{
    /// <summary>It is replaced when the new content is whole.</summary>
    Replace,

    /// <summary>It stays, and the new content comes behind it.</summary>
    Append,

    /// <summary>There must be none: the file is created.</summary>
    CreateNew,
}

/// <summary>
/// Writes the content of a remote file as it comes. New content is written beside the file and takes its place in one
/// step when it is whole, so that whoever reads the file sees the old content or the new. Where that cannot be, because the
/// directory may not be written to, the file's owner not be kept, or the path leads to a device, the file itself is written.
/// Not thread-safe.
/// </summary>
public sealed class RemoteContentWriter : IAsyncDisposable
{
    private const int BufferSize = 1024 * 1024;

    private readonly IRemoteFileSystem _fileSystem;
    private readonly FailureProbe _probe;
    private readonly IRemoteFile _file;
    private readonly RemotePath _path;
    private readonly bool _isTemporary;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _buffered;
    private long _offset;
    private bool _isComplete;

    private RemoteContentWriter(IRemoteFileSystem fileSystem, IRemoteFile file, RemotePath path, bool isTemporary, long offset)
    {
        _fileSystem = fileSystem;
        _probe = new FailureProbe(fileSystem);
        (_file, _path, _isTemporary, _offset) = (file, path, isTemporary, offset);
    }

    /// <summary>Whether the file is replaced in one step, rather than written in place.</summary>
    public bool IsAtomic => _isTemporary;

    /// <summary>Begins to write a file.</summary>
    /// <param name="fileSystem">The server's files.</param>
    /// <param name="path">The file; where it is a link, what that leads to.</param>
    /// <param name="mode">What becomes of what is there.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>
    /// The writer. Where <see cref="IsAtomic"/> is true nothing is changed until <see cref="CompleteAsync"/>.
    /// </returns>
    /// <exception cref="SftpException">The file cannot be written.</exception>
    public static async Task<RemoteContentWriter> OpenAsync(
        IRemoteFileSystem fileSystem,
        RemotePath path,
        RemoteWriteMode mode,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        if (mode == RemoteWriteMode.Replace)
            return await ReplaceAsync(fileSystem, path, cancellationToken).ConfigureAwait(false);
        var flags = RemoteOpenFlags.Write | RemoteOpenFlags.Create
            | (mode == RemoteWriteMode.Append ? RemoteOpenFlags.Append : RemoteOpenFlags.Exclusive);
        var file = await new FailureProbe(fileSystem).OpenAsync(path, flags, null, cancellationToken).ConfigureAwait(false);
        var attributes = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        return new RemoteContentWriter(fileSystem, file, path, isTemporary: false, attributes.Size ?? 0);
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>A task that ends when they are taken; they are on the server when <see cref="CompleteAsync"/> ends.</returns>
    /// <exception cref="SftpException">The server refused what was written.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes.Length, _buffer.Length - _buffered);
            bytes[..length].CopyTo(_buffer.AsMemory(_buffered));
            _buffered += length;
            bytes = bytes[length..];
            if (_buffered == _buffer.Length)
                await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finishes the content and has it take the place of the old.</summary>
    /// <param name="cancellationToken">Gives up before the last step, never in the middle of one.</param>
    /// <returns>A task that ends when it is there.</returns>
    /// <exception cref="SftpException">The server refused it; where the file is replaced in one step it is as it was.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _file.CloseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await _probe.ExplainWriteAsync(e, _file.Path, cancellationToken).ConfigureAwait(false);
        }

        if (_isTemporary)
            await new CommitStrategy(_fileSystem, _probe).CommitAsync(_file.Path, _path, overwrite: true, cancellationToken)
                .ConfigureAwait(false);
        _isComplete = true;
    }

    /// <summary>Gives up what is not complete.</summary>
    /// <returns>A task that ends when nothing of it is left beside the file.</returns>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync().ConfigureAwait(false);
        if (_isTemporary && !_isComplete)
            await TemporaryFiles.RemoveAsync(_fileSystem, _file.Path).ConfigureAwait(false);
    }

    private static async Task<RemoteContentWriter> ReplaceAsync(
        IRemoteFileSystem fileSystem,
        RemotePath path,
        CancellationToken cancellationToken)
    {
        var existing = await FindAsync(fileSystem, path, cancellationToken).ConfigureAwait(false);
        if (existing is { FileType: RemoteFileType.Directory })
            throw FailureProbe.IsADirectory(null, path);
        var isRegular = existing is { FileType: RemoteFileType.RegularFile };
        var target = isRegular ? await fileSystem.RealPathAsync(path, cancellationToken).ConfigureAwait(false) : path;
        if ((isRegular || existing is null)
            && await TryOpenBesideAsync(fileSystem, target, existing, cancellationToken).ConfigureAwait(false) is { } beside)
            return new RemoteContentWriter(fileSystem, beside, target, isTemporary: true, 0);
        var flags = RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Truncate;
        var file = await new FailureProbe(fileSystem).OpenAsync(target, flags, null, cancellationToken).ConfigureAwait(false);
        return new RemoteContentWriter(fileSystem, file, target, isTemporary: false, 0);
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        var taken = 0;
        try
        {
            await _file.WriteRangeAsync(_offset, _buffered, Take, null, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await _probe.ExplainWriteAsync(e, _file.Path, cancellationToken).ConfigureAwait(false);
        }

        _offset += _buffered;
        _buffered = 0;

        ValueTask<int> Take(long offset, Memory<byte> target, CancellationToken token)
        {
            var length = Math.Min(target.Length, _buffered - taken);
            _buffer.AsMemory(taken, length).CopyTo(target);
            taken += length;
            return ValueTask.FromResult(length);
        }
    }

    // Null where the directory may not be written to, or the new file not be given the owner of the old.
    private static async Task<IRemoteFile?> TryOpenBesideAsync(
        IRemoteFileSystem fileSystem,
        RemotePath target,
        RemoteFileAttributes? existing,
        CancellationToken cancellationToken)
    {
        var temporary = target.Parent.Combine(TemporaryName.Unique(target.Name));
        var flags = RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive;
        IRemoteFile file;
        try
        {
            file = await new FailureProbe(fileSystem).OpenAsync(temporary, flags, null, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.PermissionDenied && existing is not null)
        {
            return null;
        }

        try
        {
            if (existing is not null)
                await AssumeAsync(file, existing, cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch (Exception e)
        {
            await file.DisposeAsync().ConfigureAwait(false);
            await TemporaryFiles.RemoveAsync(fileSystem, temporary).ConfigureAwait(false);
            if (e is SftpException { Code: SftpErrorCode.PermissionDenied or SftpErrorCode.Unsupported or SftpErrorCode.Unknown })
                return null;
            throw;
        }
    }

    // The owner first: changing it takes set-user-id away.
    private static async Task AssumeAsync(IRemoteFile file, RemoteFileAttributes existing, CancellationToken cancellationToken)
    {
        var created = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        if ((existing.UserId, existing.GroupId) != (created.UserId, created.GroupId))
            await file.SetAttributesAsync(
                new RemoteFileAttributes { UserId = existing.UserId, GroupId = existing.GroupId },
                cancellationToken).ConfigureAwait(false);
        if (existing.Permissions != created.Permissions)
            await file.SetAttributesAsync(new RemoteFileAttributes { Mode = existing.Permissions }, cancellationToken)
                .ConfigureAwait(false);
    }

    // A link that leads nowhere yet is there all the same, and is not to be replaced.
    private static async Task<RemoteFileAttributes?> FindAsync(
        IRemoteFileSystem fileSystem,
        RemotePath path,
        CancellationToken cancellationToken)
    {
        return await TryAsync(() => fileSystem.StatAsync(path, cancellationToken)).ConfigureAwait(false)
            ?? await TryAsync(() => fileSystem.LStatAsync(path, cancellationToken)).ConfigureAwait(false);

        static async Task<RemoteFileAttributes?> TryAsync(Func<Task<RemoteFileAttributes>> look)
        {
            try
            {
                return await look().ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
            {
                return null;
            }
        }
    }
}
