using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>A refusal, with the status that the server answers with.</summary>
internal sealed class EmbeddedRefusal(SftpStatusCode status, string message = "") : Exception(message)
{
    public SftpStatusCode Status { get; } = status;

    public static EmbeddedRefusal NotFound => new(SftpStatusCode.NoSuchFile, "No such file");

    public static EmbeddedRefusal Denied => new(SftpStatusCode.PermissionDenied, "Permission denied");

    // OpenSSH's sftp-server has one word for EEXIST, ENOTEMPTY, EISDIR, ENOSPC and the rest; this host is no kinder.
    public static EmbeddedRefusal Failure => new(SftpStatusCode.Failure, "Failure");

    public static EmbeddedRefusal Unsupported => new(SftpStatusCode.OpUnsupported, "Operation unsupported");
}

/// <summary>
/// The file tree of an embedded host: directories, files, links, permissions and times as a Unix account sees them.
/// Refusals carry the status OpenSSH's server would send. Not thread-safe: callers hold <see cref="Lock"/>.
/// </summary>
internal sealed class EmbeddedFileSystem(EmbeddedHostOptions options)
{
    private const int MaxLinksFollowed = 40;
    private const int MaxNameLength = 255;
    private const uint ReadBit = 4;
    private const uint WriteBit = 2;
    private const uint SearchBit = 1;

    private readonly EmbeddedDirectory _root = new(0x1ED, 0, 0, options.Clock.GetUtcNow());

