using System.Text;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace AcodeSftp.Protocol.Tests.Wire;

public sealed class CodecTests
{
    [Fact]
    public void Any_bytes_become_text_and_the_same_bytes_again() => Prop.ForAll<byte[]>(bytes =>
    {
        var text = RemoteText.Decode(bytes);
        var back = new byte[RemoteText.MaxByteCount(text.Length)];
        return bytes.AsSpan().SequenceEqual(back.AsSpan(0, RemoteText.Encode(text, back)));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("plain.txt")]
    [InlineData("žluťoučký kůň 🐎.txt")]
    [InlineData("")]
    public void Text_goes_over_the_wire_as_utf_8(string text)
    {
        var bytes = new byte[RemoteText.MaxByteCount(text.Length)];

        Assert.Equal(Encoding.UTF8.GetBytes(text), bytes[..RemoteText.Encode(text, bytes)]);
        Assert.Equal(text, RemoteText.Decode(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void A_name_in_latin_1_can_be_told_from_others_and_comes_back()
    {
        byte[] name = [(byte)'c', 0xF4, (byte)'t', 0xE9];

        var text = RemoteText.Decode(name);
        var back = new byte[16];

        Assert.Equal("c\uDCF4t\uDCE9", text);
        Assert.Equal(name, back[..RemoteText.Encode(text, back)]);
        Assert.Equal("c\\xf4t\\xe9", TerminalText.Clean(text));
    }

    [Fact]
    public void Attributes_come_back_as_they_were_written()
    {
        var times = Gen.Choose(0, int.MaxValue).Select(seconds => DateTimeOffset.FromUnixTimeSeconds(2L * seconds));
        var attributes =
            from size in ArbMap.Default.GeneratorFor<uint?>().Select(n => (long?)n * 1000)
            from hasOwner in ArbMap.Default.GeneratorFor<bool>()
            from user in ArbMap.Default.GeneratorFor<uint>()
            from mode in ArbMap.Default.GeneratorFor<uint?>()
            from hasTimes in ArbMap.Default.GeneratorFor<bool>()
            from accessed in times
            from modified in times
            select new RemoteFileAttributes
            {
                Size = size,
                UserId = hasOwner ? user : null,
                GroupId = hasOwner ? user ^ 5 : null,
                Mode = mode,
                Accessed = hasTimes ? accessed : null,
                Modified = hasTimes ? modified : null,
            };
        Prop.ForAll(attributes.ToArbitrary(), written =>
        {
            var writer = PacketWriter.Begin(SftpPacketType.Attrs, 1);
            writer.Write(written);
            var reader = new PacketReader(writer.Finish().Memory.Span[9..]);
            return reader.ReadAttributes() == written && reader.Remaining == 0;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Extended_attributes_are_passed_over()
    {
        var writer = PacketWriter.Begin(SftpPacketType.Attrs, 1);
        writer.Write(0x80000004u);
        writer.Write(0x81A4u);
        writer.Write(2u);
        writer.Write("acl@example.org");
        writer.Write("...");
        writer.Write("x");
        writer.Write("");
        writer.Write(42u);
        var reader = new PacketReader(writer.Finish().Memory.Span[9..]);

        Assert.Equal(0x81A4u, reader.ReadAttributes().Mode);
        Assert.Equal(42u, reader.ReadUInt32());
    }

    [Fact]
    public void Any_bytes_read_as_attributes_are_attributes_or_a_violation() => Prop.ForAll<byte[]>(bytes =>
    {
        try
        {
            new PacketReader(bytes).ReadAttributes();
            return true;
        }
        catch (SftpException e)
        {
            return e.Code == SftpErrorCode.ProtocolViolation;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_packet_grows_beyond_the_capacity_it_began_with()
    {
        var writer = PacketWriter.Begin(SftpPacketType.Write, 7, capacity: 8);
        var content = new byte[100_000];
        content.AsSpan().Fill(9);
        writer.Write(content.AsSpan());
        var packet = writer.Finish().Memory.Span;
        var reader = new PacketReader(packet);

        Assert.Equal((uint)packet.Length - 4, reader.ReadUInt32());
        Assert.Equal((byte)SftpPacketType.Write, reader.ReadByte());
        Assert.Equal(7u, reader.ReadUInt32());
        Assert.True(reader.ReadBytes().SequenceEqual(content));
    }

    [Fact]
    public async Task Packets_are_cut_from_a_stream_however_it_arrives()
    {
        var packets = new[] { 1, 5, 8191, 8193, 40_000, 261_000, 3 }.Select((length, i) => Filled(length, (byte)i)).ToArray();
        using var whole = new MemoryStream();
        foreach (var packet in packets)
        {
            whole.Write([(byte)(packet.Length >> 24), (byte)(packet.Length >> 16), (byte)(packet.Length >> 8), (byte)packet.Length]);
            whole.Write(packet);
        }

        foreach (var step in new[] { 1, 3, 1000, 65_536, int.MaxValue })
        {
            using var frames = new FrameReader(new SlowStream(whole.ToArray(), step), SftpSizes.MaxPacketLength);
            foreach (var packet in packets)
            {
                var frame = (await frames.ReadAsync(default))!.Value;
                Assert.True(frame.Body.Span.SequenceEqual(packet), $"{packet.Length} bytes in steps of {step}");
                var taken = frame.TakeBuffer(0, packet.Length);
                Assert.True(taken.AsSpan().SequenceEqual(packet));
            }

            Assert.Null(await frames.ReadAsync(default));
        }
    }

    private static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private sealed class SlowStream(byte[] content, int step) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, step)], cancellationToken);
    }
}
