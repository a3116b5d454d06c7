using System.Buffers.Binary;
using System.Net.Sockets;
using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>
/// The control socket of an <c>ssh</c> that runs as a master: greets it and asks for proxy mode (PROTOCOL.mux, sections 1
/// and 9), after which the stream carries the messages of RFC 4254.
/// </summary>
internal static class ControlSocket
{
    private const uint Hello = 0x00000001;
    private const uint ProxyRequest = 0x1000000f;
    private const uint ProxyReply = 0x8000000f;
    private const uint PermissionDenied = 0x80000002;
    private const uint Failure = 0x80000003;
    private const uint ProtocolVersion = 4;
    private const int MaxReply = 64 * 1024;

    /// <summary>Connects.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The stream, in proxy mode.</returns>
    /// <exception cref="SftpException">
    /// The master refused, or speaks another protocol (<see cref="SftpErrorCode.Unsupported"/>).
    /// </exception>
    public static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // At once or not at all; and a socket that was used asynchronously waits otherwise ever after.
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw Refused($"its control socket cannot be reached: {e.Message}", e);
        }

        var stream = new ThreadedDuplexStream(socket);
        try
        {
            await RequestProxyAsync(stream, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (e is IOException)
                throw Refused("it closed its control socket", e);
            throw;
        }
    }

    /// <summary>Greets the master and asks for proxy mode.</summary>
    /// <param name="stream">The connected stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when the stream is in proxy mode.</returns>
    /// <exception cref="SftpException">
    /// The master refused, or speaks another protocol (<see cref="SftpErrorCode.Unsupported"/>).
    /// </exception>
    public static async Task RequestProxyAsync(Stream stream, CancellationToken cancellationToken)
    {
        const uint requestId = 1;
        await WriteAsync(stream, Hello, ProtocolVersion, cancellationToken).ConfigureAwait(false);
        var hello = await ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        if (Field(hello, 0) != Hello || Field(hello, 1) != ProtocolVersion)
            throw Refused($"it speaks version {Field(hello, 1)} of the multiplexing protocol, not {ProtocolVersion}", null);

        await WriteAsync(stream, ProxyRequest, requestId, cancellationToken).ConfigureAwait(false);
        var reply = await ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        if (Field(reply, 0) is PermissionDenied or Failure)
            throw Refused($"it refused proxy mode: {Reason(reply)}", null);
        if (Field(reply, 0) != ProxyReply || Field(reply, 1) != requestId)
            throw Refused("it did not answer the request for proxy mode", null);
    }

    private static async Task WriteAsync(Stream stream, uint type, uint value, CancellationToken cancellationToken)
    {
        var message = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(message, 8);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), type);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), value);
        await stream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
    }

    // Reads exactly one message: what follows the last of them is not ours to touch.
    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[4];
        await stream.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length > MaxReply)
            throw Refused($"it sent a message of {length} bytes", null);
        var message = new byte[length];
        await stream.ReadExactlyAsync(message, cancellationToken).ConfigureAwait(false);
        return message;
    }

    private static uint Field(byte[] message, int index) =>
        message.Length >= (index + 1) * 4 ? BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(index * 4)) : 0;

    private static string Reason(byte[] message)
    {
        if (message.Length <= 8)
            return "no reason given";
        var reader = new ChannelMessageReader(message.AsSpan(8));
        return TerminalText.Clean(reader.ReadText());
    }

    private static SftpException Refused(string why, Exception? inner) =>
        new(SftpErrorCode.Unsupported, $"ssh does not multiplex: {why}.", inner);
}
