using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <content>The requests of the draft and of OpenSSH's extensions, one method each.</content>
public sealed partial class SftpClient
{
    /// <summary>Writes the fields of a request behind its id, or behind the extension's name.</summary>
    internal delegate void RequestFields(ref PacketWriter writer);

    /// <inheritdoc/>
    public async Task<IRemoteFile> OpenAsync(
        RemotePath path,
        RemoteOpenFlags flags,
        RemoteFileAttributes? attributes = null,
        CancellationToken cancellationToken = default)
    {
        var handle = OpenHandleAsync(
            SftpPacketType.Open,
            new RequestSubject("open", path),
            (ref PacketWriter writer) =>
            {
                writer.Write(path);
                writer.Write((uint)flags);
                writer.Write(attributes ?? RemoteFileAttributes.None);
            },
            // What is there already is refused for that, and a directory for what it is.
            found => flags.HasFlag(RemoteOpenFlags.Exclusive) || found.FileType == RemoteFileType.Directory,
            cancellationToken);
        return new RemoteFile(this, path, await handle.ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        AttributesAsync(SftpPacketType.Stat, path, cancellationToken);

    /// <inheritdoc/>
    public Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        AttributesAsync(SftpPacketType.LStat, path, cancellationToken);

    /// <inheritdoc/>
    public Task SetAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default) =>
        CallAsync(
            SftpPacketType.SetStat,
            new RequestSubject("set the attributes of", path),
            (ref PacketWriter writer) =>
            {
                writer.Write(path);
                writer.Write(attributes);
            },
            Replies.Ok,
            cancellationToken);

    /// <inheritdoc/>
    public Task SetLinkAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default) =>
        CallExtendedAsync(
            SftpExtensions.LSetStat,
            new RequestSubject("set the attributes of", path),
            (ref PacketWriter writer) =>
            {
                writer.Write(path);
                writer.Write(attributes);
            },
            Replies.Ok,
            cancellationToken);

    /// <inheritdoc/>
    public Task RemoveFileAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        PathRequestAsync(SftpPacketType.Remove, "remove", path, cancellationToken);

