using System.Net.Sockets;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>Both directions of a socket, each worked by a thread of its own, see <see cref="ThreadedStream"/>.</summary>
internal sealed class ThreadedDuplexStream : SequentialStream
{
    private readonly ThreadedStream _source;
    private readonly ThreadedStream _destination;

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">The socket, on which no asynchronous operation has been begun; owned from now on.</param>
    public ThreadedDuplexStream(Socket socket)
    {
        _source = new ThreadedStream(socket, isWriter: false);
        _destination = new ThreadedStream(socket, isWriter: true);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _source.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _destination.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _destination.Dispose();
            _source.Dispose();
        }

        base.Dispose(disposing);
    }
}
