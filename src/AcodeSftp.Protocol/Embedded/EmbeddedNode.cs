using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>What an embedded host's path leads to: an inode. Guarded by its file system's lock.</summary>
internal abstract class EmbeddedNode(uint mode, uint userId, uint groupId, DateTimeOffset now)
{
    /// <summary>Type and permission bits.</summary>
    public uint Mode { get; private set; } = mode;

    public uint UserId { get; set; } = userId;

    public uint GroupId { get; set; } = groupId;

    public DateTimeOffset Modified { get; set; } = now;

    public DateTimeOffset Accessed { get; set; } = now;

    /// <summary>How many names it has.</summary>
    public int LinkCount { get; set; } = 1;

    public virtual long Size => 0;

    public void SetPermissions(uint permissions) =>
        Mode = (Mode & UnixMode.TypeMask) | (permissions & UnixMode.PermissionMask);

    public RemoteFileAttributes Attributes => new()
    {
        Size = Size,
        UserId = UserId,
        GroupId = GroupId,
        Mode = Mode,
        Accessed = Accessed,
        Modified = Modified,
    };
}

internal sealed class EmbeddedDirectory(uint permissions, uint userId, uint groupId, DateTimeOffset now)
    : EmbeddedNode(UnixMode.Directory | permissions, userId, groupId, now)
{
    public SortedDictionary<string, EmbeddedNode> Entries { get; } = new(StringComparer.Ordinal);

    public override long Size => 4096;
}

internal sealed class EmbeddedLink(string target, uint userId, uint groupId, DateTimeOffset now)
    : EmbeddedNode(UnixMode.SymbolicLink | 0x1FF, userId, groupId, now)
{
    public string Target { get; } = target;

    public override long Size => Target.Length;
}

/// <summary>A file's content, in blocks, so that a large one is neither copied as it grows nor one huge array.</summary>
internal sealed class EmbeddedFile(uint permissions, uint userId, uint groupId, DateTimeOffset now)
    : EmbeddedNode(UnixMode.RegularFile | permissions, userId, groupId, now)
{
    private const int BlockLength = 256 * 1024;
    private readonly List<byte[]?> _blocks = [];
    private long _size;

    public override long Size => _size;

    public int Read(long offset, Span<byte> destination)
    {
        var length = (int)Math.Clamp(_size - offset, 0, destination.Length);
        for (var done = 0; done < length;)
        {
            var (block, within) = Math.DivRem(offset + done, BlockLength);
            var part = destination[done..length];
            part = part[..Math.Min(part.Length, BlockLength - (int)within)];
            if (_blocks[(int)block] is { } bytes)
                bytes.AsSpan((int)within, part.Length).CopyTo(part);
            else
                part.Clear();
            done += part.Length;
        }

        return length;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (offset + source.Length > _size)
            Resize(offset + source.Length);
        while (!source.IsEmpty)
        {
            var (block, within) = Math.DivRem(offset, BlockLength);
            var bytes = _blocks[(int)block] ??= new byte[BlockLength];
            var part = source[..Math.Min(source.Length, BlockLength - (int)within)];
            part.CopyTo(bytes.AsSpan((int)within));
            offset += part.Length;
            source = source[part.Length..];
        }
    }

    public void Resize(long size)
    {
        var blocks = (int)((size + BlockLength - 1) / BlockLength);
        if (blocks < _blocks.Count)
            _blocks.RemoveRange(blocks, _blocks.Count - blocks);
        while (_blocks.Count < blocks)
            _blocks.Add(null);
        // What is cut off must read as zeros if the file grows again.
        var tail = (int)(size % BlockLength);
        if (size < _size && tail > 0)
            _blocks[^1]?.AsSpan(tail).Clear();
        _size = size;
    }
}
