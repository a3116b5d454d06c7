namespace AcodeSftp.Files;

/// <summary>
/// What is known of a remote file. Its text form is a URL with the account and host in it, and it has no property named
/// Path, LiteralPath or PSPath: handed by mistake to a command for local files, it can never name one of them.
/// </summary>
public sealed record SftpFileInfo
{
    /// <summary>The last component of <see cref="FullPath"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The path on the server.</summary>
    public required string FullPath { get; init; }

    /// <summary>Size in bytes; 0 where the server did not say.</summary>
    public long Size { get; init; }

    /// <summary>Whether it is a directory. False for a link to one: see <see cref="IsSymlink"/>.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsSymlink { get; init; }

    /// <summary>Last change of the content, in UTC, to the second.</summary>
    public DateTimeOffset Modified { get; init; }

    /// <summary>Last access, in UTC, to the second; null where the server did not say.</summary>
    public DateTimeOffset? Accessed { get; init; }

    /// <summary>Permission bits with set-user-id, set-group-id and sticky (<c>07777</c>).</summary>
    public uint Permissions { get; init; }

    /// <summary>Numeric owner.</summary>
    public uint UserId { get; init; }

    /// <summary>Numeric group.</summary>
    public uint GroupId { get; init; }

    /// <summary>The text a symbolic link holds; null where it is none or was not asked for.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>What it is.</summary>
    public RemoteFileType FileType { get; init; }

    /// <summary>Type and permissions as <c>ls -l</c> shows them, such as <c>-rw-r--r--</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>The account and server it is on, <c>user@host:port</c>.</summary>
    public string Authority { get; init; } = "";

    /// <summary>The id of the session it was seen through; 0 for none.</summary>
    public int SessionId { get; init; }

    /// <summary>The directory that holds it.</summary>
    public string ParentPath => new RemotePath(FullPath).Parent.Value;

    /// <summary>Describes a path by its attributes.</summary>
    /// <param name="path">The path.</param>
    /// <param name="attributes">What the server said of it.</param>
    /// <returns>The description, without account, session and link target.</returns>
    public static SftpFileInfo From(RemotePath path, RemoteFileAttributes attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var type = attributes.FileType;
        return new SftpFileInfo
        {
            Name = path.Name,
            FullPath = path.Value,
            Size = attributes.Size ?? 0,
            IsDirectory = type == RemoteFileType.Directory,
            IsSymlink = type == RemoteFileType.SymbolicLink,
            Modified = attributes.Modified ?? DateTimeOffset.UnixEpoch,
            Accessed = attributes.Accessed,
            Permissions = attributes.Permissions ?? 0,
            UserId = attributes.UserId ?? 0,
            GroupId = attributes.GroupId ?? 0,
            FileType = type,
            Mode = attributes.Mode is { } mode ? UnixMode.ToText(mode) : "?---------",
        };
    }

    /// <summary>The file as a URL: <c>sftp://user@host:port/path</c>.</summary>
    /// <returns>The URL.</returns>
    public override string ToString() =>
        $"sftp://{Authority}{(FullPath.StartsWith('/') ? "" : "/")}{FullPath}";
}
