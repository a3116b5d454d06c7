namespace AcodeSftp.FileTransfer;

/// <summary>Which way a transfer goes.</summary>
public enum TransferDirection
{
    /// <summary>From here to the server.</summary>
    Upload,

    /// <summary>From the server to here.</summary>
    Download,
}

/// <summary>Something that happened in a transfer.</summary>
/// <param name="TransferId">The same for all events of one transfer; also the correlation id of its log lines.</param>
public abstract record TransferEvent(string TransferId);

/// <summary>A transfer began.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="ConnectionId">The connection it runs over.</param>
/// <param name="Direction">Which way.</param>
/// <param name="SourcePath">What is transferred.</param>
/// <param name="DestinationPath">Where to.</param>
/// <param name="TotalBytes">Bytes known at this time; 0 where a directory is yet to be listed.</param>
/// <param name="TotalFiles">Files known at this time; 0 where a directory is yet to be listed.</param>
/// <param name="StartedAt">When.</param>
public sealed record TransferStartedEvent(
    string TransferId,
    string ConnectionId,
    TransferDirection Direction,
    string SourcePath,
    string DestinationPath,
    long TotalBytes,
    int TotalFiles,
    DateTimeOffset StartedAt) : TransferEvent(TransferId);

/// <summary>A transfer came further.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Progress">How far it is.</param>
public sealed record TransferProgressEvent(string TransferId, TransferProgress Progress) : TransferEvent(TransferId);

/// <summary>A file goes on where an earlier transfer broke off.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Path">The source path.</param>
/// <param name="ResumedFromByte">Where it goes on.</param>
/// <param name="TotalBytes">The file's size.</param>
/// <param name="ResumedAt">When.</param>
public sealed record TransferResumedEvent(
    string TransferId,
    string Path,
    long ResumedFromByte,
    long TotalBytes,
    DateTimeOffset ResumedAt) : TransferEvent(TransferId);

/// <summary>A file arrived whole and is in place.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="File">The file.</param>
/// <param name="Direction">Which way.</param>
public sealed record TransferFileCompletedEvent(string TransferId, TransferredFile File, TransferDirection Direction)
    : TransferEvent(TransferId);

/// <summary>A file or directory did not arrive; the transfer goes on with the others.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Error">What went wrong.</param>
public sealed record TransferFileFailedEvent(string TransferId, TransferError Error) : TransferEvent(TransferId);

/// <summary>A symbolic link in a directory was left out, as <see cref="SymbolicLinkHandling.Skip"/> says.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Path">The source path of the link.</param>
public sealed record TransferLinkSkippedEvent(string TransferId, string Path) : TransferEvent(TransferId);

/// <summary>A transfer ended.</summary>
/// <param name="TransferId">The transfer.</param>
/// <param name="Success">Whether every file arrived.</param>
/// <param name="BytesTransferred">Bytes of the files that arrived.</param>
/// <param name="FilesTransferred">Files that arrived.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="CompletedAt">When.</param>
public sealed record TransferCompletedEvent(
    string TransferId,
    bool Success,
    long BytesTransferred,
    int FilesTransferred,
    TimeSpan Duration,
    DateTimeOffset CompletedAt) : TransferEvent(TransferId);

/// <summary>
/// Told of a transfer's events as they happen, from the transfer's own threads, several at a time: implementations are
/// thread-safe and quick. A file's completion is told before the transfer takes on another in its place, so an observer
/// that waits holds the transfer back rather than being flooded.
/// </summary>
public interface ITransferObserver
{
    /// <summary>Takes an event.</summary>
    /// <param name="transferEvent">What happened.</param>
    /// <param name="cancellationToken">The transfer's token.</param>
    /// <returns>A task that ends when the event has been dealt with.</returns>
    ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken);
}
