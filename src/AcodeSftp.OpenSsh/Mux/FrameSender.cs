using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>
/// Writes messages to the stream, in the order they were given. Messages are gathered in one buffer while the other is
/// being written, so a burst of small ones is one write, and no lock is held over I/O.
/// </summary>
internal sealed class FrameSender : IDisposable
{
    private const int BufferLength = 512 * 1024;

    // A peer that asks for answers and does not read them must not fill our memory.
    private const int MaxUnsent = 4 * 1024 * 1024;

    private readonly Stream _stream;
    private readonly object _lock = new();

    // The loop that writes goes on on the thread that gives it something: all it does there is to swap buffers and hand one
    // to the stream, which has a thread of its own.
    private readonly AsyncSignal _work = new();
    private byte[] _gathering = ArrayPool<byte>.Shared.Rent(BufferLength);
    private byte[] _writing = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _gathered;
    private bool _isStopped;
    private bool _areBuffersReturned;
    private TaskCompletionSource? _room;

    /// <summary>Prepares.</summary>
    /// <param name="stream">Where to write.</param>
    public FrameSender(Stream stream) => _stream = stream;

    /// <summary>Sends a message other than data. Never waits.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="SftpException">So much is unsent that the peer cannot be reading.</exception>
    public void Post(ChannelMessageWriter message)
    {
        var frame = message.Frame;
        lock (_lock)
        {
            if (_isStopped)
                return;
            if (_gathered + frame.Length > _gathering.Length)
            {
                if (_gathered + frame.Length > MaxUnsent)
                    throw ChannelMessageReader.Violation("more answers are asked for than are read");
                var larger = ArrayPool<byte>.Shared.Rent(_gathering.Length * 2);
                _gathering.AsSpan(0, _gathered).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_gathering);
                _gathering = larger;
            }

            frame.CopyTo(_gathering.AsSpan(_gathered));
            _gathered += frame.Length;
        }

        _work.Set(inline: true);
    }

    /// <summary>Sends a message of data, once there is room for it.</summary>
    /// <param name="recipient">The recipient's number of the channel.</param>
    /// <param name="data">The data; at most <see cref="ChannelLimits.MaxDataSent"/>.</param>
    /// <param name="cancellationToken">Gives up; then nothing is sent.</param>
    /// <returns>A task that ends when the data may be changed again.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendDataAsync(uint recipient, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (TryGather(recipient, data.Span) is { } room)
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        _work.Set(inline: true);
    }

    /// <summary>Writes until it is stopped or the stream breaks.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A task that ends with the writing, and fails as the stream does.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync(cancellationToken).ConfigureAwait(false);
                var length = Swap();
                if (length > 0)
                    await _stream.WriteAsync(_writing.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Takes no more messages, and lets whoever waits for room go on; doing so twice is fine.</summary>
    public void Dispose()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            _isStopped = true;
            (room, _room) = (_room, null);
            if (!_areBuffersReturned)
            {
                // Only the one that gathers: the other may be in a write that has not noticed its end yet.
                _areBuffersReturned = true;
                ArrayPool<byte>.Shared.Return(_gathering);
            }
        }

        room?.TrySetResult();
    }

    private int Swap()
    {
        TaskCompletionSource? room;
        int length;
        lock (_lock)
        {
            if (_isStopped)
                return 0;
            (_gathering, _writing, length, _gathered) = (_writing, _gathering, _gathered, 0);
            (room, _room) = (_room, null);
        }

        room?.TrySetResult();
        return length;
    }

    // Null where it was done; otherwise what to wait for.
    private Task? TryGather(uint recipient, ReadOnlySpan<byte> data)
    {
        const int header = ChannelLimits.FrameHeader + 4 + 4;
        lock (_lock)
        {
            if (_isStopped)
                return null;
            if (_gathered + header + data.Length > _gathering.Length)
                return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            var frame = _gathering.AsSpan(_gathered, header + data.Length);
            BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(header - 4 + data.Length));
            frame[4] = 0;
            frame[5] = (byte)ChannelMessageType.ChannelData;
            BinaryPrimitives.WriteUInt32BigEndian(frame[6..], recipient);
            BinaryPrimitives.WriteUInt32BigEndian(frame[10..], (uint)data.Length);
            data.CopyTo(frame[header..]);
            _gathered += frame.Length;
            return null;
        }
    }
}
