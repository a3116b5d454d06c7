using System.Buffers.Binary;
using System.Text;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>Numbers of the connection protocol's messages (RFC 4250, section 4.1.2), and of two of the transport's.</summary>
internal enum ChannelMessageType : byte
{
    Disconnect = 1,
    Ignore = 2,
    Unimplemented = 3,
    Debug = 4,
    GlobalRequest = 80,
    RequestSuccess = 81,
    RequestFailure = 82,
    ChannelOpen = 90,
    ChannelOpenConfirmation = 91,
    ChannelOpenFailure = 92,
    ChannelWindowAdjust = 93,
    ChannelData = 94,
    ChannelExtendedData = 95,
    ChannelEof = 96,
    ChannelClose = 97,
    ChannelRequest = 98,
    ChannelSuccess = 99,
    ChannelFailure = 100,
}

/// <summary>Sizes that both sides keep to.</summary>
internal static class ChannelLimits
{
    /// <summary>Length, padding length and type, before the payload of a message (PROTOCOL.mux, section 9).</summary>
    public const int FrameHeader = 6;

    /// <summary>
    /// The longest message, without its length field: what OpenSSH's master takes and sends (channels.c,
    /// CHANNEL_MUX_MAX_PACKET; packet.h, PACKET_MAX_SIZE), with some room.
    /// </summary>
    public const int MaxMessage = 256 * 1024 + 1024;

    /// <summary>The most data we put into one message: every implementation must take it (RFC 4253, section 6.1).</summary>
    public const int MaxDataSent = 32 * 1024;
}

/// <summary>
/// Reads the fields of a message (RFC 4251, section 5). Every method advances by what it read and fails with
/// <see cref="SftpErrorCode.ProtocolViolation"/> where there is less.
/// </summary>
internal ref struct ChannelMessageReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public byte ReadByte()
    {
        var value = Take(1)[0];
        return value;
    }

    public bool ReadBoolean() => ReadByte() != 0;

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadUInt32();
        if (length > (uint)_rest.Length)
            throw Violation($"a text of {length} bytes is announced where {_rest.Length} are left");
        return Take((int)length);
    }

    public string ReadText() => Encoding.UTF8.GetString(ReadBytes());

    public static SftpException Violation(string what) =>
        new(SftpErrorCode.ProtocolViolation, $"What came through ssh is not the SSH connection protocol: {what}.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw Violation($"a message ends {length - _rest.Length} bytes too early");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

/// <summary>Builds a message other than data, which is written without a copy of its own.</summary>
internal sealed class ChannelMessageWriter
{
    private byte[] _buffer = new byte[128];
    private int _length = ChannelLimits.FrameHeader;

    public ChannelMessageWriter(ChannelMessageType type) => _buffer[5] = (byte)type;

    /// <summary>The message with its length, ready to be sent.</summary>
    public ReadOnlySpan<byte> Frame
    {
        get
        {
            BinaryPrimitives.WriteUInt32BigEndian(_buffer, (uint)_length - 4);
            return _buffer.AsSpan(0, _length);
        }
    }

    /// <summary>A message that has nothing but the recipient's channel.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="recipient">The recipient's number of the channel.</param>
    /// <returns>The message.</returns>
    public static ChannelMessageWriter To(ChannelMessageType type, uint recipient) => new ChannelMessageWriter(type).Add(recipient);

    public ChannelMessageWriter Add(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Grow(4), value);
        return this;
    }

    public ChannelMessageWriter Add(bool value)
    {
        Grow(1)[0] = value ? (byte)1 : (byte)0;
        return this;
    }

    public ChannelMessageWriter Add(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Add((uint)length);
        Encoding.UTF8.GetBytes(value, Grow(length));
        return this;
    }

    private Span<byte> Grow(int length)
    {
        if (_buffer.Length - _length < length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + length));
        var space = _buffer.AsSpan(_length, length);
        _length += length;
        return space;
    }
}
