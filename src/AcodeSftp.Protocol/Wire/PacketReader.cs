using System.Buffers.Binary;
using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Wire;

/// <summary>
/// Reads the fields of one packet (draft, section 3; RFC 4251, section 5). Every method advances by exactly what it
/// read, and a field that does not fit what is left is a <see cref="SftpErrorCode.ProtocolViolation"/>.
/// </summary>
internal ref struct PacketReader(ReadOnlySpan<byte> packet)
{
    private const uint AttributeSize = 0x1;
    private const uint AttributeUserAndGroup = 0x2;
    private const uint AttributePermissions = 0x4;
    private const uint AttributeTimes = 0x8;
    private const uint AttributeExtended = 0x80000000;

    private ReadOnlySpan<byte> _rest = packet;

    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => Take(1)[0];

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>A 64-bit number that counts bytes or blocks, which this library holds as <see cref="long"/>.</summary>
    public long ReadCount()
    {
        var value = ReadUInt64();
        return value <= long.MaxValue ? (long)value : throw Violation($"a number is too large: {value}");
    }

    /// <summary>A 64-bit number where servers send "no limit" as all ones; anything beyond a long is the largest long.</summary>
    public long ReadSaturatedCount() => (long)Math.Min(ReadUInt64(), long.MaxValue);

    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadUInt32();
        return length <= (uint)_rest.Length
            ? Take((int)length)
            : throw Violation($"a string of {length} bytes is announced, but {_rest.Length} bytes are left");
    }

    public string ReadText() => RemoteText.Decode(ReadBytes());

    public RemoteFileAttributes ReadAttributes()
    {
        var flags = ReadUInt32();
        long? size = (flags & AttributeSize) != 0 ? ReadCount() : null;
        uint? user = null, group = null, mode = null;
        DateTimeOffset? accessed = null, modified = null;
        if ((flags & AttributeUserAndGroup) != 0)
        {
            user = ReadUInt32();
            group = ReadUInt32();
        }

        if ((flags & AttributePermissions) != 0)
            mode = ReadUInt32();
        if ((flags & AttributeTimes) != 0)
        {
            accessed = DateTimeOffset.FromUnixTimeSeconds(ReadUInt32());
            modified = DateTimeOffset.FromUnixTimeSeconds(ReadUInt32());
        }

        if ((flags & AttributeExtended) != 0)
        {
            // Each pair takes at least eight bytes, so a count beyond what is left fails on the first missing one.
            for (var count = ReadUInt32(); count > 0; count--)
            {
                ReadBytes();
                ReadBytes();
            }
        }

        return new RemoteFileAttributes
        {
            Size = size,
            UserId = user,
            GroupId = group,
            Mode = mode,
            Accessed = accessed,
            Modified = modified,
        };
    }

    public static SftpException Violation(string what) =>
        new(SftpErrorCode.ProtocolViolation, $"The SFTP server sent a malformed packet: {what}.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw Violation($"a field of {length} bytes is missing, {_rest.Length} bytes are left");
        var field = _rest[..length];
        _rest = _rest[length..];
        return field;
    }
}