    /// <inheritdoc/>
    public Task CreateDirectoryAsync(
        RemotePath path,
        uint? permissions = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(
            SftpPacketType.MkDir,
            new RequestSubject("create directory", path),
            (ref PacketWriter writer) =>
            {
                writer.Write(path);
                writer.Write(new RemoteFileAttributes { Mode = permissions });
            },
            Replies.Ok,
            cancellationToken);

    /// <inheritdoc/>
    public Task RemoveDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        PathRequestAsync(SftpPacketType.RmDir, "remove directory", path, cancellationToken);

    /// <inheritdoc/>
    public Task RenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        CallAsync(
            SftpPacketType.Rename,
            new RequestSubject("rename", oldPath),
            (ref PacketWriter writer) =>
            {
                writer.Write(oldPath);
                writer.Write(newPath);
            },
            Replies.Ok,
            cancellationToken);

    /// <inheritdoc/>
    public Task PosixRenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        CallExtendedAsync(
            SftpExtensions.PosixRename,
            new RequestSubject("rename", oldPath),
            (ref PacketWriter writer) =>
            {
                writer.Write(oldPath);
                writer.Write(newPath);
            },
            Replies.Ok,
            cancellationToken);

    /// <inheritdoc/>
    public async Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        new(await CallAsync(
            SftpPacketType.RealPath,
            new RequestSubject("resolve", path),
            (ref PacketWriter writer) => writer.Write(path),
            OneName,
            cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<RemotePath> ExpandPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        new(await CallExtendedAsync(
            SftpExtensions.ExpandPath,
            new RequestSubject("expand", path),
            (ref PacketWriter writer) => writer.Write(path),
            OneName,
            cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        CallAsync(
            SftpPacketType.ReadLink,
            new RequestSubject("read the link", path),
            (ref PacketWriter writer) => writer.Write(path),
            OneName,
            cancellationToken);

    /// <inheritdoc/>
    public Task CreateSymbolicLinkAsync(
        RemotePath linkPath,
        string target,
        CancellationToken cancellationToken = default) =>
        CallAsync(
            SftpPacketType.SymLink,
            new RequestSubject("create symbolic link", linkPath),
            (ref PacketWriter writer) =>
            {
                // OpenSSH reversed the draft's order and everyone followed (OpenSSH PROTOCOL, section 4.1).
                writer.Write(target);
                writer.Write(linkPath);
            },
            Replies.Ok,
            cancellationToken);

    /// <inheritdoc/>
    public Task CreateHardLinkAsync(
        RemotePath existing,
        RemotePath linkPath,
        CancellationToken cancellationToken = default) =>
        CallExtendedAsync(
            SftpExtensions.HardLink,
            new RequestSubject("create hard link", linkPath),
            (ref PacketWriter writer) =>
            {
                writer.Write(existing);
                writer.Write(linkPath);
            },
            Replies.Ok,
            cancellationToken);

    /// <inheritdoc/>
    public Task<RemoteFileSystemStatistics> GetStatisticsAsync(
        RemotePath path,
        CancellationToken cancellationToken = default) =>
        CallExtendedAsync(
            SftpExtensions.StatVfs,
            new RequestSubject("get the file system statistics of", path),
            (ref PacketWriter writer) => writer.Write(path),
            Statistics,
            cancellationToken);

    /// <inheritdoc/>
    public async Task<RemotePath> GetHomeDirectoryAsync(string userName, CancellationToken cancellationToken = default) =>
        new(await CallExtendedAsync(
            SftpExtensions.HomeDirectory,
            new RequestSubject("find the home directory of", new RemotePath(userName)),
            (ref PacketWriter writer) => writer.Write(userName),
            OneName,
            cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<RemoteOwnerNames> GetOwnerNamesAsync(
        IReadOnlyList<uint> userIds,
        IReadOnlyList<uint> groupIds,
        CancellationToken cancellationToken = default) =>
        CallExtendedAsync(
            SftpExtensions.UsersGroupsById,
            new RequestSubject("look up owners", null),
            (ref PacketWriter writer) =>
            {
                WriteNumbers(ref writer, userIds);
                WriteNumbers(ref writer, groupIds);
            },
            static (SftpPacketType type, ref PacketReader reader) =>
            {
                Replies.Expect(type, SftpPacketType.ExtendedReply);
                return new RemoteOwnerNames(ReadNames(reader.ReadBytes()), ReadNames(reader.ReadBytes()));
            },
            cancellationToken);

    // Sends a request and waits for its answer.
    internal async Task<T> CallAsync<T>(
        SftpPacketType type,
        RequestSubject subject,
        RequestFields fields,
        ReplyParser<T> parse,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new PendingCall<T>(parse, subject, Host);
        var id = Register(call);
        var writer = PacketWriter.Begin(type, id);
        fields(ref writer);
        await SendAsync(id, writer.Finish(), cancellationToken).ConfigureAwait(false);
        return await call.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    internal async Task<T> CallExtendedAsync<T>(
        string extension,
        RequestSubject subject,
        RequestFields fields,
        ReplyParser<T> parse,
        CancellationToken cancellationToken)
    {
        if (!Server.Supports(extension))
            throw SftpStatusErrors.Unsupported(extension, subject, Host);
        return await CallAsync(
            SftpPacketType.Extended,
            subject,
            (ref PacketWriter writer) =>
            {
                writer.Write(extension);
                fields(ref writer);
            },
            parse,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="CallExtendedAsync"/>, for work that may take the server any time without a sign of life.</summary>
    internal async Task<T> CallUnboundedAsync<T>(
        string extension,
        RequestSubject subject,
        RequestFields fields,
        ReplyParser<T> parse,
        CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _unboundedRequests);
        try
        {
            return await CallExtendedAsync(extension, subject, fields, parse, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _unboundedRequests);
        }
    }

    private Task<RemoteFileAttributes> AttributesAsync(
        SftpPacketType type,
        RemotePath path,
        CancellationToken cancellationToken) =>
        CallAsync(
            type,
            new RequestSubject("get the attributes of", path),
            (ref PacketWriter writer) => writer.Write(path),
            Attributes,
            cancellationToken);

    private Task<bool> PathRequestAsync(
        SftpPacketType type,
        string operation,
        RemotePath path,
        CancellationToken cancellationToken) =>
        CallAsync(
            type,
            new RequestSubject(operation, path),
            (ref PacketWriter writer) => writer.Write(path),
            Replies.Ok,
            cancellationToken);

    internal static RemoteFileAttributes Attributes(SftpPacketType type, ref PacketReader reader)
    {
        Replies.Expect(type, SftpPacketType.Attrs);
        return reader.ReadAttributes();
    }

    internal static RemoteFileSystemStatistics Statistics(SftpPacketType type, ref PacketReader reader)
    {
        const ulong ReadOnly = 0x1;
        Replies.Expect(type, SftpPacketType.ExtendedReply);
        var blockSize = reader.ReadSaturatedCount();
        var fragmentSize = reader.ReadSaturatedCount();
        var blocks = reader.ReadSaturatedCount();
        var free = reader.ReadSaturatedCount();
        var available = reader.ReadSaturatedCount();
        var files = reader.ReadSaturatedCount();
        var freeFiles = reader.ReadSaturatedCount();
        var availableFiles = reader.ReadSaturatedCount();
        reader.ReadUInt64(); // f_fsid
        var flags = reader.ReadUInt64();
        return new RemoteFileSystemStatistics
        {
            BlockSize = blockSize,
            FragmentSize = fragmentSize,
            TotalBlocks = blocks,
            FreeBlocks = free,
            AvailableBlocks = available,
            TotalFiles = files,
            FreeFiles = freeFiles,
            AvailableFiles = availableFiles,
            IsReadOnly = (flags & ReadOnly) != 0,
            MaxNameLength = reader.ReadSaturatedCount(),
        };
    }

    // An answer to REALPATH, READLINK and their like: a list of exactly one name (draft, section 6.11).
    private static string OneName(SftpPacketType type, ref PacketReader reader)
    {
        Replies.Expect(type, SftpPacketType.Name);
        var count = reader.ReadUInt32();
        if (count != 1)
            throw PacketReader.Violation($"{count} names where one was asked for");
        return reader.ReadText();
    }

    private static void WriteNumbers(ref PacketWriter writer, IReadOnlyList<uint> numbers)
    {
        writer.Write((uint)(numbers.Count * 4));
        foreach (var number in numbers)
            writer.Write(number);
    }

    private static List<string> ReadNames(ReadOnlySpan<byte> list)
    {
        var names = new List<string>();
        var reader = new PacketReader(list);
        while (reader.Remaining > 0)
            names.Add(reader.ReadText());
        return names;
    }
}
