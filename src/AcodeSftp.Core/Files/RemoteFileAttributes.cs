namespace AcodeSftp.Files;

/// <summary>What a remote path is, from the type bits of its permissions (<c>st_mode</c>).</summary>
public enum RemoteFileType
{
    /// <summary>The server did not say.</summary>
    Unknown = 0,

    /// <summary>A regular file.</summary>
    RegularFile,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A socket.</summary>
    Socket,
}

/// <summary>
/// The attributes of a remote file (ATTRS of draft-ietf-secsh-filexfer-02, section 5). Each is null where the server did
/// not send it or where a change should leave it alone. Owner and group travel together, and so do the two times.
/// </summary>
public sealed record RemoteFileAttributes
{
    /// <summary>Attributes with nothing set.</summary>
    public static RemoteFileAttributes None { get; } = new();

    /// <summary>Size in bytes.</summary>
    public long? Size { get; init; }

    /// <summary>Numeric owner. Sent only together with <see cref="GroupId"/>.</summary>
    public uint? UserId { get; init; }

    /// <summary>Numeric group. Sent only together with <see cref="UserId"/>.</summary>
    public uint? GroupId { get; init; }

    /// <summary>The file's <c>st_mode</c>: type bits and permission bits.</summary>
    public uint? Mode { get; init; }

    /// <summary>Last access, in UTC, to the second. Sent only together with <see cref="Modified"/>.</summary>
    public DateTimeOffset? Accessed { get; init; }

    /// <summary>Last change of the content, in UTC, to the second. Sent only together with <see cref="Accessed"/>.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>The permission bits of <see cref="Mode"/> with set-user-id, set-group-id and sticky (<c>07777</c>).</summary>
    public uint? Permissions => Mode & UnixMode.PermissionMask;

    /// <summary>The type that <see cref="Mode"/> names.</summary>
    public RemoteFileType FileType => Mode is { } mode ? UnixMode.TypeOf(mode) : RemoteFileType.Unknown;
}
