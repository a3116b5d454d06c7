using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>Writes a range of a file with many WRITE requests in flight.</summary>
internal sealed class RangeWriter(
    SftpClient client,
    byte[] handle,
    RequestSubject subject,
    RemoteBlockSource source,
    Action<long> acknowledged)
{
    public async Task<long> WriteAsync(long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteBlocksAsync(offset, length, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Blocks are dealt with on the thread that reads answers; what comes after them may be anything.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    private async Task<long> WriteBlocksAsync(long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var end = length > long.MaxValue - offset ? long.MaxValue : offset + length;
        var next = offset;
        var requestLength = client.MaxWriteLength;
        using var requests = new RangeRequestQueue<WriteRequest>(cancellationToken);
        while (next < end)
        {
            while (requests.Count > 0
                && (requests.Count >= client.Path.RequestsInFlight(requestLength) || requests.First.IsCompleted))
                await AcknowledgeFirstAsync(requests, offset).ConfigureAwait(false);

            cancellationToken.ThrowIfCancellationRequested();
            var request = requests.TakeSpare() ?? new WriteRequest(subject, client.Host);
            var room = (int)Math.Min(requestLength, end - next);
            var sent = await SendWhenRoomAsync(request, requests, next, room, cancellationToken).ConfigureAwait(false);
            if (sent == 0)
                break;
            next = checked(next + sent);
        }

        while (requests.Count > 0)
            await AcknowledgeFirstAsync(requests, offset).ConfigureAwait(false);
        return next - offset;
    }

    private async ValueTask AcknowledgeFirstAsync(RangeRequestQueue<WriteRequest> requests, long start)
    {
        var first = requests.First;
        await requests.WaitForFirstAsync().ConfigureAwait(false);
        requests.Dequeue();
        acknowledged(first.Offset + first.Length - start);
        requests.PutSpare(first);
    }

    // Small ones keep their place among other requests, and take no room worth waiting for.
    private async ValueTask<int> SendWhenRoomAsync(
        WriteRequest request,
        RangeRequestQueue<WriteRequest> requests,
        long offset,
        int maxLength,
        CancellationToken cancellationToken)
    {
        if (maxLength <= SftpSizes.SafeRequestLength)
            return await SendNextAsync(request, requests, offset, maxLength, cancellationToken).ConfigureAwait(false);
        await client.LargeWrites.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await SendNextAsync(request, requests, offset, maxLength, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            client.LargeWrites.Release();
        }
    }

    // The source fills the packet itself, so the data is not copied on its way out. The id is set when the length is
    // known and the request can no longer be dropped.
    private async ValueTask<int> SendNextAsync(
        WriteRequest request,
        RangeRequestQueue<WriteRequest> requests,
        long offset,
        int maxLength,
        CancellationToken cancellationToken)
    {
        const int IdPosition = 5;
        var writer = PacketWriter.Begin(SftpPacketType.Write, 0, handle.Length + 32 + maxLength);
        writer.Write(handle.AsSpan());
        writer.Write(offset);
        var lengthPosition = writer.Length;
        writer.Write(0u);
        int length;
        uint id;
        try
        {
            length = await source(offset, writer.GetMemory(maxLength), cancellationToken).ConfigureAwait(false);
            if (length == 0)
            {
                writer.Discard();
                return 0;
            }

            request.Reset(offset, length);
            id = client.Register(request);
        }
        catch
        {
            writer.Discard();
            throw;
        }

        requests.Enqueue(request);
        writer.Patch(IdPosition, id);
        writer.Patch(lengthPosition, (uint)length);
        writer.Advance(length);
        await client.SendAsync(id, writer.Finish(), cancellationToken).ConfigureAwait(false);
        return length;
    }

    private sealed class WriteRequest(RequestSubject subject, string? host) : RangeRequest
    {
        protected override void TakeAnswer(SftpPacketType type, ref Frame frame)
        {
            Replies.Expect(type, SftpPacketType.Status);
            var reader = new PacketReader(frame.Body.Span[Replies.HeaderLength..]);
            var (code, message) = Replies.ReadStatus(ref reader);
            if (code != SftpStatusCode.Ok)
                throw SftpStatusErrors.Create(code, message, subject, host);
        }
    }
}
