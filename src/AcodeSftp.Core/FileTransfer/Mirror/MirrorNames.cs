namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>Names where the two sides may compare them differently.</summary>
internal static class MirrorNames
{
    /// <summary>How this machine's file systems usually tell names apart.</summary>
    public static StringComparer Comparer { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>The error of a file whose name another one has here.</summary>
    public static SftpException Collision(string path, string name) => new(
        SftpErrorCode.AlreadyExists,
        $"'{TerminalText.Clean(name)}' differs from another name in its directory in upper and lower case only, which is none on this machine.")
    {
        Path = path,
    };
}
