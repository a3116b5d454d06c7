using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>
/// A request that waits for its answer. It completes itself when the reader loop hands it the answer; both methods are
/// called on that loop, once, and must not block.
/// </summary>
internal interface IPendingRequest
{
    /// <summary>When it was sent; set by the client.</summary>
    SendMark Sent { get; set; }

    /// <summary>How many bytes of data it or its answer carries.</summary>
    int Length { get; }

    /// <summary>Takes the answer. <paramref name="frame"/> begins with type and id.</summary>
    void OnReply(SftpPacketType type, ref Frame frame);

    /// <summary>Told that no answer will come.</summary>
    void OnFailed(SftpException error);
}

/// <summary>Reads the answer to one kind of request, behind type and id.</summary>
internal delegate T ReplyParser<out T>(SftpPacketType type, ref PacketReader reader);

/// <summary>A request with one answer that is awaited as a task. Giving up the wait leaves it to be answered unheard.</summary>
internal sealed class PendingCall<T>(ReplyParser<T> parse, RequestSubject subject, string? host)
    : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), IPendingRequest
{
    public SendMark Sent { get; set; }

    public int Length => 0;

    public void OnReply(SftpPacketType type, ref Frame frame)
    {
        var reader = new PacketReader(frame.Body.Span[Replies.HeaderLength..]);
        try
        {
            if (type == SftpPacketType.Status && Replies.ReadStatus(ref reader) is (not SftpStatusCode.Ok, _) refused)
                TrySetException(SftpStatusErrors.Create(refused.Code, refused.Message, subject, host));
            else
                TrySetResult(parse(type, ref reader));
        }
        catch (SftpException e)
        {
            TrySetException(e);
            throw;
        }
    }

    public void OnFailed(SftpException error) => TrySetException(error);
}

/// <summary>The answers of draft-ietf-secsh-filexfer-02, section 7, and of OpenSSH's extensions.</summary>
internal static class Replies
{
    /// <summary>Type and request id.</summary>
    public const int HeaderLength = 5;

    public static (SftpStatusCode Code, string Message) ReadStatus(ref PacketReader reader)
    {
        var code = (SftpStatusCode)reader.ReadUInt32();
        // Some servers of early versions send no message and no language tag.
        return (code, reader.Remaining >= 4 ? reader.ReadText() : "");
    }

    /// <summary>An answer that carries nothing but success. A PendingCall has dealt with refusals before.</summary>
    public static readonly ReplyParser<bool> Ok = static (SftpPacketType type, ref PacketReader _) =>
        type == SftpPacketType.Status ? true : throw Unexpected(type, "STATUS");

    public static void Expect(SftpPacketType actual, SftpPacketType expected)
    {
        if (actual != expected)
            throw Unexpected(actual, expected.ToString().ToUpperInvariant());
    }

    public static SftpException Unexpected(SftpPacketType actual, string expected) =>
        PacketReader.Violation($"{actual.ToString().ToUpperInvariant()} where {expected} was expected");
}
