using AcodeSftp.Files;
using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Proves that the first bytes of a partial file are the first bytes of its source, before anything is appended to it.
/// A file that only has the right length may hold anything: holes of a parallel write, or another version of the source.
/// </summary>
internal sealed class ResumeProof(TransferContext context)
{
    private const int BufferSize = 256 * 1024;
    private const int TailLength = 1024 * 1024;

    /// <summary>Proves a partial upload.</summary>
    /// <param name="source">The local file.</param>
    /// <param name="partial">The partial file on the server, open for reading.</param>
    /// <param name="partialLength">Its length.</param>
    /// <param name="state">What was remembered of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The hash of the bytes that are proven, to go on with; null for none.</returns>
    public async Task<ContentHash?> OfUploadAsync(
        LocalSource source,
        IRemoteFile partial,
        long partialLength,
        ResumeState state,
        CancellationToken cancellationToken)
    {
        using var _ = context.Meter.Verifying();
        foreach (var length in Candidates(partialLength, state.BytesTransferred, source.Size))
        {
            // Without a tool on the server the bytes are read back. That is never slower than sending them again would be
            // on a line that is as fast one way as the other, and most are faster this way.
            // No more than that: what a server still had of an upload that was cancelled may be written only now.
            var remote = context.Hashing.HashAsync(partial.Path, length, length, cancellationToken);
            var local = Task.Run(() => HashLocal(source.Read, length, cancellationToken), cancellationToken);
            var remoteHash = await remote.ConfigureAwait(false)
                ?? await ReadBackAsync(partial, length, cancellationToken).ConfigureAwait(false);
            var localHash = await local.ConfigureAwait(false);
            if (localHash is not null && localHash.Current() == remoteHash)
                return localHash;
            localHash?.Dispose();
        }

        return null;
    }

    /// <summary>Proves a partial download.</summary>
    /// <param name="partial">The partial file here.</param>
    /// <param name="source">The file on the server, open for reading.</param>
    /// <param name="sourceSize">Its size.</param>
    /// <param name="state">What was remembered of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The hash of the bytes that are proven, to go on with; null for none.</returns>
    public async Task<ContentHash?> OfDownloadAsync(
        SafeFileHandle partial,
        IRemoteFile source,
        long sourceSize,
        ResumeState state,
        CancellationToken cancellationToken)
    {
        using var _ = context.Meter.Verifying();
        var partialLength = RandomAccess.GetLength(partial);
        foreach (var length in Candidates(partialLength, state.BytesTransferred, sourceSize))
        {
            var remote = context.Hashing.HashAsync(source.Path, length == sourceSize ? null : length, length, cancellationToken);
            var local = await Task.Run(
                () => HashLocal((buffer, offset) => RandomAccess.Read(partial, buffer, offset), length, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            var remoteHash = await remote.ConfigureAwait(false);
            if (local is not null
                && (local.Current() == remoteHash
                    || (remoteHash is null && await IsAsRememberedAsync(partial, source, local, state, cancellationToken).ConfigureAwait(false))))
                return local;
            local?.Dispose();
        }

        return null;
    }

    // The longest first: mostly all of the partial file is good. What was remembered is certain not to lie behind a hole.
    private static IEnumerable<long> Candidates(long partialLength, long remembered, long sourceSize)
    {
        if (partialLength > 0 && partialLength <= sourceSize)
            yield return partialLength;
        if (remembered > 0 && remembered < partialLength && remembered <= sourceSize)
            yield return remembered;
    }

    // A server without a tool: its bytes were hashed when they came and the source has neither been written to since, by
    // its time, nor changed its size. That and its last bytes, read again, are the proof.
    private static async Task<bool> IsAsRememberedAsync(
        SafeFileHandle partial,
        IRemoteFile source,
        ContentHash local,
        ResumeState state,
        CancellationToken cancellationToken)
    {
        if (state.SourceModified is null || local.Length != state.BytesTransferred || local.Current() != state.PartialChecksum)
            return false;
        var start = Math.Max(0, local.Length - TailLength);
        var buffer = new byte[BufferSize];
        var equal = true;
        var read = await source.ReadRangeAsync(
            start,
            local.Length - start,
            (offset, block, _) =>
            {
                while (equal && !block.IsEmpty)
                {
                    var here = RandomAccess.Read(partial, buffer.AsSpan(0, Math.Min(buffer.Length, block.Length)), offset);
                    equal = here > 0 && block.Span[..here].SequenceEqual(buffer.AsSpan(0, here));
                    offset += here;
                    block = block[here..];
                }

                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        return equal && read == local.Length - start;
    }

    private static async Task<string> ReadBackAsync(IRemoteFile partial, long length, CancellationToken cancellationToken)
    {
        using var hash = new ContentHash();
        await partial.ReadRangeAsync(
            0,
            length,
            (_, block, _) =>
            {
                hash.Append(block.Span);
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        return hash.Current();
    }

    // Null where the file is shorter than that.
    private static ContentHash? HashLocal(LocalRead read, long length, CancellationToken cancellationToken)
    {
        var hash = new ContentHash();
        try
        {
            var buffer = new byte[BufferSize];
            while (hash.Length < length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - hash.Length)), hash.Length);
                if (count == 0)
                {
                    hash.Dispose();
                    return null;
                }

                hash.Append(buffer.AsSpan(0, count));
            }

            return hash;
        }
        catch
        {
            hash.Dispose();
            throw;
        }
    }

    private delegate int LocalRead(Span<byte> buffer, long offset);
}
