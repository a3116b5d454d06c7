namespace AcodeSftp.Files;

/// <summary>A name in a listing that cannot be one: it would lead out of its directory.</summary>
internal static class HostileName
{
    /// <summary>The error for it.</summary>
    /// <param name="directory">The directory that was listed.</param>
    /// <param name="name">The name.</param>
    /// <returns>The error.</returns>
    public static SftpException In(RemotePath directory, string name) => new(
        SftpErrorCode.ProtocolViolation,
        $"The server lists '{TerminalText.Clean(name)}' in '{TerminalText.Clean(directory.Value)}', which cannot be a file name.")
    {
        Path = directory.Value,
        Advice = "Do not trust this server's listings.",
    };
}
