using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>What a transfer did.</summary>
public sealed record TransferResult
{
    /// <summary>The other side, as <c>user@host:port</c>.</summary>
    public string Authority { get; init; } = "";

    /// <summary>The session it ran over; 0 where none is known.</summary>
    public int SessionId { get; init; }

    /// <summary>Whether every file arrived.</summary>
    public bool Success { get; init; }

    /// <summary>Bytes of the files that arrived.</summary>
    public long BytesTransferred { get; init; }

    /// <summary>Files that arrived.</summary>
    public int FilesTransferred { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The files that arrived.</summary>
    public IReadOnlyList<TransferredFile> Files { get; init; } = [];

    /// <summary>What went wrong, one entry for each path.</summary>
    public IReadOnlyList<TransferError> Errors { get; init; } = [];

    /// <summary>Whether any file was continued rather than begun.</summary>
    public bool WasResumed { get; init; }

    /// <summary>Whether every file that arrived, and at least one did, was compared by checksum with the other side's.</summary>
    public bool ChecksumVerified { get; init; }

    /// <summary>What carried the files.</summary>
    public FileProtocol Protocol { get; init; }

    /// <summary>Why that was not SFTP, for a person; null where it was.</summary>
    public string? ProtocolReason { get; init; }

    /// <summary>What did not keep a file from arriving but is worth knowing, such as times that could not be set.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A file that arrived.</summary>
/// <param name="LocalPath">Its path here.</param>
/// <param name="RemotePath">Its path there.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Checksum">SHA-256 of the bytes moved, in lower-case hexadecimal; null where it was not computed.</param>
public sealed record TransferredFile(string LocalPath, string RemotePath, long Size, string? Checksum)
{
    /// <summary>How it was made sure that what arrived is what was sent.</summary>
    public TransferVerification Verification { get; init; }

    /// <summary>Where it was continued, in bytes from its start; 0 where it was begun.</summary>
    public long ResumedFrom { get; init; }

    /// <summary>The remote file as it is after the transfer, as far as that is known without asking again.</summary>
    public SftpFileInfo? RemoteFile { get; init; }
}

/// <summary>How it was made sure that what arrived is what was sent.</summary>
public enum TransferVerification
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>The sizes were compared.</summary>
    Size,

    /// <summary>The sizes and the SHA-256 of both sides were compared.</summary>
    Checksum,
}

/// <summary>A path that did not arrive, and why.</summary>
/// <param name="Path">The source path.</param>
/// <param name="ErrorMessage">What went wrong, as a sentence.</param>
/// <param name="Type">What went wrong, as a kind.</param>
/// <param name="Exception">The <see cref="SftpException"/> behind it.</param>
public sealed record TransferError(string Path, string ErrorMessage, TransferErrorType Type, Exception? Exception = null)
{
    /// <summary>Describes an exception.</summary>
    /// <param name="path">The source path.</param>
    /// <param name="exception">What was thrown.</param>
    /// <returns>The description.</returns>
    public static TransferError From(string path, SftpException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new TransferError(path, exception.Message, TypeOf(exception.Code), exception);
    }

    /// <summary>The kind that an error code belongs to.</summary>
    /// <param name="code">The code.</param>
    /// <returns>The kind; <see cref="TransferErrorType.Unknown"/> for codes that have no kind of their own.</returns>
    public static TransferErrorType TypeOf(SftpErrorCode code) => code switch
    {
        SftpErrorCode.PermissionDenied => TransferErrorType.PermissionDenied,
        SftpErrorCode.NotFound => TransferErrorType.FileNotFound,
        SftpErrorCode.DiskFull or SftpErrorCode.QuotaExceeded => TransferErrorType.DiskFull,
        SftpErrorCode.Timeout => TransferErrorType.Timeout,
        SftpErrorCode.ConnectionLost => TransferErrorType.ConnectionLost,
        SftpErrorCode.ChecksumMismatch => TransferErrorType.ChecksumMismatch,
        _ => TransferErrorType.Unknown,
    };
}

/// <summary>Why a file did not arrive.</summary>
public enum TransferErrorType
{
    /// <summary>An account may not read the source or write the destination.</summary>
    PermissionDenied,

    /// <summary>The source, or a directory of the destination, does not exist.</summary>
    FileNotFound,

    /// <summary>No room is left at the destination, or no quota.</summary>
    DiskFull,

    /// <summary>A time limit passed.</summary>
    Timeout,

    /// <summary>The connection ended.</summary>
    ConnectionLost,

    /// <summary>What arrived is not what was sent.</summary>
    ChecksumMismatch,

    /// <summary>Anything else: see <see cref="TransferError.ErrorMessage"/> and the exception's code.</summary>
    Unknown,
}
