namespace AcodeSftp.Files;

/// <summary>What <c>limits@openssh.com</c> reports (OpenSSH PROTOCOL, section 4.8). Zero means the server named no limit.</summary>
/// <param name="MaxPacketLength">Largest whole packet, in bytes.</param>
/// <param name="MaxReadLength">Largest read, in bytes.</param>
/// <param name="MaxWriteLength">Largest write, in bytes.</param>
/// <param name="MaxOpenHandles">Most handles open at once.</param>
public sealed record SftpServerLimits(long MaxPacketLength, long MaxReadLength, long MaxWriteLength, long MaxOpenHandles);

/// <summary>What the SFTP server said about itself when the channel opened.</summary>
public sealed record SftpServerInfo
{
    /// <summary>The protocol version in use; 3 for every server this library speaks to.</summary>
    public required int ProtocolVersion { get; init; }

    /// <summary>The extensions announced, by name, with their version text.</summary>
    public required IReadOnlyDictionary<string, string> Extensions { get; init; }

    /// <summary>The server's limits, or null where it does not report them.</summary>
    public SftpServerLimits? Limits { get; init; }

    /// <summary>
    /// How many directories are worth listing at once: each takes two round trips, and a handle meanwhile. Few where the
    /// server does not say how many handles it allows.
    /// </summary>
    internal int ListingsAtOnce => (int)Math.Clamp((Limits?.MaxOpenHandles ?? 0) / 8, 8, 32);

    /// <summary>Whether the server announced an extension.</summary>
    /// <param name="extension">Its name, such as <c>posix-rename@openssh.com</c>.</param>
    /// <returns>Whether it was announced.</returns>
    public bool Supports(string extension) => Extensions.ContainsKey(extension);
}

/// <summary>The extension names of OpenSSH's PROTOCOL, section 4, that this library uses.</summary>
public static class SftpExtensions
{
    /// <summary>Rename that replaces the destination in one step (4.3).</summary>
    public const string PosixRename = "posix-rename@openssh.com";

    /// <summary>File system statistics by path (4.4).</summary>
    public const string StatVfs = "statvfs@openssh.com";

    /// <summary>File system statistics by handle (4.4).</summary>
    public const string FStatVfs = "fstatvfs@openssh.com";

    /// <summary>Hard links (4.5).</summary>
    public const string HardLink = "hardlink@openssh.com";

    /// <summary>Flush to disk (4.6).</summary>
    public const string FSync = "fsync@openssh.com";

    /// <summary>Set attributes without following a link (4.7).</summary>
    public const string LSetStat = "lsetstat@openssh.com";

    /// <summary>The server's limits (4.8).</summary>
    public const string Limits = "limits@openssh.com";

    /// <summary>Expand <c>~</c> (4.9).</summary>
    public const string ExpandPath = "expand-path@openssh.com";

    /// <summary>Copy on the server between two handles (4.10).</summary>
    public const string CopyData = "copy-data";

    /// <summary>A user's home directory (4.11).</summary>
    public const string HomeDirectory = "home-directory";

    /// <summary>Names of numeric users and groups (4.12).</summary>
    public const string UsersGroupsById = "users-groups-by-id@openssh.com";
}

/// <summary>The statistics of a file system (<c>statvfs@openssh.com</c>).</summary>
public sealed record RemoteFileSystemStatistics
{
    /// <summary>Block size, in bytes.</summary>
    public required long BlockSize { get; init; }

    /// <summary>The unit of the block counts, in bytes (<c>f_frsize</c>).</summary>
    public required long FragmentSize { get; init; }

    /// <summary>All blocks.</summary>
    public required long TotalBlocks { get; init; }

    /// <summary>Free blocks.</summary>
    public required long FreeBlocks { get; init; }

    /// <summary>Blocks that this account may still use.</summary>
    public required long AvailableBlocks { get; init; }

    /// <summary>All inodes.</summary>
    public required long TotalFiles { get; init; }

    /// <summary>Free inodes.</summary>
    public required long FreeFiles { get; init; }

    /// <summary>Inodes that this account may still use.</summary>
    public required long AvailableFiles { get; init; }

    /// <summary>Whether the file system is mounted read-only.</summary>
    public required bool IsReadOnly { get; init; }

    /// <summary>Longest name, in bytes.</summary>
    public required long MaxNameLength { get; init; }

    /// <summary>Bytes that this account may still use.</summary>
    public long AvailableBytes => AvailableBlocks * FragmentSize;

    /// <summary>Size of the whole file system, in bytes.</summary>
    public long TotalBytes => TotalBlocks * FragmentSize;
}
