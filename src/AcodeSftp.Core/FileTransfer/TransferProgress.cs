namespace AcodeSftp.FileTransfer;

/// <summary>How far a transfer is.</summary>
public sealed record TransferProgress
{
    /// <summary>The source path of the file that moved last.</summary>
    public required string FilePath { get; init; }

    /// <summary>Bytes of the whole transfer that are where they should be, those found there on resuming included.</summary>
    public long BytesTransferred { get; init; }

    /// <summary>Bytes of the whole transfer as far as they are known; grows while a directory is still being listed.</summary>
    public long TotalBytes { get; init; }

    /// <summary>How much is done, 0 to 100.</summary>
    public double Percent => TotalBytes > 0 ? Math.Clamp((double)BytesTransferred / TotalBytes * 100, 0, 100) : 0;

    /// <summary>Bytes a second over the last few seconds.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>Time since the transfer began.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Time to the end at this rate; null while there is no rate.</summary>
    public TimeSpan? EstimatedRemaining => BytesPerSecond > 0
        ? TimeSpan.FromSeconds(Math.Min(Math.Max(0, TotalBytes - BytesTransferred) / BytesPerSecond, TimeSpan.MaxValue.TotalSeconds / 2))
        : null;

    /// <summary>How many files are done or under way.</summary>
    public int CurrentFile { get; init; }

    /// <summary>How many files there are as far as they are known.</summary>
    public int TotalFiles { get; init; }
}
