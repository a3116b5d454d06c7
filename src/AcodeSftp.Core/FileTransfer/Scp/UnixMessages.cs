namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// Turns what Unix programs say into the library's own errors. SCP and the shell have no error codes but these texts
/// (<c>strerror</c>), which commands of ours are asked to write in English.
/// </summary>
internal static class UnixMessages
{
    private static readonly (string Text, SftpErrorCode Code, string? Advice)[] Known =
    [
        ("No such file or directory", SftpErrorCode.NotFound, null),
        // That is what dash says where the directory of a file is missing.
        ("Directory nonexistent", SftpErrorCode.NotFound, null),
        ("Permission denied", SftpErrorCode.PermissionDenied, "Check the owner and permissions of the file and of its directory."),
        ("Operation not permitted", SftpErrorCode.PermissionDenied, null),
        ("Read-only file system", SftpErrorCode.PermissionDenied, null),
        ("File exists", SftpErrorCode.AlreadyExists, null),
        ("Directory not empty", SftpErrorCode.NotEmpty, null),
        ("No space left on device", SftpErrorCode.DiskFull, "Free space on the server and try again."),
        ("Disk quota exceeded", SftpErrorCode.QuotaExceeded, "Free space on the server and try again."),
        ("Not a directory", SftpErrorCode.InvalidArgument, null),
        ("Is a directory", SftpErrorCode.InvalidArgument, null),
        ("not a regular file", SftpErrorCode.InvalidArgument, null),
        ("File name too long", SftpErrorCode.InvalidArgument, null),
        ("Connection timed out", SftpErrorCode.Timeout, null),
        ("command not found", SftpErrorCode.Unavailable, null),
    ];

    /// <summary>The error that a message tells of.</summary>
    /// <param name="message">What the program said.</param>
    /// <param name="path">The path it was about.</param>
    /// <param name="host">The host that it ran on.</param>
    /// <returns>The error; <see cref="SftpErrorCode.Unknown"/> where the message is not known.</returns>
    public static SftpException ToException(string message, string path, string host)
    {
        var text = TerminalText.Clean(message.Trim());
        var (_, code, advice) = Array.Find(Known, known => message.Contains(known.Text, StringComparison.OrdinalIgnoreCase));
        return new SftpException(code, $"{host} refused '{TerminalText.Clean(path)}': {(text.Length > 0 ? text : "no reason given")}.")
        {
            Path = path,
            Host = host,
            Advice = advice,
            IsTransientOverride = code is SftpErrorCode.Unavailable ? false : null,
        };
    }
}
