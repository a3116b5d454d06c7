namespace AcodeSftp.Files;

/// <summary>
/// Room on the file system that holds a remote path. Like <see cref="SftpFileInfo"/> it has no property that a command
/// would take for the path of a file to work on.
/// </summary>
public sealed record SftpDriveInfo
{
    /// <summary>The path that was asked about; SFTP does not tell where the file system is mounted.</summary>
    public required string Location { get; init; }

    /// <summary>Size of the whole file system, in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Bytes in use.</summary>
    public long Used { get; init; }

    /// <summary>Bytes that this account may still use; what is kept for root is not among them.</summary>
    public long Available { get; init; }

    /// <summary>How much of what this account could use is in use, in percent, as <c>df</c> counts it.</summary>
    public double UsedPercent => Used + Available == 0 ? 0 : Math.Round(100.0 * Used / (Used + Available), 1);

    /// <summary>All inodes; 0 where the file system does not count them.</summary>
    public long Inodes { get; init; }

    /// <summary>Inodes that this account may still use.</summary>
    public long InodesAvailable { get; init; }

    /// <summary>Whether it is mounted read-only.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Longest name, in bytes.</summary>
    public long MaxNameLength { get; init; }

    /// <summary>The account and server it is on, <c>user@host:port</c>.</summary>
    public string Authority { get; init; } = "";

    /// <summary>The id of the session it was seen through; 0 for none.</summary>
    public int SessionId { get; init; }

    /// <summary>Describes the file system that holds a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="statistics">What the server said of it.</param>
    /// <returns>The description, without account and session.</returns>
    public static SftpDriveInfo From(RemotePath path, RemoteFileSystemStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return new SftpDriveInfo
        {
            Location = path.Value,
            Size = statistics.TotalBytes,
            Used = (statistics.TotalBlocks - statistics.FreeBlocks) * statistics.FragmentSize,
            Available = statistics.AvailableBytes,
            Inodes = statistics.TotalFiles,
            InodesAvailable = statistics.AvailableFiles,
            IsReadOnly = statistics.IsReadOnly,
            MaxNameLength = statistics.MaxNameLength,
        };
    }

    /// <summary>The path as a URL.</summary>
    /// <returns>The URL.</returns>
    public override string ToString() => $"sftp://{Authority}{Location}";
}
