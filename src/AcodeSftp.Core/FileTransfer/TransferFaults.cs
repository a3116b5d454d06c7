using System.Globalization;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>The errors that a transfer finds out by itself.</summary>
internal static class TransferFaults
{
    /// <summary>A source became another file while it was read: what was copied was never in it at any one time.</summary>
    public static SftpException SourceChanged(string path, long before, long now) =>
        new(
            SftpErrorCode.ChecksumMismatch,
            $"'{TerminalText.Clean(path)}' was changed while it was transferred: " + (before == now
                ? "it is as long as before, but its time of modification is another."
                : string.Create(CultureInfo.InvariantCulture, $"it had {before} bytes and has {now}.")))
        {
            Path = path,
            Advice = "Transfer it again when nothing writes to it, or transfer a copy of it.",
        };

    /// <summary>The destination has another size than was sent.</summary>
    public static SftpException WrongSize(string path, long expected, long found) =>
        new(
            SftpErrorCode.ChecksumMismatch,
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{TerminalText.Clean(path)}' arrived with {found} bytes in place of {expected}."))
        {
            Path = path,
        };

    /// <summary>The destination has another content than was sent.</summary>
    public static SftpException WrongChecksum(string path, string expected, string found) =>
        new(
            SftpErrorCode.ChecksumMismatch,
            $"'{TerminalText.Clean(path)}' did not arrive as it was sent: SHA-256 {found} in place of {expected}.")
        {
            Path = path,
            Advice = "The destination is as it was. Check the disk and the memory of both machines if this happens again.",
        };

    /// <summary>A checksum was required and the server has none to give.</summary>
    public static SftpException NoChecksum(string path) =>
        new(
            SftpErrorCode.Unsupported,
            $"'{TerminalText.Clean(path)}' could not be verified by checksum: the server did not compute one.")
        {
            Path = path,
            Advice = "Have the files verified by size, or let the account run sha256sum, shasum, sha256 or openssl.",
        };

    /// <summary>Whether a file may take the place of something of a type.</summary>
    public static bool IsReplaceable(RemoteFileType type) =>
        type is RemoteFileType.RegularFile or RemoteFileType.SymbolicLink or RemoteFileType.Unknown;

    /// <summary>A destination is a device, a pipe or a socket, which others rely on being one.</summary>
    public static SftpException NotReplaceable(string path) =>
        new(SftpErrorCode.AlreadyExists, $"'{TerminalText.Clean(path)}' is no regular file; it is not replaced by one.")
        {
            Path = path,
        };

    /// <summary>A destination exists and must not be replaced.</summary>
    public static SftpException Exists(string path, bool isDirectory) =>
        new(
            SftpErrorCode.AlreadyExists,
            isDirectory
                ? $"'{TerminalText.Clean(path)}' is a directory; a file cannot take its place."
                : $"'{TerminalText.Clean(path)}' exists already and is not to be replaced.")
        {
            Path = path,
        };
}
