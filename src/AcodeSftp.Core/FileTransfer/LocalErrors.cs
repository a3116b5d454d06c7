namespace AcodeSftp.FileTransfer;

/// <summary>Turns what the operating system says of local files into the library's own errors.</summary>
internal static class LocalErrors
{
    // errno on Linux, then macOS where it differs; Windows error codes come as HRESULTs of facility 7.
    private const int LinuxWouldBlock = 11;
    private const int FileExists = 17;
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int MacWouldBlock = 35;
    private const int LinuxNotEmpty = 39;
    private const int MacNotEmpty = 66;
    private const int MacQuota = 69;
    private const int LinuxQuota = 122;
    private const int WindowsFacility = unchecked((int)0x80070000);
    private const int WindowsSharingViolation = 32;
    private const int WindowsHandleDiskFull = 39;
    private const int WindowsFileExists = 80;
    private const int WindowsDiskFull = 112;
    private const int WindowsNotEmpty = 145;
    private const int WindowsAlreadyExists = 183;
    private const int WindowsQuota = 1295;

    /// <summary>Whether an exception is one that an operation on a local file throws.</summary>
    public static bool Includes(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException
            or System.Security.SecurityException;

    /// <summary>Whether a file could not be opened because another program, or another transfer, has it for itself.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <returns>Whether that is why.</returns>
    public static bool IsInUse(IOException exception) => OperatingSystem.IsWindows()
        ? exception.HResult == WindowsFacility + WindowsSharingViolation
        : exception.HResult is LinuxWouldBlock or MacWouldBlock;

    /// <summary>Describes the failure of an operation on a local file.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="operation">What was tried, as in "cannot {operation} 'path'".</param>
    /// <param name="path">On what.</param>
    /// <returns>The error to throw.</returns>
    public static SftpException From(Exception exception, string operation, string path)
    {
        var (code, meaning, advice) = Meaning(exception);
        return new SftpException(
            code,
            $"Cannot {operation} '{TerminalText.Clean(path)}' on this machine: {meaning}.",
            exception)
        {
            Path = path,
            Advice = advice,
            IsTransientOverride = false,
        };
    }

    private static (SftpErrorCode Code, string Meaning, string? Advice) Meaning(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException or DriveNotFoundException =>
            (SftpErrorCode.NotFound, "no such file or directory", null),
        UnauthorizedAccessException or System.Security.SecurityException =>
            (SftpErrorCode.PermissionDenied, "permission denied", "Check the owner and permissions of the file and of its directory."),
        PathTooLongException => (SftpErrorCode.InvalidArgument, "the path is too long", null),
        IOException io => Meaning(io),
        _ => (SftpErrorCode.InvalidArgument, Sentence(exception), null),
    };

    private static (SftpErrorCode Code, string Meaning, string? Advice) Meaning(IOException exception)
    {
        const string FreeSpace = "Free space on this machine and try again.";
        if (IsInUse(exception))
            return (SftpErrorCode.PermissionDenied, "another program is using it", "Close the program that has it open and try again.");
        if (OperatingSystem.IsWindows())
        {
            return (exception.HResult - WindowsFacility) switch
            {
                WindowsDiskFull or WindowsHandleDiskFull => (SftpErrorCode.DiskFull, "no space is left", FreeSpace),
                WindowsQuota => (SftpErrorCode.QuotaExceeded, "the quota is used up", FreeSpace),
                WindowsFileExists or WindowsAlreadyExists => (SftpErrorCode.AlreadyExists, "it exists already", null),
                WindowsNotEmpty => (SftpErrorCode.NotEmpty, "the directory is not empty", null),
                _ => (SftpErrorCode.Unknown, Sentence(exception), null),
            };
        }

        return exception.HResult switch
        {
            NoSpace => (SftpErrorCode.DiskFull, "no space is left", FreeSpace),
            LinuxQuota or MacQuota => (SftpErrorCode.QuotaExceeded, "the quota is used up", FreeSpace),
            FileExists => (SftpErrorCode.AlreadyExists, "it exists already", null),
            LinuxNotEmpty or MacNotEmpty => (SftpErrorCode.NotEmpty, "the directory is not empty", null),
            ReadOnlyFileSystem => (SftpErrorCode.PermissionDenied, "the file system is read-only", null),
            _ => (SftpErrorCode.Unknown, Sentence(exception), null),
        };
    }

    private static string Sentence(Exception exception) => TerminalText.Clean(exception.Message).TrimEnd('.');
}
