using System.Runtime.CompilerServices;
using System.Text;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Files.Content;

/// <summary>
/// Reads the content of a remote file as it is needed: bytes or lines, from its start or a number of them at its end. The
/// next piece is fetched while the last one is used; pieces begin small and grow, so that a look at the first lines of a
/// large file costs little.
/// </summary>
/// <param name="fileSystem">The server's files.</param>
/// <param name="path">The file; links are followed.</param>
public sealed class RemoteContentReader(IRemoteFileSystem fileSystem, RemotePath path)
{
    private const int SmallestPiece = 64 * 1024;
    private const int LargestPiece = 4 * 1024 * 1024;

    private readonly FailureProbe _probe = new(fileSystem);

    /// <summary>Reads the lines of the file.</summary>
    /// <param name="encoding">The encoding where no byte order mark tells another.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The lines, without what ends them.</returns>
    /// <exception cref="SftpException">The file cannot be read.</exception>
    public async IAsyncEnumerable<string> ReadLinesAsync(
        Encoding encoding,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        var (actual, start) = await DetectAsync(file, encoding, cancellationToken).ConfigureAwait(false);
        await foreach (var line in ReadLinesAsync(file, start, actual, cancellationToken).ConfigureAwait(false))
            yield return line;
    }

    /// <summary>Reads the last lines of the file, beginning at its end.</summary>
    /// <param name="count">How many; fewer where there are not as many.</param>
    /// <param name="encoding">The encoding where no byte order mark tells another.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The lines, in their order.</returns>
    /// <exception cref="SftpException">The file cannot be read.</exception>
    public async IAsyncEnumerable<string> ReadLastLinesAsync(
        long count,
        Encoding encoding,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        var (actual, first) = await DetectAsync(file, encoding, cancellationToken).ConfigureAwait(false);
        var start = await new LineSeeker(file, actual).FindStartOfLastAsync(count, first, cancellationToken).ConfigureAwait(false);
        await foreach (var line in ReadLinesAsync(file, start, actual, cancellationToken).ConfigureAwait(false))
            yield return line;
    }

    /// <summary>Reads the file as one text.</summary>
    /// <param name="encoding">The encoding where no byte order mark tells another.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The text, without a byte order mark.</returns>
    /// <exception cref="SftpException">The file cannot be read.</exception>
    public async Task<string> ReadTextAsync(Encoding encoding, CancellationToken cancellationToken = default)
    {
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        var (actual, start) = await DetectAsync(file, encoding, cancellationToken).ConfigureAwait(false);
        using var content = new MemoryStream();
        await file.ReadRangeAsync(start, long.MaxValue, Append, cancellationToken).ConfigureAwait(false);
        return actual.GetString(content.GetBuffer(), 0, (int)content.Length);

        ValueTask Append(long offset, ReadOnlyMemory<byte> block, CancellationToken token) => content.WriteAsync(block, token);
    }

    /// <summary>Reads all of the file, as fast as the line allows.</summary>
    /// <param name="sink">Takes the blocks.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>How many bytes there were.</returns>
    /// <exception cref="SftpException">The file cannot be read.</exception>
    public async Task<long> ReadToEndAsync(RemoteBlockSink sink, CancellationToken cancellationToken = default)
    {
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        return await file.ReadRangeAsync(0, long.MaxValue, sink, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a range of the file.</summary>
    /// <param name="offset">Where to start, in bytes; negative for as many bytes before the end, or all where there are fewer.</param>
    /// <param name="length">How many bytes at most.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The bytes, in pieces.</returns>
    /// <exception cref="SftpException">The file cannot be read.</exception>
    public async IAsyncEnumerable<byte[]> ReadBytesAsync(
        long offset = 0,
        long length = long.MaxValue,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        if (offset < 0)
        {
            var attributes = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
            offset = Math.Max(0, (attributes.Size ?? 0) + offset);
        }

        await foreach (var piece in ReadPiecesAsync(file, offset, length, cancellationToken).ConfigureAwait(false))
            yield return piece;
    }

    /// <summary>Opens the file for reading.</summary>
    internal async Task<IRemoteFile> OpenAsync(CancellationToken cancellationToken)
    {
        var file = await _probe.OpenAsync(path, RemoteOpenFlags.Read, null, cancellationToken).ConfigureAwait(false);
        try
        {
            // A server may open a directory and only refuse to read it.
            var attributes = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
            return attributes.FileType == RemoteFileType.Directory ? throw FailureProbe.IsADirectory(null, path) : file;
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The encoding of an open file, and where its text begins.</summary>
    internal static async Task<(Encoding Encoding, long Start)> DetectAsync(
        IRemoteFile file,
        Encoding encoding,
        CancellationToken cancellationToken)
    {
        var start = await ReadAsync(file, 0, TextEncoding.LongestMark, cancellationToken).ConfigureAwait(false);
        return TextEncoding.Detect(start) is { } detected ? (detected, detected.Preamble.Length) : (encoding, 0);
    }

    /// <summary>Reads a range that is not large.</summary>
    /// <returns>The bytes; fewer than asked for at the end of the file.</returns>
    internal static async Task<byte[]> ReadAsync(IRemoteFile file, long offset, int length, CancellationToken cancellationToken)
    {
        var buffer = new byte[length];
        var read = await file.ReadRangeAsync(
            offset,
            length,
            (at, block, _) =>
            {
                block.CopyTo(buffer.AsMemory((int)(at - offset)));
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        return read == length ? buffer : buffer[..(int)read];
    }

    /// <summary>Reads a range in pieces, the next one while the last is used.</summary>
    internal static async IAsyncEnumerable<byte[]> ReadPiecesAsync(
        IRemoteFile file,
        long offset,
        long length,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var size = SmallestPiece;
        var next = ReadAsync(file, offset, (int)Math.Min(size, length), stop.Token);
        try
        {
            while (length > 0)
            {
                var piece = await next.ConfigureAwait(false);
                if (piece.Length == 0)
                    yield break;
                offset += piece.Length;
                length -= piece.Length;
                size = Math.Min(size * 2, LargestPiece);
                next = ReadAsync(file, offset, (int)Math.Min(size, length), stop.Token);
                yield return piece;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async IAsyncEnumerable<string> ReadLinesAsync(
        IRemoteFile file,
        long start,
        Encoding encoding,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var decoder = new LineDecoder(encoding);
        await foreach (var piece in ReadPiecesAsync(file, start, long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            foreach (var line in decoder.Decode(piece))
                yield return line;
        }

        if (decoder.Complete() is { } last)
            yield return last;
    }
}
