namespace AcodeSftp.FileTransfer.Scp;

/// <summary>Reads bytes, delimited texts and blocks from a stream through one buffer. For one reader at a time.</summary>
internal sealed class ByteReader(Stream stream)
{
    private const int BufferSize = 128 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    /// <summary>The next byte; -1 at the end of the stream.</summary>
    public async ValueTask<int> ReadByteAsync(CancellationToken cancellationToken) =>
        await FillAsync(cancellationToken).ConfigureAwait(false) ? _buffer[_start++] : -1;

    /// <summary>The bytes before the next delimiter, which is passed over.</summary>
    /// <param name="delimiter">The delimiter.</param>
    /// <param name="maxLength">Most bytes there may be.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The bytes, valid until the next read; null where the stream ended before the delimiter.</returns>
    /// <exception cref="SftpException">There are more bytes than that.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadToAsync(byte delimiter, int maxLength, CancellationToken cancellationToken)
    {
        byte[]? before = null;
        while (await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            var found = _buffer.AsSpan(_start, _end - _start).IndexOf(delimiter);
            var length = found < 0 ? _end - _start : found;
            if ((before?.Length ?? 0) + length > maxLength)
                throw ScpRecord.Violation($"more than {maxLength} bytes where a short text was due");
            var part = _buffer.AsMemory(_start, length);
            _start += found < 0 ? length : length + 1;
            if (found >= 0 && before is null)
                return part;
            before = before is null ? part.ToArray() : [.. before, .. part.Span];
            if (found >= 0)
                return before;
        }

        return null;
    }

    /// <summary>The next bytes there are.</summary>
    /// <param name="maxLength">Most bytes to return.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>At least one byte, valid until the next read; none at the end of the stream.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBlockAsync(long maxLength, CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            return default;
        var block = _buffer.AsMemory(_start, (int)Math.Min(_end - _start, maxLength));
        _start += block.Length;
        return block;
    }

    // False at the end of the stream.
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start < _end)
            return true;
        _start = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        return _end > 0;
    }
}
