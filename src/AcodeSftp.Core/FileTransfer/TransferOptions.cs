namespace AcodeSftp.FileTransfer;

/// <summary>What a transfer does with the symbolic links in a directory. The path it is given itself is always followed.</summary>
public enum SymbolicLinkHandling
{
    /// <summary>They are left out.</summary>
    Skip = 0,

    /// <summary>
    /// What they lead to is transferred in their place, as long as it is inside the directory that is transferred. A link
    /// that leads out of it or back to a directory above it is reported as an error.
    /// </summary>
    Follow,

    /// <summary>
    /// They are created as links. A download does so only for those that lead nowhere but inside the directory; the
    /// others are reported as errors.
    /// </summary>
    Preserve,
}

/// <summary>What uploads and downloads have in common.</summary>
public abstract record TransferOptions
{
    /// <summary>The default of <see cref="ChunkSizeBytes"/>: 64 KiB.</summary>
    public const int DefaultChunkSizeBytes = 65536;

    /// <summary>So many small files at once that at 50 ms the processors are the limit, and no longer the path.</summary>
    public const int ManySmallFiles = 1000;

    /// <summary>Whether a directory's subdirectories are transferred too. Default: yes.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>Whether an existing destination file is replaced. Default: yes.</summary>
    public bool Overwrite { get; init; } = true;

    /// <summary>Whether missing parent directories of the destination are created. Default: yes.</summary>
    public bool CreateParentDirectories { get; init; } = true;

    /// <summary>Whether the destination gets the source's modification time. Default: yes.</summary>
    public bool PreserveTimestamps { get; init; } = true;

    /// <summary>Whether the destination gets the source's permission bits. Default: yes.</summary>
    public bool PreservePermissions { get; init; } = true;

    /// <summary>
    /// Whether data goes to a temporary file beside the destination that replaces it in one step. Default: yes. Without
    /// it the destination is written in place, for servers that allow no rename.
    /// </summary>
    public bool UseAtomicRename { get; init; } = true;

    /// <summary>Whether the content is compared by SHA-256 where the server can compute it. Default: yes.</summary>
    public bool VerifyChecksum { get; init; } = true;

    /// <summary>
    /// Whether a file fails where <see cref="VerifyChecksum"/> is set and the server cannot compute its checksum, and the
    /// destination stays as it was. Default: no, it is then verified by size and the result says so.
    /// </summary>
    public bool RequireChecksum { get; init; }

    /// <summary>
    /// Whether the sizes are compared. Default: yes. For servers that change what they are given or do not know its size.
    /// </summary>
    public bool VerifySize { get; init; } = true;

    /// <summary>Whether an earlier, broken-off transfer of the same file is continued. Default: yes.</summary>
    public bool EnableResume { get; init; } = true;

    /// <summary>
    /// The unit of buffering and progress, in bytes; 64 KiB by default. Requests may be larger where the server takes
    /// larger ones, except that an upload with a smaller chunk sends no write request larger than it.
    /// </summary>
    public int ChunkSizeBytes { get; init; } = DefaultChunkSizeBytes;

    /// <summary>Time limit for the whole transfer; one hour by default, <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for none.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Which files of a directory to transfer, such as <c>**/*.dll</c>; null for all.</summary>
    public string? GlobPattern { get; init; }

    /// <summary>Further patterns, one of which a file of a directory must match; empty for none.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of files and directories of a directory to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>What is done with symbolic links in a directory. Default: they are left out.</summary>
    public SymbolicLinkHandling SymbolicLinks { get; init; }

    /// <summary>Files larger than this, in bytes, are refused; null for no limit.</summary>
    public long? MaxFileSize { get; init; }

    /// <summary>A transfer of more than this, in bytes, is stopped; null for no limit.</summary>
    public long? MaxTotalSize { get; init; }

    /// <summary>
    /// How long a transfer may go without moving a byte before it fails; two minutes by default,
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for as long as it likes. Time in which the server computes
    /// checksums does not count.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Most bytes a second, for all files together; null for no limit.</summary>
    public long? BandwidthLimit { get; init; }

