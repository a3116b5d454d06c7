namespace AcodeSftp.FileTransfer;

/// <summary>Moves one file, the whole way to its place.</summary>
internal interface IFileMover
{
    /// <summary>Moves a file.</summary>
    /// <param name="item">The file.</param>
    /// <param name="progress">Counts its bytes.</param>
    /// <param name="isRetry">Whether this is the second attempt, after what arrived was not what was sent.</param>
    /// <param name="cancellationToken">Stops; what is at the destination stays as it was.</param>
    /// <returns>What arrived.</returns>
    Task<TransferredFile> MoveAsync(
        FileItem item,
        ProgressMeter.FileProgress progress,
        bool isRetry,
        CancellationToken cancellationToken);
}
