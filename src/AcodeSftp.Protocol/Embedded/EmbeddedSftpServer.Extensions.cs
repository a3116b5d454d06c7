using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Embedded;

/// <content>OpenSSH's extensions (its PROTOCOL, section 4).</content>
internal sealed partial class EmbeddedSftpServer
{
    private const int BlockSize = 4096;

    private OutgoingPacket Extended(uint id, ref PacketReader reader)
    {
        var extension = reader.ReadText();
        if (!Options.Extensions.ContainsKey(extension))
            throw EmbeddedRefusal.Unsupported;
        Announce(SftpPacketType.Extended, extension, null);
        switch (extension)
        {
            case SftpExtensions.PosixRename:
                Files.Rename(reader.ReadText(), reader.ReadText(), replace: true);
                return Ok(id);
            case SftpExtensions.HardLink:
                Files.CreateHardLink(reader.ReadText(), reader.ReadText());
                return Ok(id);
            case SftpExtensions.LSetStat:
                Files.SetAttributes(Files.Get(reader.ReadText(), followLinks: false), reader.ReadAttributes());
                return Ok(id);
            case SftpExtensions.FSync:
                Handle(SftpPacketType.Extended, ref reader);
                return Ok(id);
            case SftpExtensions.StatVfs:
                Files.Get(reader.ReadText(), followLinks: true);
                return Statistics(id);
            case SftpExtensions.FStatVfs:
                Handle(SftpPacketType.Extended, ref reader);
                return Statistics(id);
            case SftpExtensions.CopyData:
                CopyData(ref reader);
                return Ok(id);
            case SftpExtensions.Limits:
                return Limits(id);
            case SftpExtensions.ExpandPath:
                return Name(id, Files.Normalize(ExpandTilde(reader.ReadText())));
            case SftpExtensions.HomeDirectory:
                var user = reader.ReadText();
                return user.Length == 0 || user == Options.UserName
                    ? Name(id, Options.HomeDirectory)
                    : throw EmbeddedRefusal.NotFound;
            case SftpExtensions.UsersGroupsById:
                return OwnerNames(id, ref reader);
            default:
                throw EmbeddedRefusal.Unsupported;
        }
    }

    private void CopyData(ref PacketReader reader)
    {
        var from = Handle(SftpPacketType.Extended, ref reader);
        var offset = reader.ReadCount();
        var length = reader.ReadCount();
        var to = Handle(SftpPacketType.Extended, ref reader);
        var destination = reader.ReadCount();
        // OpenSSH refuses to copy a handle to itself.
        if (from == to)
            throw EmbeddedRefusal.Failure;
        var source = from.FileFor(RemoteOpenFlags.Read);
        var target = to.FileFor(RemoteOpenFlags.Write);
        var end = length == 0 ? source.Size : Math.Min(source.Size, checked(offset + length));
        var buffer = new byte[64 * 1024];
        while (offset < end)
        {
            var read = source.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset)));
            Files.Write(target, destination, buffer.AsSpan(0, read));
            offset += read;
            destination += read;
        }
    }

    private OutgoingPacket Limits(uint id)
    {
        var writer = PacketWriter.Begin(SftpPacketType.ExtendedReply, id);
        writer.Write(Options.Limits.MaxPacketLength);
        writer.Write(Options.Limits.MaxReadLength);
        writer.Write(Options.Limits.MaxWriteLength);
        writer.Write(Options.Limits.MaxOpenHandles);
        return writer.Finish();
    }

    private OutgoingPacket Statistics(uint id)
    {
        const ulong ReadOnly = 1;
        var writer = PacketWriter.Begin(SftpPacketType.ExtendedReply, id);
        var available = Files.AvailableBytes / BlockSize;
        writer.Write((long)BlockSize);
        writer.Write((long)BlockSize);
        writer.Write(Options.Capacity / BlockSize);
        writer.Write(available);
        writer.Write(available);
        writer.Write(1L << 20);
        writer.Write(1L << 20);
        writer.Write(1L << 20);
        writer.Write(0L);
        writer.Write(Options.IsReadOnly ? ReadOnly : 0UL);
        writer.Write(255L);
        return writer.Finish();
    }

    private OutgoingPacket OwnerNames(uint id, ref PacketReader reader)
    {
        var writer = PacketWriter.Begin(SftpPacketType.ExtendedReply, id);
        WriteNames(ref writer, reader.ReadBytes(), Options.UserId, Options.UserName);
        WriteNames(ref writer, reader.ReadBytes(), Options.GroupId, Options.UserName);
        return writer.Finish();
    }

    private static void WriteNames(ref PacketWriter writer, ReadOnlySpan<byte> ids, uint known, string name)
    {
        var reader = new PacketReader(ids);
        var lengthPosition = writer.Length;
        writer.Write(0u);
        while (reader.Remaining > 0)
            writer.Write(reader.ReadUInt32() is var id && id == known ? name : id == 0 ? "root" : "");
        writer.Patch(lengthPosition, (uint)(writer.Length - lengthPosition - 4));
    }

    private string ExpandTilde(string path)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            return Options.HomeDirectory + path[1..];
        var own = "~" + Options.UserName;
        return path == own || path.StartsWith(own + "/", StringComparison.Ordinal)
            ? Options.HomeDirectory + path[own.Length..]
            : path;
    }
}