    public object Lock { get; } = new();

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(options.Clock.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>Bytes held by all files that have a name or are open.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The absolute path without <c>.</c>, <c>..</c> and double slashes; links are left alone.</summary>
    public string Normalize(string path)
    {
        var parts = new List<string>();
        foreach (var part in Parts(path.StartsWith('/') ? path : $"{options.HomeDirectory}/{path}"))
        {
            if (part == "..")
            {
                if (parts.Count > 0)
                    parts.RemoveAt(parts.Count - 1);
            }
            else
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    public EmbeddedNode Get(string path, bool followLinks) => Find(path, followLinks) ?? throw EmbeddedRefusal.NotFound;

    public EmbeddedNode? Find(string path, bool followLinks) => Locate(path, followLinks).Node;

    public EmbeddedDirectory GetDirectory(string path)
    {
        // ENOTDIR is "no such file" to OpenSSH's server.
        var directory = Get(path, followLinks: true) as EmbeddedDirectory ?? throw EmbeddedRefusal.NotFound;
        Demand(directory, ReadBit);
        return directory;
    }

    public EmbeddedFile Open(string path, RemoteOpenFlags flags, RemoteFileAttributes attributes)
    {
        var (parent, name, node) = Locate(path, followLinks: true);
        if (node is not null && flags.HasFlag(RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive))
            throw EmbeddedRefusal.Failure;
        if (node is EmbeddedDirectory)
            throw EmbeddedRefusal.Failure;
        if (node is not null and not EmbeddedFile)
            throw EmbeddedRefusal.Failure;

        var file = (EmbeddedFile?)node;
        if (file is null)
        {
            if (!flags.HasFlag(RemoteOpenFlags.Create))
                throw EmbeddedRefusal.NotFound;
            DemandWritable();
            Demand(parent, WriteBit);
            file = new EmbeddedFile((attributes.Permissions ?? 0x1B6) & ~options.Umask, options.UserId, options.GroupId, Now);
            Link(parent, name, file);
            return file;
        }

        if (flags.HasFlag(RemoteOpenFlags.Read))
            Demand(file, ReadBit);
        if (flags.HasFlag(RemoteOpenFlags.Write))
        {
            DemandWritable();
            Demand(file, WriteBit);
        }

        if (flags.HasFlag(RemoteOpenFlags.Truncate))
            Resize(file, 0);
        return file;
    }

    public void CreateDirectory(string path, RemoteFileAttributes attributes)
    {
        var (parent, name) = LocateNew(path);
        Link(parent, name, new EmbeddedDirectory(
            (attributes.Permissions ?? 0x1FF) & ~options.Umask, options.UserId, options.GroupId, Now));
    }

    public void CreateSymbolicLink(string linkPath, string target)
    {
        var (parent, name) = LocateNew(linkPath);
        Link(parent, name, new EmbeddedLink(target, options.UserId, options.GroupId, Now));
    }

    public void CreateHardLink(string existing, string linkPath)
    {
        var node = Get(existing, followLinks: false);
        if (node is EmbeddedDirectory)
            throw EmbeddedRefusal.Denied;
        var (parent, name) = LocateNew(linkPath);
        Link(parent, name, node);
        node.LinkCount++;
    }

    public void RemoveFile(string path)
    {
        var (parent, name, node) = LocateExisting(path);
        if (node is EmbeddedDirectory)
            throw EmbeddedRefusal.Failure;
        Unlink(parent, name, node);
    }

    public void RemoveDirectory(string path)
    {
        var (parent, name, node) = LocateExisting(path);
        if (node is not EmbeddedDirectory directory)
            throw EmbeddedRefusal.NotFound;
        if (directory.Entries.Count > 0 || directory == _root)
            throw EmbeddedRefusal.Failure;
        Unlink(parent, name, node);
    }

    public void Rename(string oldPath, string newPath, bool replace)
    {
        var (oldParent, oldName, node) = LocateExisting(oldPath);
        if (node is EmbeddedDirectory && (Normalize(newPath) + "/").StartsWith(Normalize(oldPath) + "/", StringComparison.Ordinal))
        {
            if (Normalize(newPath) == Normalize(oldPath))
                return;
            throw EmbeddedRefusal.Failure;
        }

        var (newParent, newName, target) = Locate(newPath, followLinks: false);
        Demand(newParent, WriteBit);
        if (target == node)
            return;
        if (target is not null)
        {
            if (!replace
                || node is EmbeddedDirectory != target is EmbeddedDirectory
                || target is EmbeddedDirectory { Entries.Count: > 0 })
            {
                throw EmbeddedRefusal.Failure;
            }

            Unlink(newParent, newName, target);
        }

        oldParent.Entries.Remove(oldName);
        oldParent.Modified = Now;
        Link(newParent, newName, node);
    }

    public void SetAttributes(EmbeddedNode node, RemoteFileAttributes attributes)
    {
        if (options.RefuseSetAttributes)
            throw EmbeddedRefusal.Unsupported;
        DemandWritable();
        if (attributes.Size is { } size)
        {
            Demand(node, WriteBit);
            Resize(node as EmbeddedFile ?? throw EmbeddedRefusal.Failure, size);
        }

        var isOwner = options.UserId == 0 || node.UserId == options.UserId;
        if (attributes.Mode is not null || attributes.Modified is not null || attributes.UserId is not null)
        {
            if (!isOwner)
                throw EmbeddedRefusal.Denied;
        }

        if (attributes.Permissions is { } permissions)
            node.SetPermissions(permissions);
        if (attributes is { Modified: { } modified, Accessed: { } accessed })
            (node.Modified, node.Accessed) = (modified, accessed);
        if (attributes is { UserId: { } user, GroupId: { } group })
        {
            if (options.UserId != 0 && (user != node.UserId || group != options.GroupId))
                throw EmbeddedRefusal.Denied;
            (node.UserId, node.GroupId) = (user, group);
        }
    }

    public void Write(EmbeddedFile file, long offset, ReadOnlySpan<byte> data)
    {
        var growth = Math.Max(0, offset + data.Length - file.Size);
        if (growth > AvailableBytes)
            throw EmbeddedRefusal.Failure;
        file.Write(offset, data);
        UsedBytes += growth;
        file.Modified = Now;
    }

    public void Resize(EmbeddedFile file, long size)
    {
        if (size - file.Size > AvailableBytes)
            throw EmbeddedRefusal.Failure;
        UsedBytes += size - file.Size;
        file.Resize(size);
        file.Modified = Now;
    }

    public long AvailableBytes => Math.Max(0, options.Capacity - UsedBytes);

    /// <summary>Creates a directory and its parents as the host's owner, whoever logs in.</summary>
    public EmbeddedDirectory CreatePath(string path)
    {
        var directory = _root;
        foreach (var part in Parts(Normalize(path)))
        {
            if (!directory.Entries.TryGetValue(part, out var entry))
            {
                entry = new EmbeddedDirectory(0x1ED, options.UserId, options.GroupId, Now);
                Link(directory, part, entry);
            }

            directory = entry as EmbeddedDirectory
                ?? throw new ArgumentException($"'{part}' in '{path}' is not a directory.", nameof(path));
        }

        return directory;
    }

    private void Link(EmbeddedDirectory parent, string name, EmbeddedNode node)
    {
        parent.Entries[name] = node;
        parent.Modified = Now;
    }

    private void Unlink(EmbeddedDirectory parent, string name, EmbeddedNode node)
    {
        parent.Entries.Remove(name);
        parent.Modified = Now;
        if (--node.LinkCount == 0 && node is EmbeddedFile file)
            UsedBytes -= file.Size;
    }

    private (EmbeddedDirectory Parent, string Name) LocateNew(string path)
    {
        var (parent, name, node) = Locate(path, followLinks: false);
        if (node is not null)
            throw EmbeddedRefusal.Failure;
        DemandWritable();
        Demand(parent, WriteBit);
        return (parent, name);
    }

    private (EmbeddedDirectory Parent, string Name, EmbeddedNode Node) LocateExisting(string path)
    {
        var (parent, name, node) = Locate(path, followLinks: false);
        if (node is null)
            throw EmbeddedRefusal.NotFound;
        DemandWritable();
        Demand(parent, WriteBit);
        return (parent, name, node);
    }

    /// <summary>The path without links, as OpenSSH gives it: the last component may be missing.</summary>
    public string RealPath(string path)
    {
        var todo = new Stack<string>(Parts(path.StartsWith('/') ? path : $"{options.HomeDirectory}/{path}").Reverse());
        var real = new List<string>();
        var links = 0;
        while (todo.TryPop(out var part))
        {
            if (part == "..")
            {
                if (real.Count > 0)
                    real.RemoveAt(real.Count - 1);
                continue;
            }

            real.Add(part);
            switch (Find("/" + string.Join('/', real), followLinks: false))
            {
                case EmbeddedLink link:
                    if (++links > MaxLinksFollowed)
                        throw EmbeddedRefusal.NotFound;
                    real.RemoveAt(real.Count - 1);
                    if (link.Target.StartsWith('/'))
                        real.Clear();
                    foreach (var piece in Parts(link.Target).Reverse())
                        todo.Push(piece);
                    break;
                case null when todo.Count > 0:
                    throw EmbeddedRefusal.NotFound;
            }
        }

        return "/" + string.Join('/', real);
    }

    // Walks a path. The parent is that of the last component, links followed where asked for.
    private (EmbeddedDirectory Parent, string Name, EmbeddedNode? Node) Locate(string path, bool followLinks)
    {
        var todo = new Stack<string>(Parts(path.StartsWith('/') ? path : $"{options.HomeDirectory}/{path}").Reverse());
        var trail = new Stack<EmbeddedDirectory>();
        var directory = _root;
        var links = 0;
        (EmbeddedDirectory Parent, string Name, EmbeddedNode? Node) result = (_root, "/", _root);
        while (todo.TryPop(out var part))
        {
            Demand(directory, SearchBit);
            if (part == "..")
            {
                directory = trail.Count > 0 ? trail.Pop() : _root;
                result = (directory, ".", directory);
                continue;
            }

            if (System.Text.Encoding.UTF8.GetByteCount(part) > MaxNameLength)
                throw new EmbeddedRefusal(SftpStatusCode.BadMessage, "Bad message");
            var node = directory.Entries.GetValueOrDefault(part);
            result = (directory, part, node);
            if (node is EmbeddedLink link && (todo.Count > 0 || followLinks))
            {
                if (++links > MaxLinksFollowed)
                    throw EmbeddedRefusal.NotFound;
                if (link.Target.StartsWith('/'))
                {
                    directory = _root;
                    trail.Clear();
                }

                foreach (var piece in Parts(link.Target).Reverse())
                    todo.Push(piece);
                continue;
            }

            if (todo.Count == 0)
                return result;
            trail.Push(directory);
            directory = node as EmbeddedDirectory ?? throw EmbeddedRefusal.NotFound;
        }

        return result;
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");

    private void DemandWritable()
    {
        if (options.IsReadOnly)
            throw EmbeddedRefusal.Failure;
    }

    private void Demand(EmbeddedNode node, uint bit)
    {
        if (options.UserId == 0)
            return;
        var shift = node.UserId == options.UserId ? 6 : node.GroupId == options.GroupId ? 3 : 0;
        if ((node.Mode >> shift & bit) == 0)
            throw EmbeddedRefusal.Denied;
    }
}
