using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>What a refused request was about, for its error.</summary>
/// <param name="Operation">What was tried, as in "cannot {operation} '/path'".</param>
/// <param name="Path">On what.</param>
internal readonly record struct RequestSubject(string Operation, RemotePath? Path);

/// <summary>Turns a status of the server into an error.</summary>
internal static class SftpStatusErrors
{
    public static SftpException Create(SftpStatusCode status, string serverMessage, RequestSubject subject, string? host)
    {
        var (code, meaning, advice) = Meaning(status);
        var path = subject.Path?.Value;
        var target = path is null ? "" : $" '{TerminalText.Clean(path)}'";
        var detail = meaning ?? Detail(serverMessage);
        return new SftpException(code, $"Cannot {subject.Operation}{target}: {detail}.")
        {
            Path = path,
            Host = host,
            Advice = advice,
        };
    }

    public static SftpException Unsupported(string extension, RequestSubject subject, string? host) =>
        new(SftpErrorCode.Unsupported, $"Cannot {subject.Operation}: the server does not offer {extension}.")
        {
            Path = subject.Path?.Value,
            Host = host,
        };

    // The server's own words are used only where the code says nothing: they may be in any language.
    private static string Detail(string serverMessage)
    {
        var clean = TerminalText.Clean(serverMessage).Trim().TrimEnd('.');
        return clean.Length is 0 or > 500 || clean.Equals("Failure", StringComparison.OrdinalIgnoreCase)
            ? "the server gave no reason"
            : $"the server says \"{clean}\"";
    }

    private static (SftpErrorCode Code, string? Meaning, string? Advice) Meaning(SftpStatusCode status) => status switch
    {
        SftpStatusCode.NoSuchFile or SftpStatusCode.NoSuchPath =>
            (SftpErrorCode.NotFound, "no such file or directory", "Check the path; the server may compare upper and lower case."),
        SftpStatusCode.NotADirectory =>
            (SftpErrorCode.NotFound, "a component of the path is not a directory", null),
        SftpStatusCode.PermissionDenied =>
            (SftpErrorCode.PermissionDenied, "permission denied", "Check the owner and mode of the path and of its directory on the server."),
        SftpStatusCode.WriteProtect =>
            (SftpErrorCode.PermissionDenied, "the file system is read-only", null),
        SftpStatusCode.FileAlreadyExists =>
            (SftpErrorCode.AlreadyExists, "it exists already", null),
        SftpStatusCode.NoSpaceOnFilesystem =>
            (SftpErrorCode.DiskFull, "no space is left on the server", "Free space on the server and try again."),
        SftpStatusCode.QuotaExceeded =>
            (SftpErrorCode.QuotaExceeded, "the account's quota is used up", "Free space in the account and try again."),
        SftpStatusCode.DirNotEmpty =>
            (SftpErrorCode.NotEmpty, "the directory is not empty", null),
        SftpStatusCode.BadMessage or SftpStatusCode.InvalidFilename =>
            (SftpErrorCode.InvalidArgument, "the server takes the request for invalid", "The name may be too long or have characters that the server does not allow."),
        SftpStatusCode.LinkLoop =>
            (SftpErrorCode.NotFound, "too many symbolic links", null),
        SftpStatusCode.FileIsADirectory =>
            (SftpErrorCode.InvalidArgument, "it is a directory", null),
        SftpStatusCode.OpUnsupported =>
            (SftpErrorCode.Unsupported, "the server does not support this", null),
        SftpStatusCode.NoConnection or SftpStatusCode.ConnectionLost =>
            (SftpErrorCode.ConnectionLost, "the server has lost its connection", null),
        SftpStatusCode.Ok or SftpStatusCode.Eof =>
            (SftpErrorCode.ProtocolViolation, $"the server answered {status} where that is no answer", null),
        _ => (SftpErrorCode.Unknown, null, null),
    };
}
