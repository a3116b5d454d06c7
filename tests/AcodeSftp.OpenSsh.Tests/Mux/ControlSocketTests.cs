using System.Buffers.Binary;
using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh.Tests.Mux;

public sealed class ControlSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task The_master_is_greeted_and_asked_for_proxy_mode()
    {
        var (ours, theirs) = await ScriptedPeer.ConnectedPairAsync();
        await using var disposal = theirs;
        var requesting = ControlSocket.RequestProxyAsync(ours, default);

        Assert.Equal(Message(1, 4), await ReadAsync(theirs));
        // A hello may carry extensions, such as the "info" of later versions.
        await theirs.WriteAsync(Message(1, 4, 0, 4, 0x696E666F, 0, 1, 0x30));
        Assert.Equal(Message(0x1000000f, 1), await ReadAsync(theirs));
        await theirs.WriteAsync(Message(0x8000000f, 1));

        await requesting.WaitAsync(Patience);
    }

    public static TheoryData<byte[]> BadReplies => new()
    {
        Message(1, 5),
        Message(2, 4),
        new byte[] { 0, 0, 0, 0 },
        new byte[] { 0x7F, 0, 0, 0 },
        (byte[])[.. Message(1, 4), .. Message(0x80000003, 1, 4, 0x6E6F7065)],
        (byte[])[.. Message(1, 4), .. Message(0x80000002, 1, 4, 0x6E6F7065)],
        (byte[])[.. Message(1, 4), .. Message(0x8000000f, 2)],
    };

    [Theory]
    [MemberData(nameof(BadReplies))]
    public async Task Any_other_answer_means_that_there_is_no_multiplexing(byte[] reply)
    {
        var (ours, theirs) = await ScriptedPeer.ConnectedPairAsync();
        await using var disposal = theirs;
        var requesting = ControlSocket.RequestProxyAsync(ours, default);

        await theirs.WriteAsync(reply);

        var error = await Assert.ThrowsAsync<SftpException>(() => requesting.WaitAsync(Patience));
        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
    }

    [Fact]
    public async Task A_socket_that_is_not_there_means_that_there_is_no_multiplexing()
    {
        var error = await Assert.ThrowsAsync<SftpException>(() => ControlSocket.ConnectAsync("/nowhere/socket", default));

        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
    }

    private static byte[] Message(params uint[] fields)
    {
        var bytes = new byte[4 + (fields.Length * 4)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
        for (var i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 + (i * 4)), fields[i]);
        return bytes;
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var bytes = new byte[12];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
        return bytes;
    }
}
