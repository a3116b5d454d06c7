using System.Buffers.Binary;

namespace AcodeSftp.HostKeys;

/// <summary>Reads the SSH data types of RFC 4251, section 5, never past the end. The blobs come from servers and files.</summary>
internal ref struct SshBlobReader(ReadOnlySpan<byte> blob)
{
    // What OpenSSH takes for a number: 16384 bits, which is more than any key in use has.
    private const int MaxNumberBytes = 16384 / 8;

    private ReadOnlySpan<byte> _rest = blob;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    /// <summary>The bytes ahead, left where they are.</summary>
    public readonly ReadOnlySpan<byte> Peek(int length) => _rest[..length];

    public bool TryReadString(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryReadUInt32(out var length) || length > (uint)_rest.Length)
            return false;
        value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_rest, out value))
            return false;
        _rest = _rest[sizeof(uint)..];
        return true;
    }

    public bool TryReadUInt64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(_rest, out value))
            return false;
        _rest = _rest[sizeof(ulong)..];
        return true;
    }

    /// <summary>Reads a positive number and gives its length in bits.</summary>
    public bool TryReadNumber(out int bits)
    {
        bits = 0;
        if (!TryReadString(out var bytes) || bytes.IsEmpty || (bytes[0] & 0x80) != 0)
            return false;
        bytes = bytes.TrimStart((byte)0);
        if (bytes.IsEmpty || bytes.Length > MaxNumberBytes)
            return false;
        bits = (bytes.Length * 8) - (System.Numerics.BitOperations.LeadingZeroCount(bytes[0]) - 24);
        return true;
    }
}
