using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace AcodeSftp.Protocol.Wire;

/// <summary>
/// One packet, without its length field. Its bytes are valid until the next one is read, unless
/// <see cref="TakeBuffer"/> takes the buffer that holds them.
/// </summary>
internal struct Frame(ReadOnlyMemory<byte> body, byte[]? ownBuffer)
{
    private byte[]? _ownBuffer = ownBuffer;

    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>
    /// Takes the bytes from <paramref name="offset"/> on without copying them where the packet has a buffer of its own,
    /// and in a copy otherwise. The caller returns the buffer to the shared pool.
    /// </summary>
    public ArraySegment<byte> TakeBuffer(int offset, int length)
    {
        if (_ownBuffer is { } own)
        {
            _ownBuffer = null;
            return new ArraySegment<byte>(own, offset, length);
        }

        var copy = ArrayPool<byte>.Shared.Rent(length);
        Body.Span.Slice(offset, length).CopyTo(copy);
        return new ArraySegment<byte>(copy, 0, length);
    }

    /// <summary>Gives the packet's own buffer back unless it was taken.</summary>
    public void Release()
    {
        if (_ownBuffer is { } own)
            ArrayPool<byte>.Shared.Return(own);
        _ownBuffer = null;
    }
}

/// <summary>
/// Cuts a stream into packets. Small ones are served from one buffer; a large one gets a buffer of its own, into which
/// the stream is read directly, so that file data is not copied again on its way to the reader of the file.
/// </summary>
internal sealed class FrameReader(Stream stream, int maxLength) : IDisposable
{
    private const int BufferLength = 32 * 1024;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _start;
    private int _end;
    private bool _seenFrame;

    /// <summary>Reads the next packet.</summary>
    /// <returns>The packet; null where the stream ends between two packets.</returns>
    /// <exception cref="SftpException">
    /// The stream ends inside a packet, announces an impossible length, or begins with text.
    /// </exception>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(4, cancellationToken).ConfigureAwait(false))
        {
            return _end == _start
                ? null
                : throw PacketReader.Violation("the stream ends inside a packet's length");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        if (length == 0 || length > (uint)maxLength)
        {
            if (!_seenFrame)
                await ThrowIfTextAsync(cancellationToken).ConfigureAwait(false);
            throw PacketReader.Violation($"a packet of {length} bytes is announced, at most {maxLength} are allowed");
        }

        _seenFrame = true;
        _start += 4;
        return await ReadBodyAsync((int)length, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private async ValueTask<Frame> ReadBodyAsync(int length, CancellationToken cancellationToken)
    {
        var buffered = _end - _start;
        if (length <= buffered || length <= BufferLength / 4)
        {
            if (!await FillAsync(length, cancellationToken).ConfigureAwait(false))
                throw PacketReader.Violation("the stream ends inside a packet");
            var body = _buffer.AsMemory(_start, length);
            _start += length;
            return new Frame(body, null);
        }

        var own = ArrayPool<byte>.Shared.Rent(length);
        _buffer.AsSpan(_start, buffered).CopyTo(own);
        _start = _end = 0;
        try
        {
            await stream.ReadExactlyAsync(own.AsMemory(buffered, length - buffered), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ArrayPool<byte>.Shared.Return(own);
            if (e is EndOfStreamException)
                throw PacketReader.Violation("the stream ends inside a packet");
            throw;
        }

        return new Frame(own.AsMemory(0, length), own);
    }

    // Makes sure that so many bytes lie in the buffer; false where the stream ends before that.
    private async ValueTask<bool> FillAsync(int length, CancellationToken cancellationToken)
    {
        while (_end - _start < length)
        {
            if (_start == _end)
            {
                _start = _end = 0;
            }
            else if (_buffer.Length - _start < length)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return false;
            _end += read;
        }

        return true;
    }

    // A login script that prints breaks the protocol before it begins. sftp says "Received message too long 1416847204",
    // which is the first four letters taken for a length.
    private async ValueTask ThrowIfTextAsync(CancellationToken cancellationToken)
    {
        if (!IsText(_buffer.AsSpan(_start, 4)))
            return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromMilliseconds(300));
        try
        {
            await FillAsync(512, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        var bytes = _buffer.AsSpan(_start, Math.Min(_end - _start, 512));
        var binary = bytes.IndexOfAnyInRange((byte)0, (byte)8);
        var text = TerminalText.Clean(Encoding.UTF8.GetString(binary < 0 ? bytes : bytes[..binary])).Trim();
        throw new SftpException(
            SftpErrorCode.ProtocolViolation,
            $"The server sent text where the SFTP protocol should begin: \"{text}\"")
        {
            Advice = "A startup file on the server (.bashrc, .profile, .cshrc) prints this for sessions without a terminal. "
                + "Make it print only when there is one, for example with: [ -t 1 ] && echo ...",
        };
    }

    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (b is < 0x20 or 0x7F && b is not ((byte)'\t' or (byte)'\r' or (byte)'\n' or 0x1B))
                return false;
        }

        return true;
    }
}