    /// <summary>Whether the first file that fails ends the transfer. Default: no, the others go on.</summary>
    public bool StopOnFirstError { get; init; }

    /// <summary>Where broken-off transfers are remembered; null for the user's data directory.</summary>
    public ITransferResumeManager? ResumeManager { get; init; }

    /// <summary>How many files are transferred at the same time.</summary>
    public int ParallelTransfers { get; init; } = 1;

    /// <summary>
    /// How many small files (up to 64 KiB) may be under way at the same time, for at a distance each of them is nothing but
    /// round trips; null for no more than <see cref="ParallelTransfers"/>. <see cref="ManySmallFiles"/> is a good number; where
    /// fewer are as fast, fewer are: nearby, and of those that take much memory together. Where a round trip takes 5 ms or
    /// more, files of up to 1 MiB are among them.
    /// </summary>
    public int? SmallFilesAtOnce { get; init; }

    /// <summary>
    /// Whether the bytes of files go over SFTP and nothing else. Default: no, those of large files go through <c>cat</c> on the
    /// server where it is near and has a shell, which is faster; checksums are computed by commands either way.
    /// </summary>
    public bool SftpOnly { get; init; }

    /// <summary>Told what happens as it happens; null for nobody.</summary>
    public ITransferObserver? Observer { get; init; }

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="SftpException">One does not (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    internal void Validate()
    {
        Require(ParallelTransfers is >= 1 and <= MaxParallelTransfers, $"{nameof(ParallelTransfers)} must be from 1 to {MaxParallelTransfers}.");
        Require(SmallFilesAtOnce is null or (>= 1 and <= MaxSmallFilesAtOnce), $"{nameof(SmallFilesAtOnce)} must be from 1 to {MaxSmallFilesAtOnce}.");
        Require(ChunkSizeBytes is >= MinChunkSizeBytes, $"{nameof(ChunkSizeBytes)} must be at least {MinChunkSizeBytes}.");
        Require(IsTimeLimit(Timeout), $"{nameof(Timeout)} must be positive or infinite, and at most 24 days.");
        Require(IsTimeLimit(IdleTimeout), $"{nameof(IdleTimeout)} must be positive or infinite, and at most 24 days.");
        Require(BandwidthLimit is null or > 0, $"{nameof(BandwidthLimit)} must be positive.");
        Require(MaxFileSize is null or >= 0, $"{nameof(MaxFileSize)} must not be negative.");
        Require(MaxTotalSize is null or >= 0, $"{nameof(MaxTotalSize)} must not be negative.");
    }

    internal const int MaxParallelTransfers = 256;
    internal const int MaxSmallFilesAtOnce = 1000;
    internal const long SmallFileSize = 64 * 1024;
    internal const int MinChunkSizeBytes = 512;

    internal static TimeSpan MaxTimeLimit { get; } = TimeSpan.FromDays(24);

    private static bool IsTimeLimit(TimeSpan limit) =>
        limit == System.Threading.Timeout.InfiniteTimeSpan || (limit > TimeSpan.Zero && limit <= MaxTimeLimit);

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new SftpException(SftpErrorCode.InvalidArgument, message);
    }
}

/// <summary>How to upload.</summary>
public sealed record UploadOptions : TransferOptions
{
    /// <summary>Whether the remote file gets the local file's numeric owner and group. Default: no.</summary>
    public bool PreserveOwner { get; init; }

    /// <summary>The defaults.</summary>
    public static UploadOptions Default { get; } = new();
}

/// <summary>How to download.</summary>
public sealed record DownloadOptions : TransferOptions
{
    /// <summary>Creates the defaults, which move four files at the same time.</summary>
    public DownloadOptions() => ParallelTransfers = 4;

    /// <summary>The defaults.</summary>
    public static DownloadOptions Default { get; } = new();
}
