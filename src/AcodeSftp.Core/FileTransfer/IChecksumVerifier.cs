using AcodeSftp.Connections;

namespace AcodeSftp.FileTransfer;

/// <summary>SHA-256 of files here and on a server. Thread-safe.</summary>
public interface IChecksumVerifier
{
    /// <summary>SHA-256 of a local file.</summary>
    /// <param name="filePath">The file.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The hash, in lower-case hexadecimal.</returns>
    Task<string> ComputeLocalChecksumAsync(string filePath, CancellationToken cancellationToken = default);

    /// <summary>SHA-256 of a remote file, computed by a tool on the server.</summary>
    /// <param name="connection">The connection to the server.</param>
    /// <param name="remotePath">The file.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where the server has no such tool or runs no commands.</returns>
    Task<string?> ComputeRemoteChecksumAsync(
        ISshConnection connection,
        string remotePath,
        CancellationToken cancellationToken = default);

    /// <summary>Whether a local and a remote file are the same by SHA-256.</summary>
    /// <param name="localPath">The local file.</param>
    /// <param name="connection">The connection to the server.</param>
    /// <param name="remotePath">The remote file.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>True where both hashes are known and equal.</returns>
    Task<bool> VerifyAsync(
        string localPath,
        ISshConnection connection,
        string remotePath,
        CancellationToken cancellationToken = default);
}
