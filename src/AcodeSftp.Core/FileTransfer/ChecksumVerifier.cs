using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using AcodeSftp.Commands;
using AcodeSftp.Connections;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// SHA-256 of files here and on a server, there by whichever tool the server has: <c>sha256sum</c>,
/// <c>shasum -a 256</c>, <c>sha256 -q</c>, <c>openssl dgst -sha256</c> or PowerShell's <c>Get-FileHash</c>. Which one works
/// is found out once for each connection. Thread-safe.
/// </summary>
public sealed class ChecksumVerifier : IChecksumVerifier
{
    private const int CommandNotFound = 127;
    private const int BufferSize = 256 * 1024;
    private const int MostMisses = 3;

    private readonly ConditionalWeakTable<ISshConnection, ConcurrentDictionary<HashAlgorithmName, FoundTool>> _tools = [];

    /// <summary>The one that transfers use.</summary>
    internal static ChecksumVerifier Shared { get; } = new();

    /// <inheritdoc/>
    public Task<string> ComputeLocalChecksumAsync(string filePath, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        return Task.Run(
            () =>
            {
                try
                {
                    using var file = File.OpenHandle(
                        filePath,
                        FileMode.Open,
                        FileAccess.Read,
                        FileShare.ReadWrite | FileShare.Delete,
                        FileOptions.SequentialScan);
                    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                    var buffer = new byte[BufferSize];
                    long offset = 0;
                    while (RandomAccess.Read(file, buffer, offset) is var read and > 0)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        hash.AppendData(buffer, 0, read);
                        offset += read;
                    }

                    return ContentHash.ToText(hash.GetCurrentHash());
                }
                catch (Exception e) when (LocalErrors.Includes(e))
                {
                    throw LocalErrors.From(e, "read", filePath);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string?> ComputeRemoteChecksumAsync(
        ISshConnection connection,
        string remotePath,
        CancellationToken cancellationToken = default) =>
        ComputeRemoteChecksumAsync(connection, remotePath, null, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> VerifyAsync(
        string localPath,
        ISshConnection connection,
        string remotePath,
        CancellationToken cancellationToken = default)
    {
        var remote = ComputeRemoteChecksumAsync(connection, remotePath, cancellationToken);
        var local = ComputeLocalChecksumAsync(localPath, cancellationToken);
        await Task.WhenAll((Task)local, remote).ConfigureAwait(false);
        return string.Equals(
            await local.ConfigureAwait(false),
            await remote.ConfigureAwait(false),
            StringComparison.Ordinal);
    }

    /// <summary>SHA-256 of the first bytes of a remote file.</summary>
    /// <param name="connection">The connection to the server.</param>
    /// <param name="remotePath">The file.</param>
    /// <param name="length">How many bytes; null for all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where the server cannot compute it.</returns>
    internal Task<string?> ComputeRemoteChecksumAsync(
        ISshConnection connection,
        string remotePath,
        long? length,
        CancellationToken cancellationToken) =>
        ComputeRemoteHashAsync(connection, remotePath, length, HashAlgorithmName.SHA256, cancellationToken);

    /// <summary>As <see cref="ComputeRemoteChecksumAsync(ISshConnection, string, long?, CancellationToken)"/>, by any algorithm.</summary>
    internal async Task<string?> ComputeRemoteHashAsync(
        ISshConnection connection,
        string remotePath,
        long? length,
        HashAlgorithmName algorithm,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(remotePath);
        var found = _tools.GetOrCreateValue(connection).GetOrAdd(algorithm, static algorithm => new FoundTool(algorithm));
        if (found.Tool is { } known)
            return (await RunAsync(connection, known, found.Digits, remotePath, length, cancellationToken).ConfigureAwait(false)).Hash;
        if (found.HasNone)
            return null;

        var allMissing = true;
        foreach (var tool in ChecksumTool.For(algorithm))
        {
            var (hash, isMissing) = await RunAsync(connection, tool, found.Digits, remotePath, length, cancellationToken).ConfigureAwait(false);
            if (hash is not null)
            {
                found.Tool = tool;
                return hash;
            }

            allMissing &= isMissing;
        }

        // A file that cannot be read says nothing of the tools, but an account that only has SFTP is not asked for ever.
        // Nor does a server without head, which the first bytes of a file take.
        if (length is null)
            found.HasNone = allMissing || Interlocked.Increment(ref found.Misses) >= MostMisses;
        return null;
    }

    /// <summary>The tool that was found to work on a connection; null for none so far.</summary>
    internal string? FoundToolName(ISshConnection connection) =>
        _tools.TryGetValue(connection, out var tools) && tools.TryGetValue(HashAlgorithmName.SHA256, out var found) ? found.Tool?.Name : null;

    private static async Task<(string? Hash, bool IsMissing)> RunAsync(
        ISshConnection connection,
        ChecksumTool tool,
        int digits,
        string remotePath,
        long? length,
        CancellationToken cancellationToken)
    {
        if (tool.CommandLine(remotePath, length) is not { } commandLine)
            return (null, true);
        try
        {
            var result = await new SshCommandRunner(connection, 0, new SshCommand(commandLine), new SshCommandOptions())
                .RunAsync(cancellationToken).ConfigureAwait(false);
            return result.Success
                ? (ChecksumTool.FindHash(result.StandardOutput, digits), false)
                : (null, result.ExitCode == CommandNotFound);
        }
        catch (SftpException e) when (e.Code is not SftpErrorCode.ConnectionLost)
        {
            // The account may run no commands, or no more of them at this time.
            return (null, e.Code == SftpErrorCode.Unsupported);
        }
    }

    private sealed class FoundTool
    {
        public FoundTool(HashAlgorithmName algorithm)
        {
            using var hash = IncrementalHash.CreateHash(algorithm);
            Digits = hash.HashLengthInBytes * 2;
        }

        public int Digits { get; }

        public volatile ChecksumTool? Tool;
        public volatile bool HasNone;
        public int Misses;
    }
}
