namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>Errors of mirrors.</summary>
internal static class MirrorErrors
{
    /// <summary>The error of something that cannot be mirrored because it is no directory.</summary>
    public static SftpException NoDirectory(string path) => new(
        SftpErrorCode.InvalidArgument,
        $"'{TerminalText.Clean(path)}' is no directory.")
    {
        Path = path,
        Advice = "Only directories are mirrored.",
    };

    /// <summary>The error of a source that is not there.</summary>
    public static SftpException NoSource(string path) => new(
        SftpErrorCode.NotFound,
        $"There is no directory '{TerminalText.Clean(path)}' to make a mirror of.")
    {
        Path = path,
        Advice = "Nothing was changed. Check the path.",
    };
}
