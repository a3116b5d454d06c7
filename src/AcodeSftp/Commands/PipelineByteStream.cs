using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Commands;

/// <summary>
/// Writes what is written to it to the pipeline, in the manner of Get-Content -AsByteStream: byte by byte, in arrays of a
/// length, or as one array.
/// </summary>
internal sealed class PipelineByteStream(CmdletOutput output, int readCount) : Stream
{
    private readonly MemoryStream _kept = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (readCount == 1)
        {
            await output.WriteEachAsync(buffer.ToArray()).ConfigureAwait(false);
            return;
        }

        while (readCount > 0 && _kept.Length + buffer.Length >= readCount)
        {
            var missing = readCount - (int)_kept.Length;
            _kept.Write(buffer.Span[..missing]);
            buffer = buffer[missing..];
            await WriteKeptAsync().ConfigureAwait(false);
        }

        _kept.Write(buffer.Span);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes what is left.</summary>
    public async Task EndAsync()
    {
        if (_kept.Length > 0)
            await WriteKeptAsync().ConfigureAwait(false);
    }

    public override void Flush()
    {
        // Nothing is kept that could be written earlier.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _kept.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask WriteKeptAsync()
    {
        await output.WriteAsync(_kept.ToArray()).ConfigureAwait(false);
        _kept.SetLength(0);
    }
}
