using System.Buffers;
using System.Diagnostics;
using System.Threading.Channels;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>
/// An SFTP version 3 server in memory: one channel of an embedded host. It reads requests in order and answers each; the
/// answers wait for the host's latency together, as they would on a long line.
/// </summary>
internal sealed partial class EmbeddedSftpServer(EmbeddedHost host, Stream stream)
{
    private readonly Dictionary<uint, OpenHandle> _handles = [];
    private EmbeddedRequest? _request;
    private readonly Channel<(OutgoingPacket Packet, long Due)> _answers =
        Channel.CreateBounded<(OutgoingPacket Packet, long Due)>(1024);

    private readonly int _channel = host.NumberOfNextChannel();
    private uint _lastHandle;

    private EmbeddedHostOptions Options => host.Options;

    private EmbeddedFileSystem Files => host.Files;

    /// <summary>Serves the channel until its stream ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var answering = AnswerAsync(cancellationToken);
        try
        {
            await using (stream.ConfigureAwait(false))
            {
                try
                {
                    await ServeAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (IOException)
                {
                    // The line is cut here, behind what was answered before.
                }

                _answers.Writer.TryComplete();
                await answering.ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SftpException)
        {
            // The client went away or sent nonsense: the channel ends.
        }
        finally
        {
            _answers.Writer.TryComplete();
        }
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        using var frames = new FrameReader(stream, SftpSizes.MaxPacketLength + 1024);
        while (await frames.ReadAsync(cancellationToken).ConfigureAwait(false) is { } frame)
        {
            OutgoingPacket answer;
            try
            {
                answer = Answer(frame.Body);
            }
            finally
            {
                frame.Release();
            }

            var due = Stopwatch.GetTimestamp() + (long)(Options.Latency.TotalSeconds * Stopwatch.Frequency);
            await _answers.Writer.WriteAsync((answer, due), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        await foreach (var (packet, due) in _answers.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
                await stream.WriteAsync(packet.Memory, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                packet.Return();
            }
        }
    }

    private OutgoingPacket Answer(ReadOnlyMemory<byte> body)
    {
        var reader = new PacketReader(body.Span);
        var type = (SftpPacketType)reader.ReadByte();
        if (type == SftpPacketType.Init)
            return Version();

        var id = reader.ReadUInt32();
        try
        {
            lock (Files.Lock)
            {
                _request = null;
                var answer = Carry(type, id, ref reader);
                if (_request is { } done)
                    Options.OnDone?.Invoke(done);
                return answer;
            }
        }
        catch (EmbeddedRefusal refusal)
        {
            return Status(id, refusal.Status, refusal.Message);
        }
    }

    private OutgoingPacket Version()
    {
        var writer = PacketWriter.BeginWithoutId(SftpPacketType.Version);
        writer.Write(SftpSizes.ProtocolVersion);
        foreach (var (name, version) in Options.Extensions)
        {
            writer.Write(name);
            writer.Write(version);
        }

        return writer.Finish();
    }

    private OutgoingPacket Carry(SftpPacketType type, uint id, ref PacketReader reader)
    {
        switch (type)
        {
            case SftpPacketType.Open:
                return Open(id, ref reader);
            case SftpPacketType.OpenDir:
                return OpenDirectory(id, Path(type, ref reader));
            case SftpPacketType.Close:
                Handle(type, ref reader, out var closed);
                _handles.Remove(closed);
                return Ok(id);
            case SftpPacketType.Read:
                return Read(id, ref reader);
            case SftpPacketType.Write:
                return Write(id, ref reader);
            case SftpPacketType.ReadDir:
                return ReadDirectory(id, Handle(type, ref reader));
            case SftpPacketType.Stat:
                return Attributes(id, Files.Get(Path(type, ref reader), followLinks: true));
            case SftpPacketType.LStat:
                return Attributes(id, Files.Get(Path(type, ref reader), followLinks: false));
            case SftpPacketType.FStat:
                return Attributes(id, Handle(type, ref reader).Node);
            case SftpPacketType.SetStat:
                Files.SetAttributes(Files.Get(Path(type, ref reader), followLinks: true), reader.ReadAttributes());
                return Ok(id);
            case SftpPacketType.FSetStat:
                Files.SetAttributes(Handle(type, ref reader).Node, reader.ReadAttributes());
                return Ok(id);
            case SftpPacketType.Remove:
                Files.RemoveFile(Path(type, ref reader));
                return Ok(id);
            case SftpPacketType.MkDir:
                Files.CreateDirectory(Path(type, ref reader), reader.ReadAttributes());
                return Ok(id);
            case SftpPacketType.RmDir:
                Files.RemoveDirectory(Path(type, ref reader));
                return Ok(id);
            case SftpPacketType.Rename:
                Files.Rename(Path(type, ref reader), reader.ReadText(), replace: false);
                return Ok(id);
            case SftpPacketType.RealPath:
                return Name(id, Files.RealPath(Path(type, ref reader)));
            case SftpPacketType.ReadLink:
                return Name(id, (Files.Get(Path(type, ref reader), followLinks: false) as EmbeddedLink)?.Target
                    ?? throw EmbeddedRefusal.Failure);
            case SftpPacketType.SymLink:
                var target = reader.ReadText();
                Files.CreateSymbolicLink(Path(type, ref reader), target);
                return Ok(id);
            case SftpPacketType.Extended:
                return Extended(id, ref reader);
            default:
                return Status(id, SftpStatusCode.OpUnsupported, $"Unknown message {(byte)type}");
        }
    }

    private OutgoingPacket Open(uint id, ref PacketReader reader)
    {
        var path = Path(SftpPacketType.Open, ref reader);
        var flags = (RemoteOpenFlags)reader.ReadUInt32();
        if (_handles.Count >= Options.MaxOpenHandles)
            throw EmbeddedRefusal.Failure;
        return NewHandle(id, new OpenHandle(path, Files.Open(path, flags, reader.ReadAttributes()), flags));
    }

    private OutgoingPacket OpenDirectory(uint id, string path)
    {
        if (_handles.Count >= Options.MaxOpenHandles)
            throw EmbeddedRefusal.Failure;
        var directory = Files.GetDirectory(path);
        var listing = new Queue<KeyValuePair<string, EmbeddedNode>>(directory.Entries.Count + 2);
        listing.Enqueue(new(".", directory));
        listing.Enqueue(new("..", directory));
        foreach (var entry in directory.Entries)
            listing.Enqueue(entry);
        return NewHandle(id, new OpenHandle(path, directory, RemoteOpenFlags.Read) { Listing = listing });
    }

    private OutgoingPacket NewHandle(uint id, OpenHandle handle)
    {
        _handles[++_lastHandle] = handle;
        var writer = PacketWriter.Begin(SftpPacketType.Handle, id);
        writer.Write(4u);
        writer.Write(_lastHandle);
        return writer.Finish();
    }

    private OutgoingPacket Read(uint id, ref PacketReader reader)
    {
        var handle = Handle(SftpPacketType.Read, ref reader);
        var offset = reader.ReadCount();
        var length = (int)Math.Min(reader.ReadUInt32(), (uint)Math.Min(Options.MaxReadAnswer, SftpSizes.MaxPacketLength - 64));
        var file = handle.FileFor(RemoteOpenFlags.Read);
        if (length == 0 || offset >= file.Size)
            return Status(id, SftpStatusCode.Eof, "End of file");
        length = (int)Math.Min(length, file.Size - offset);
        var writer = PacketWriter.Begin(SftpPacketType.Data, id, length + 32);
        writer.Write((uint)length);
        file.Read(offset, writer.GetMemory(length).Span);
        writer.Advance(length);
        return writer.Finish();
    }

    private OutgoingPacket Write(uint id, ref PacketReader reader)
    {
        var handle = Handle(SftpPacketType.Write, ref reader);
        var offset = reader.ReadCount();
        var data = reader.ReadBytes();
        var file = handle.FileFor(RemoteOpenFlags.Write);
        if (handle.Flags.HasFlag(RemoteOpenFlags.Append))
            offset = file.Size;
        if (offset > Options.Capacity)
            throw EmbeddedRefusal.Failure;
        if (Options.OnWrite is not { } spoil)
        {
            Files.Write(file, offset, data);
            return Ok(id);
        }

        var copy = ArrayPool<byte>.Shared.Rent(data.Length);
        data.CopyTo(copy);
        spoil(handle.Path, offset, copy.AsMemory(0, data.Length));
        Files.Write(file, offset, copy.AsSpan(0, data.Length));
        ArrayPool<byte>.Shared.Return(copy);
        return Ok(id);
    }

    private OutgoingPacket ReadDirectory(uint id, OpenHandle handle)
    {
        const int EntriesInAnswer = 100;
        const int CountPosition = 9;
        var listing = handle.Listing ?? throw EmbeddedRefusal.Failure;
        if (listing.Count == 0)
            return Status(id, SftpStatusCode.Eof, "End of file");
        var writer = PacketWriter.Begin(SftpPacketType.Name, id, 16 * 1024);
        writer.Write(0u);
        var count = 0u;
        while (count < EntriesInAnswer && writer.Length < SftpSizes.MaxPacketLength / 2 && listing.TryDequeue(out var entry))
        {
            var attributes = entry.Value.Attributes;
            var name = host.Options.OnListedName?.Invoke(entry.Key) ?? entry.Key;
            writer.Write(name);
            writer.Write(LongName(name, entry.Value));
            writer.Write(attributes);
            count++;
        }

        writer.Patch(CountPosition, count);
        return writer.Finish();
    }

    private static string LongName(string name, EmbeddedNode node) => string.Create(
        null,
        $"{UnixMode.ToText(node.Mode)} {node.LinkCount,4} {node.UserId,-8} {node.GroupId,-8} {node.Size,8} {node.Modified:MMM dd HH:mm} {name}");

    private static OutgoingPacket Attributes(uint id, EmbeddedNode node)
    {
        var writer = PacketWriter.Begin(SftpPacketType.Attrs, id);
        writer.Write(node.Attributes);
        return writer.Finish();
    }

    private static OutgoingPacket Name(uint id, string name)
    {
        var writer = PacketWriter.Begin(SftpPacketType.Name, id);
        writer.Write(1u);
        writer.Write(name);
        writer.Write(name);
        writer.Write(RemoteFileAttributes.None);
        return writer.Finish();
    }

    private static OutgoingPacket Ok(uint id) => Status(id, SftpStatusCode.Ok, "Success");

    private static OutgoingPacket Status(uint id, SftpStatusCode code, string message)
    {
        var writer = PacketWriter.Begin(SftpPacketType.Status, id);
        writer.Write((uint)code);
        writer.Write(message);
        writer.Write("");
        return writer.Finish();
    }

    private string Path(SftpPacketType type, ref PacketReader reader)
    {
        var path = reader.ReadText();
        Announce(type, type.ToString(), path);
        return path;
    }

    private OpenHandle Handle(SftpPacketType type, ref PacketReader reader) => Handle(type, ref reader, out _);

    private OpenHandle Handle(SftpPacketType type, ref PacketReader reader, out uint number)
    {
        // EBADF is "no such file" to OpenSSH's server.
        var bytes = reader.ReadBytes();
        number = bytes.Length == 4 ? new PacketReader(bytes).ReadUInt32() : 0;
        var handle = _handles.GetValueOrDefault(number) ?? throw EmbeddedRefusal.NotFound;
        Announce(type, type.ToString(), handle.Path);
        return handle;
    }

    private void Announce(SftpPacketType type, string name, string? path)
    {
        if (Options is { OnRequest: null, OnDone: null })
            return;
        _request = new EmbeddedRequest((byte)type, name, path) { Channel = _channel };
        Options.OnRequest?.Invoke(_request);
    }

    private sealed record OpenHandle(string Path, EmbeddedNode Node, RemoteOpenFlags Flags)
    {
        public Queue<KeyValuePair<string, EmbeddedNode>>? Listing { get; init; }

        public EmbeddedFile FileFor(RemoteOpenFlags access) =>
            Flags.HasFlag(access) && Node is EmbeddedFile file ? file : throw EmbeddedRefusal.NotFound;
    }
}
