using System.Buffers.Binary;
using System.Text;

namespace AcodeSftp.Bench;

/// <summary>
/// All requests of an upload, made beforehand and sent by <c>ssh</c> from a file without waiting for an answer: what that
/// takes is taken by <c>ssh</c>, <c>sshd</c> and its SFTP server, and no client could be faster.
/// </summary>
internal static class SftpRequests
{
    // What OpenSSH's limits@openssh.com says of itself.
    private const int BlockLength = 255 * 1024;

    private const byte Init = 1;
    private const byte Open = 3;
    private const byte Close = 4;
    private const byte Write = 6;
    private const uint ForWriting = 2 | 8 | 16;

    // The handle that OpenSSH gives to the first file of a channel.
    private const uint Handle = 0;

    /// <summary>Makes the requests that write a file.</summary>
    /// <param name="path">Where they are written to.</param>
    /// <param name="source">The content.</param>
    /// <param name="remotePath">The file that they write.</param>
    public static void Make(string path, string source, string remotePath)
    {
        using var content = File.OpenRead(source);
        using var output = File.Create(path);
        var packet = new Packet();
        packet.BeginWithoutId(Init).Add(3u).WriteTo(output);
        var name = Encoding.UTF8.GetBytes(remotePath);
        packet.Begin(Open).Add((uint)name.Length).Add(name).Add(ForWriting).Add(0u).WriteTo(output);
        var block = new byte[BlockLength];
        for (var offset = 0L; offset < content.Length; offset += BlockLength)
        {
            var length = content.ReadAtLeast(block, BlockLength, throwOnEndOfStream: false);
            packet.Begin(Write).Add(sizeof(uint)).Add(Handle).Add((ulong)offset).Add((uint)length).Add(block.AsSpan(0, length)).WriteTo(output);
        }

        packet.Begin(Close).Add(sizeof(uint)).Add(Handle).WriteTo(output);
    }

    private sealed class Packet
    {
        private readonly byte[] _bytes = new byte[BlockLength + 1024];
        private int _length;
        private uint _id;

        public Packet Begin(byte type) => BeginWithoutId(type).Add(++_id);

        public Packet BeginWithoutId(byte type)
        {
            _length = sizeof(uint);
            return Add([type]);
        }

        public Packet Add(uint value)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(_length), value);
            _length += sizeof(uint);
            return this;
        }

        public Packet Add(ulong value)
        {
            BinaryPrimitives.WriteUInt64BigEndian(_bytes.AsSpan(_length), value);
            _length += sizeof(ulong);
            return this;
        }

        public Packet Add(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
            return this;
        }

        public void WriteTo(Stream output)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_bytes, (uint)(_length - sizeof(uint)));
            output.Write(_bytes, 0, _length);
        }
    }
}
