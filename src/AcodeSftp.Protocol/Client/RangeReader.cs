using System.Buffers;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>Reads a range of a file with many READ requests in flight, and hands the blocks on in order.</summary>
internal sealed class RangeReader(SftpClient client, byte[] handle, RequestSubject subject, RemoteBlockSink sink)
{
    // A server that gives less than was asked for is asked for no more than it gives, but never for crumbs.
    private const int SmallestRequest = 512;

    public async Task<long> ReadAsync(long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadBlocksAsync(offset, length, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Blocks are dealt with on the thread that reads answers; what comes after them may be anything.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    private async Task<long> ReadBlocksAsync(long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var end = length > long.MaxValue - offset ? long.MaxValue : offset + length;
        var next = offset;
        var position = offset;
        var requestLength = client.MaxReadLength;
        using var requests = new RangeRequestQueue<ReadRequest>(cancellationToken);
        while (true)
        {
            while (requests.Count < client.Path.RequestsInFlight(requestLength) && next < end)
            {
                var request = requests.TakeSpare() ?? new ReadRequest(subject, client.Host);
                request.Reset(next, (int)Math.Min(requestLength, end - next));
                next += request.Length;
                requests.Enqueue(request);
                await SendAsync(request, cancellationToken).ConfigureAwait(false);
            }

            if (requests.Count == 0)
                return position - offset;

            var first = requests.First;
            await requests.WaitForFirstAsync().ConfigureAwait(false);
            if (first.Data.Count == 0)
                return position - offset;

            var received = first.Data.Count;
            try
            {
                await sink(position, first.Data, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                first.ReturnData();
            }

            position += received;
            if (received < first.Length)
            {
                // Not the end of the file: that is only what an answer of EOF says.
                requestLength = Math.Max(received, SmallestRequest);
                first.Reset(position, first.Length - received);
                await SendAsync(first, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                requests.Dequeue();
                requests.PutSpare(first);
            }
        }
    }

    private ValueTask SendAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        var id = client.Register(request);
        var writer = PacketWriter.Begin(SftpPacketType.Read, id);
        writer.Write(handle.AsSpan());
        writer.Write(request.Offset);
        writer.Write((uint)request.Length);
        return client.SendAsync(id, writer.Finish(), cancellationToken);
    }

    private sealed class ReadRequest(RequestSubject subject, string? host) : RangeRequest
    {
        /// <summary>What was read; empty at the end of the file. In a buffer of the shared pool.</summary>
        public ArraySegment<byte> Data { get; private set; }

        public void ReturnData()
        {
            if (Data.Count > 0)
                ArrayPool<byte>.Shared.Return(Data.Array!);
            Data = default;
        }

        protected override void TakeAnswer(SftpPacketType type, ref Frame frame)
        {
            var reader = new PacketReader(frame.Body.Span[Replies.HeaderLength..]);
            if (type == SftpPacketType.Status)
            {
                var (code, message) = Replies.ReadStatus(ref reader);
                Data = default;
                if (code != SftpStatusCode.Eof)
                    throw SftpStatusErrors.Create(code, message, subject, host);
                return;
            }

            Replies.Expect(type, SftpPacketType.Data);
            var data = reader.ReadBytes();
            if (data.IsEmpty || data.Length > Length)
                throw PacketReader.Violation($"{data.Length} bytes of data where {Length} were asked for");
            Data = frame.TakeBuffer(Replies.HeaderLength + 4, data.Length);
        }
    }
}
