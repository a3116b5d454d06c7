using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Bench;

/// <summary>
/// All requests of an upload, made beforehand and sent by <c>ssh</c> from a file without waiting for an answer: what that
/// takes is taken by <c>ssh</c>, <c>sshd</c> and its SFTP server, and no client could be faster.
/// </summary>
internal static class SftpRequests
{
    // What OpenSSH's limits@openssh.com says of itself.
    private const int BlockLength = 255 * 1024;

    // The handle that OpenSSH gives to the first file of a channel.
    private static ReadOnlySpan<byte> Handle => [0, 0, 0, 0];

    /// <summary>Makes the requests that write a file.</summary>
    /// <param name="path">Where they are written to.</param>
    /// <param name="source">The content.</param>
    /// <param name="remotePath">The file that they write.</param>
    public static void Make(string path, string source, string remotePath)
    {
        using var content = File.OpenRead(source);
        using var output = File.Create(path);
        var init = PacketWriter.BeginWithoutId(SftpPacketType.Init);
        init.Write(SftpSizes.ProtocolVersion);
        Put(init, output);
        var id = 0u;
        var open = PacketWriter.Begin(SftpPacketType.Open, ++id);
        open.Write(remotePath);
        open.Write((uint)(RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Truncate));
        open.Write(RemoteFileAttributes.None);
        Put(open, output);
        var block = new byte[BlockLength];
        for (var offset = 0L; offset < content.Length; offset += BlockLength)
        {
            var length = content.ReadAtLeast(block, BlockLength, throwOnEndOfStream: false);
            var write = PacketWriter.Begin(SftpPacketType.Write, ++id, BlockLength + 1024);
            write.Write(Handle);
            write.Write(offset);
            write.Write(block.AsSpan(0, length));
            Put(write, output);
        }

        var close = PacketWriter.Begin(SftpPacketType.Close, ++id);
        close.Write(Handle);
        Put(close, output);
    }

    private static void Put(PacketWriter writer, Stream output)
    {
        var packet = writer.Finish();
        output.Write(packet.Memory.Span);
        packet.Return();
    }
}
