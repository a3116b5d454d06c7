using System.Management.Automation;

namespace AcodeSftp.Shell.Errors;

/// <summary>
/// What each error code is to PowerShell. The ids are part of the module's interface: scripts compare them, so they never
/// change and are never made from a message.
/// </summary>
internal static class SftpErrorMap
{
    /// <summary>The category and the id of a code.</summary>
    /// <param name="code">The code.</param>
    /// <returns>Both; those of <see cref="SftpErrorCode.Unknown"/> for a code without an entry.</returns>
    public static (ErrorCategory Category, string Id) Describe(SftpErrorCode code) => code switch
    {
        SftpErrorCode.NotFound => (ErrorCategory.ObjectNotFound, "SftpNotFound"),
        SftpErrorCode.PermissionDenied => (ErrorCategory.PermissionDenied, "SftpPermissionDenied"),
        SftpErrorCode.AlreadyExists => (ErrorCategory.ResourceExists, "SftpAlreadyExists"),
        SftpErrorCode.NotEmpty => (ErrorCategory.InvalidOperation, "SftpNotEmpty"),
        SftpErrorCode.DiskFull => (ErrorCategory.LimitsExceeded, "SftpDiskFull"),
        SftpErrorCode.QuotaExceeded => (ErrorCategory.QuotaExceeded, "SftpQuotaExceeded"),
        SftpErrorCode.Timeout => (ErrorCategory.OperationTimeout, "SftpTimeout"),
        SftpErrorCode.ConnectionLost => (ErrorCategory.ConnectionError, "SftpConnectionLost"),
        SftpErrorCode.AuthenticationFailed => (ErrorCategory.AuthenticationError, "SftpAuthenticationFailed"),
        SftpErrorCode.HostKeyRejected => (ErrorCategory.SecurityError, "SftpHostKeyRejected"),
        SftpErrorCode.ChecksumMismatch => (ErrorCategory.InvalidData, "SftpChecksumMismatch"),
        SftpErrorCode.Unsupported => (ErrorCategory.NotImplemented, "SftpUnsupported"),
        SftpErrorCode.ProtocolViolation => (ErrorCategory.ProtocolError, "SftpProtocolViolation"),
        SftpErrorCode.Unavailable => (ErrorCategory.ResourceUnavailable, "SftpUnavailable"),
        SftpErrorCode.InvalidArgument => (ErrorCategory.InvalidArgument, "SftpInvalidArgument"),
        _ => (ErrorCategory.NotSpecified, "SftpFailure"),
    };
}
