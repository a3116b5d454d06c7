namespace AcodeSftp;

/// <summary>What went wrong, in the terms a caller can act on. Every <see cref="SftpException"/> carries one.</summary>
public enum SftpErrorCode
{
    /// <summary>The server gave no cause and none could be found.</summary>
    Unknown = 0,

    /// <summary>The path, or a directory on the way to it, does not exist (SSH_FX_NO_SUCH_FILE, ENOENT).</summary>
    NotFound,

    /// <summary>The account may not do this (SSH_FX_PERMISSION_DENIED, EACCES).</summary>
    PermissionDenied,

    /// <summary>Something is already at the path (EEXIST).</summary>
    AlreadyExists,

    /// <summary>The directory still has entries (ENOTEMPTY).</summary>
    NotEmpty,

    /// <summary>The file system has no room left (ENOSPC).</summary>
    DiskFull,

    /// <summary>The account's share of the file system is used up (EDQUOT).</summary>
    QuotaExceeded,

    /// <summary>No answer within the time limit.</summary>
    Timeout,

    /// <summary>The connection ended while the operation was under way.</summary>
    ConnectionLost,

    /// <summary>The server rejected every way to log in that was offered.</summary>
    AuthenticationFailed,

    /// <summary>The server's host key is unknown, changed or revoked, and the policy refuses it.</summary>
    HostKeyRejected,

    /// <summary>The data that arrived is not the data that was sent.</summary>
    ChecksumMismatch,

    /// <summary>The server or the transport has no such operation (SSH_FX_OP_UNSUPPORTED).</summary>
    Unsupported,

    /// <summary>The peer sent something that the protocol does not allow.</summary>
    ProtocolViolation,

    /// <summary>The host or a service on it cannot be reached: no such host, refused, no subsystem, no client.</summary>
    Unavailable,

    /// <summary>The request itself is wrong: a bad path, a directory where a file is needed (SSH_FX_BAD_MESSAGE, EINVAL).</summary>
    InvalidArgument,
}
