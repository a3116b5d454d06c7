using System.Text;

namespace AcodeSftp.Files.Content;

/// <summary>Finds lines from the end of a file, a piece at a time.</summary>
internal sealed class LineSeeker(IRemoteFile file, Encoding encoding)
{
    private const int PieceSize = 64 * 1024;

    private readonly byte[] _lineFeed = TextEncoding.LineFeed(encoding);

    /// <summary>Where the last lines of a file begin. A line feed at its very end begins no further line.</summary>
    /// <param name="count">How many lines.</param>
    /// <param name="first">Where the text begins, in bytes.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The offset, in bytes; <paramref name="first"/> where there are not as many lines.</returns>
    public async Task<long> FindStartOfLastAsync(long count, long first, CancellationToken cancellationToken)
    {
        var attributes = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        var end = attributes.Size ?? 0;
        if (count == 0)
            return end;
        var wanted = count;
        // Characters are of one size as far as line feeds are concerned, so pieces are cut between them.
        var position = first + ((end - first) / _lineFeed.Length * _lineFeed.Length);
        var last = position;
        while (position > first)
        {
            var from = Math.Max(first, position - PieceSize);
            var piece = await RemoteContentReader.ReadAsync(file, from, (int)(position - from), cancellationToken).ConfigureAwait(false);
            for (var i = piece.Length - _lineFeed.Length; i >= 0; i -= _lineFeed.Length)
            {
                if (!piece.AsSpan(i, _lineFeed.Length).SequenceEqual(_lineFeed))
                    continue;
                var after = from + i + _lineFeed.Length;
                if (after != last && --wanted == 0)
                    return after;
            }

            position = from;
        }

        return first;
    }
}
