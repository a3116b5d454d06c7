using System.Security.Cryptography;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// SHA-256 of a file while its bytes stream past, with what it was at recent checkpoints: a broken-off transfer is only
/// sure of bytes some way behind the last one that was hashed. Not thread-safe.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    private const long CheckpointDistance = 4 * 1024 * 1024;

    // Bytes that are hashed but not yet acknowledged are bounded by the requests in flight; this is well beyond them.
    private const int CheckpointsKept = 64;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<(long Length, byte[] Hash)> _checkpoints = new();
    private readonly object _lock = new();
    private long _lastCheckpoint;

    /// <summary>How many bytes were hashed.</summary>
    public long Length { get; private set; }

    /// <summary>Hashes the next bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Length += bytes.Length;
        if (Length - _lastCheckpoint < CheckpointDistance)
            return;
        _lastCheckpoint = Length;
        lock (_lock)
        {
            if (_checkpoints.Count == CheckpointsKept)
                _checkpoints.Dequeue();
            _checkpoints.Enqueue((Length, _hash.GetCurrentHash()));
        }
    }

    /// <summary>The last checkpoint that lies within a length, from any thread.</summary>
    /// <param name="length">The bytes that are sure.</param>
    /// <returns>How many bytes it covers and their hash; null where there is none.</returns>
    public (long Length, string Hash)? CheckpointWithin(long length)
    {
        lock (_lock)
        {
            (long, string)? last = null;
            foreach (var (covered, hash) in _checkpoints)
            {
                if (covered <= length)
                    last = (covered, ToText(hash));
            }

            return last;
        }
    }

    /// <summary>The hash of all bytes so far.</summary>
    /// <returns>The hash, in lower-case hexadecimal.</returns>
    public string Current() => ToText(_hash.GetCurrentHash());

    /// <summary>A hash as it is written.</summary>
    /// <param name="hash">The hash.</param>
    /// <returns>Lower-case hexadecimal.</returns>
    public static string ToText(ReadOnlySpan<byte> hash) => Convert.ToHexString(hash).ToLowerInvariant();

    public void Dispose() => _hash.Dispose();
}
