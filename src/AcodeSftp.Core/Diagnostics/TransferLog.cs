using AcodeSftp.FileTransfer;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Diagnostics;

/// <summary>The log lines of transfers. Ids and field names are part of the log's format: do not change them.</summary>
internal static partial class TransferLog
{
    /// <summary>The category of the lines.</summary>
    public const string Category = "AcodeSftp.FileTransfer";

    [LoggerMessage(
        100,
        LogLevel.Information,
        "Transfer {TransferId} started: {Direction} of {Source} to {Destination} over {Protocol}",
        EventName = "TransferStarted")]
    public static partial void Started(
        ILogger logger,
        string transferId,
        TransferDirection direction,
        string source,
        string destination,
        string protocol);

    [LoggerMessage(
        101,
        LogLevel.Information,
        "Transfer {TransferId}: {Source} goes on at byte {Offset} of {Size}",
        EventName = "FileResumed")]
    public static partial void Resumed(ILogger logger, string transferId, string source, long offset, long size);

    [LoggerMessage(
        102,
        LogLevel.Information,
        "Transfer {TransferId}: {Source} arrived as {Destination}, {Size} bytes, resumed from {ResumedFrom}, "
            + "verification {Verification}, SHA-256 {Checksum}",
        EventName = "FileArrived")]
    public static partial void FileArrived(
        ILogger logger,
        string transferId,
        string source,
        string destination,
        long size,
        long resumedFrom,
        TransferVerification verification,
        string? checksum);

    [LoggerMessage(
        103,
        LogLevel.Warning,
        "Transfer {TransferId}: {Source} did not arrive as it was sent and is transferred again: {Reason}",
        EventName = "FileRepeated")]
    public static partial void Repeated(ILogger logger, string transferId, string source, string reason);

    [LoggerMessage(
        104,
        LogLevel.Error,
        "Transfer {TransferId}: {Source} did not arrive ({ErrorType}, {ErrorCode}): {Reason}",
        EventName = "FileFailed")]
    public static partial void FileFailed(
        ILogger logger,
        Exception? exception,
        string transferId,
        string source,
        TransferErrorType errorType,
        string errorCode,
        string reason);

    [LoggerMessage(105, LogLevel.Warning, "Transfer {TransferId}: {Reason}", EventName = "TransferWarning")]
    public static partial void Warned(ILogger logger, string transferId, string reason);

    [LoggerMessage(
        EventId = 106,
        Message = "Transfer {TransferId} ended, {Outcome}: {Direction} of {Source} to {Destination}, {Files} files arrived, "
            + "{FailedFiles} did not, {Bytes} bytes in {DurationSeconds} s, {BytesPerSecond} bytes a second, "
            + "resumed {Resumed}, all checksums verified {ChecksumVerified}",
        EventName = "TransferEnded")]
    public static partial void Ended(
        ILogger logger,
        LogLevel level,
        Exception? exception,
        string transferId,
        string outcome,
        TransferDirection direction,
        string source,
        string destination,
        int files,
        int failedFiles,
        long bytes,
        double durationSeconds,
        double bytesPerSecond,
        bool resumed,
        bool checksumVerified);

    [LoggerMessage(
        107,
        LogLevel.Warning,
        "Transfer {TransferId}: {Source} broke off, {Furthest} bytes had arrived, and is tried again: {Reason}",
        EventName = "FileRetried")]
    public static partial void TriedAgain(ILogger logger, string transferId, string source, long furthest, string reason);

    [LoggerMessage(
        108,
        LogLevel.Debug,
        "Transfer {TransferId}: large files go over SFTP and not through a command of the server: {Reason}",
        EventName = "CommandsRefused")]
    public static partial void CommandsRefused(ILogger logger, string transferId, string reason);
}
