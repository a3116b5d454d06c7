using System.Buffers;
using System.Buffers.Binary;
using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Wire;

/// <summary>A whole packet, length field included, in a buffer of the shared pool. Whoever sends it returns the buffer.</summary>
internal readonly record struct OutgoingPacket(byte[] Buffer, int Length)
{
    public ReadOnlyMemory<byte> Memory => Buffer.AsMemory(0, Length);

    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);
}

/// <summary>Writes the fields of one packet into a buffer of the shared pool; the mirror of <see cref="PacketReader"/>.</summary>
internal struct PacketWriter
{
    private byte[] _buffer;
    private int _length;

    private PacketWriter(byte[] buffer)
    {
        _buffer = buffer;
        _length = 4;
    }

    /// <summary>Begins a packet that carries a request id.</summary>
    public static PacketWriter Begin(SftpPacketType type, uint id, int capacity = 256)
    {
        var writer = BeginWithoutId(type, capacity);
        writer.Write(id);
        return writer;
    }

    /// <summary>Begins a packet without a request id: INIT and VERSION.</summary>
    public static PacketWriter BeginWithoutId(SftpPacketType type, int capacity = 256)
    {
        var writer = new PacketWriter(ArrayPool<byte>.Shared.Rent(capacity));
        writer.Write((byte)type);
        return writer;
    }

    /// <summary>Bytes written so far, length field included.</summary>
    public readonly int Length => _length;

    public void Write(byte value) => Reserve(1)[0] = value;

    public void Write(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    public void Write(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);

    public void Write(long value) => Write(checked((ulong)value));

    public void Write(RemotePath path) => Write(path.Value);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Write((uint)bytes.Length);
        bytes.CopyTo(Reserve(bytes.Length));
    }

    public void Write(string text)
    {
        var start = _length;
        var space = Reserve(4 + RemoteText.MaxByteCount(text.Length));
        var length = RemoteText.Encode(text, space[4..]);
        BinaryPrimitives.WriteUInt32BigEndian(space, (uint)length);
        _length = start + 4 + length;
    }

    public void Write(RemoteFileAttributes attributes)
    {
        var hasOwner = attributes is { UserId: not null, GroupId: not null };
        var hasTimes = attributes is { Accessed: not null, Modified: not null };
        Write((attributes.Size is null ? 0u : 1u)
            | (hasOwner ? 2u : 0u)
            | (attributes.Mode is null ? 0u : 4u)
            | (hasTimes ? 8u : 0u));
        if (attributes.Size is { } size)
            Write(size);
        if (hasOwner)
        {
            Write(attributes.UserId!.Value);
            Write(attributes.GroupId!.Value);
        }

        if (attributes.Mode is { } mode)
            Write(mode);
        if (hasTimes)
        {
            Write(ToSeconds(attributes.Accessed!.Value));
            Write(ToSeconds(attributes.Modified!.Value));
        }
    }

    /// <summary>Overwrites a number written before; <paramref name="position"/> counts from the packet's first byte.</summary>
    public readonly void Patch(int position, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(position), value);

    /// <summary>Room of which the caller fills a part and then calls <see cref="Advance"/>.</summary>
    public Memory<byte> GetMemory(int length)
    {
        Ensure(length);
        return _buffer.AsMemory(_length, length);
    }

    public void Advance(int length) => _length += length;

    /// <summary>Ends the packet. The writer must not be used after this.</summary>
    public readonly OutgoingPacket Finish()
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer, (uint)(_length - 4));
        return new OutgoingPacket(_buffer, _length);
    }

    /// <summary>Gives the buffer back where the packet is not sent after all.</summary>
    public readonly void Discard() => ArrayPool<byte>.Shared.Return(_buffer);

    private static uint ToSeconds(DateTimeOffset time) => (uint)Math.Clamp(time.ToUnixTimeSeconds(), 0, uint.MaxValue);

    private Span<byte> Reserve(int length)
    {
        Ensure(length);
        var space = _buffer.AsSpan(_length, length);
        _length += length;
        return space;
    }

    private void Ensure(int length)
    {
        if (_buffer.Length - _length >= length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + length));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
