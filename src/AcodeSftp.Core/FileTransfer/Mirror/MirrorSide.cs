using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>Something in a directory that is compared.</summary>
/// <param name="Name">Its name, which is one that both sides can have.</param>
/// <param name="Type">What it is, a link not followed.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Modified">Its last change; null where it is not known.</param>
internal readonly record struct MirrorEntry(string Name, RemoteFileType Type, long Size, DateTimeOffset? Modified);

/// <summary>One of the two trees that are compared. Paths are relative to its root, with slashes; the root is empty.</summary>
internal interface IMirrorSide
{
    /// <summary>The full path of something.</summary>
    string PathOf(string relative);

    /// <summary>Whether the root is there. Something that is no directory is an error.</summary>
    Task<bool> HasRootAsync(CancellationToken cancellationToken);

    /// <summary>Lists a directory. Names that are none are told and left out.</summary>
    /// <exception cref="SftpException">It cannot be listed.</exception>
    Task<IReadOnlyList<MirrorEntry>> ListAsync(
        string relative,
        Func<SftpException, ValueTask> refused,
        CancellationToken cancellationToken);

    /// <summary>SHA-256 of a file, in lower-case hexadecimal.</summary>
    Task<string> HashAsync(string relative, CancellationToken cancellationToken);

    /// <summary>Creates a directory, with the parents that are missing.</summary>
    Task CreateDirectoryAsync(string relative, CancellationToken cancellationToken);

    /// <summary>Deletes a file or a link, never what it leads to, or an empty directory.</summary>
    Task DeleteAsync(string relative, bool isDirectory, CancellationToken cancellationToken);
}
