namespace AcodeSftp.FileTransfer;

/// <summary>Remembers across processes how far a broken-off transfer came. Thread-safe.</summary>
public interface ITransferResumeManager
{
    /// <summary>What is remembered of a transfer.</summary>
    /// <param name="sourcePath">Its source, with the account and host where it is remote.</param>
    /// <param name="destinationPath">Its destination, with the account and host where it is remote.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What is remembered, or null.</returns>
    Task<ResumeState?> GetResumeStateAsync(
        string sourcePath,
        string destinationPath,
        CancellationToken cancellationToken = default);

    /// <summary>Remembers a transfer in place of what was remembered of it before.</summary>
    /// <param name="state">How far it came.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it is stored.</returns>
    Task SaveResumeStateAsync(ResumeState state, CancellationToken cancellationToken = default);

    /// <summary>Forgets a transfer.</summary>
    /// <param name="sourcePath">Its source.</param>
    /// <param name="destinationPath">Its destination.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it is forgotten.</returns>
    Task ClearResumeStateAsync(
        string sourcePath,
        string destinationPath,
        CancellationToken cancellationToken = default);
}

/// <summary>How far a broken-off transfer came.</summary>
/// <param name="SourcePath">Its source.</param>
/// <param name="DestinationPath">Its destination.</param>
/// <param name="BytesTransferred">Bytes from the start that are sure to be there, without a gap.</param>
/// <param name="TotalBytes">Size of the source.</param>
/// <param name="PartialChecksum">SHA-256 of those bytes, in lower-case hexadecimal.</param>
/// <param name="LastUpdated">When this was written.</param>
public sealed record ResumeState(
    string SourcePath,
    string DestinationPath,
    long BytesTransferred,
    long TotalBytes,
    string PartialChecksum,
    DateTimeOffset LastUpdated)
{
    /// <summary>Modification time of the source when the transfer began; a changed source is not resumed.</summary>
    public DateTimeOffset? SourceModified { get; init; }
}
