using System.Buffers;
using System.Buffers.Binary;

namespace AcodeSftp.OpenSsh.Mux;

/// <summary>What a <see cref="ChannelMultiplexer"/> needs to know.</summary>
internal sealed record ChannelMultiplexerOptions
{
    /// <summary>The host at the other end, for errors.</summary>
    public required string Host { get; init; }

    /// <summary>How long the peer may take to answer an opening or a request.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Asked why the stream ended, which may take a moment; null for "the connection was closed".</summary>
    public Func<ValueTask<SftpException>>? DescribeLoss { get; init; }

    /// <summary>The receive windows of all channels to the server.</summary>
    public ReceiveWindows Windows { get; init; } = new(TimeProvider.System);
}

/// <summary>
/// The client's side of the SSH connection protocol (RFC 4254), and nothing below it: any number of session channels over
/// one stream, which OpenSSH's control socket in proxy mode is (PROTOCOL.mux, section 9). One loop reads and one writes.
/// What the peer gets wrong ends the connection with <see cref="SftpErrorCode.ProtocolViolation"/>.
/// </summary>
internal sealed class ChannelMultiplexer : IAsyncDisposable
{
    private const int BufferLength = 512 * 1024;

    private readonly Stream _stream;
    private readonly ChannelMultiplexerOptions _options;
    private readonly Dictionary<uint, SshChannel> _channels = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loops;
    private SftpException? _fault;
    private uint _lastId;

    /// <summary>Starts.</summary>
    /// <param name="stream">A stream whose two directions work at the same time. It is owned from now on.</param>
    /// <param name="options">What to know.</param>
    public ChannelMultiplexer(Stream stream, ChannelMultiplexerOptions options)
    {
        _stream = stream;
        _options = options;
        Sender = new FrameSender(stream);
        _loops = Task.WhenAll(Task.Run(ReadLoopAsync), Task.Run(WriteLoopAsync));
    }

    /// <summary>The host at the other end.</summary>
    public string Host => _options.Host;

    /// <summary>False once the stream has ended, for whatever reason.</summary>
    public bool IsConnected => Volatile.Read(ref _fault) is null;

    /// <summary>The receive windows of its channels.</summary>
    internal ReceiveWindows Windows => _options.Windows;

    internal FrameSender Sender { get; }

    /// <summary>Opens a session channel (RFC 4254, section 6.1).</summary>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up; the channel is closed.</param>
    /// <returns>The channel.</returns>
    /// <exception cref="SftpException">The server refused it, did not answer in time, or the connection is lost.</exception>
    public async Task<SshChannel> OpenSessionAsync(SshChannelSettings settings, CancellationToken cancellationToken)
    {
        SshChannel channel;
        lock (_channels)
        {
            ThrowIfLost();
            channel = new SshChannel(this, _lastId++, settings);
            _channels.Add(channel.LocalId, channel);
        }

        Post(new ChannelMessageWriter(ChannelMessageType.ChannelOpen)
            .Add("session")
            .Add(channel.LocalId)
            .Add((uint)settings.ReceiveWindow)
            .Add((uint)settings.MaxPacket));
        try
        {
            await WithinReplyTimeAsync("open a channel", token => channel.Opened.WaitAsync(token), cancellationToken)
                .ConfigureAwait(false);
            return channel;
        }
        catch (Exception e) when (e is OperationCanceledException or SftpException)
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits for an answer of the peer, but not for ever.</summary>
    /// <param name="what">What was asked, for the error.</param>
    /// <param name="wait">Waits.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends with the wait.</returns>
    public async Task WithinReplyTimeAsync(string what, Func<CancellationToken, Task> wait, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (_options.ReplyTimeout > TimeSpan.Zero)
            timer.CancelAfter(_options.ReplyTimeout);
        try
        {
            await wait(timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SftpException(
                SftpErrorCode.Timeout,
                $"{Host} did not answer the request to {what} within {_options.ReplyTimeout.TotalSeconds:0.#} s.",
                e)
            {
                Host = Host,
            };
        }
    }

    /// <summary>Ends all channels and the stream. Doing so twice is fine.</summary>
    /// <returns>A task that ends when the loops have.</returns>
    public async ValueTask DisposeAsync()
    {
        await FailAsync(new SftpException(SftpErrorCode.ConnectionLost, "The connection was closed.") { Host = Host })
            .ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
    }

    // Sends, or ends the connection where the peer lets unread messages pile up.
    internal void Post(ChannelMessageWriter message)
    {
        try
        {
            Sender.Post(message);
        }
        catch (SftpException e)
        {
            _ = FailAsync(e);
        }
    }

    private async Task ReadLoopAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            var filled = 0;
            while (true)
            {
                var read = await _stream.ReadAsync(buffer.AsMemory(filled), _stopping.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    await FailAsync(await DescribeLossAsync(null).ConfigureAwait(false)).ConfigureAwait(false);
                    return;
                }

                filled += read;
                var used = HandleMessages(buffer.AsSpan(0, filled));
                filled -= used;
                if (used > 0 && filled > 0)
                    buffer.AsSpan(used, filled).CopyTo(buffer);
            }
        }
        catch (Exception e)
        {
            await FailAsync(await FaultOfAsync(e).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task WriteLoopAsync()
    {
        try
        {
            await Sender.RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await FailAsync(await FaultOfAsync(e).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    // Everything is caught: a loop that ends without a word would leave whoever waits for it waiting for ever.
    private async ValueTask<SftpException> FaultOfAsync(Exception error) => error switch
    {
        SftpException known => known.WithHost(Host),
        IOException or ObjectDisposedException or OperationCanceledException => await DescribeLossAsync(error).ConfigureAwait(false),
        _ => new SftpException(SftpErrorCode.Unknown, $"The connection to {Host} ended: {error.Message}", error) { Host = Host },
    };

    // Handles the whole messages that are there.
    private int HandleMessages(ReadOnlySpan<byte> data)
    {
        var used = 0;
        while (data.Length - used >= 4)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(data[used..]);
            if (length is < 2 or > ChannelLimits.MaxMessage)
                throw ChannelMessageReader.Violation($"a message of {length} bytes is announced");
            if (data.Length - used - 4 < (int)length)
                break;
            var message = data.Slice(used + 4, (int)length);
            if (message[0] > length - 2)
                throw ChannelMessageReader.Violation("a message has more padding than it is long");
            HandleMessage((ChannelMessageType)message[1], message[2..^message[0]]);
            used += 4 + (int)length;
        }

        return used;
    }

    private void HandleMessage(ChannelMessageType type, ReadOnlySpan<byte> payload)
    {
        var reader = new ChannelMessageReader(payload);
        switch (type)
        {
            case >= ChannelMessageType.ChannelOpenConfirmation and <= ChannelMessageType.ChannelFailure:
                HandleChannelMessage(type, ref reader);
                break;
            case ChannelMessageType.ChannelOpen:
                RefuseChannel(ref reader);
                break;
            case ChannelMessageType.GlobalRequest:
                reader.ReadBytes();
                if (reader.ReadBoolean())
                    Post(new ChannelMessageWriter(ChannelMessageType.RequestFailure));
                break;
            case ChannelMessageType.Disconnect:
                reader.ReadUInt32();
                throw new SftpException(
                    SftpErrorCode.ConnectionLost,
                    $"{Host} ended the connection: {TerminalText.Clean(reader.ReadText())}.");
            case ChannelMessageType.Ignore or ChannelMessageType.Debug or ChannelMessageType.Unimplemented:
            case ChannelMessageType.RequestSuccess or ChannelMessageType.RequestFailure:
                break;
            default:
                throw ChannelMessageReader.Violation($"a message of the unknown type {(byte)type}");
        }
    }

    private void HandleChannelMessage(ChannelMessageType type, ref ChannelMessageReader reader)
    {
        var id = reader.ReadUInt32();
        SshChannel? channel;
        lock (_channels)
        {
            if (!_channels.TryGetValue(id, out channel))
                throw ChannelMessageReader.Violation($"a message for channel {id}, which there is not");
        }

        switch (type)
        {
            case ChannelMessageType.ChannelOpenConfirmation:
                channel.OnOpened(ref reader);
                break;
            case ChannelMessageType.ChannelOpenFailure:
                channel.OnRefused(ref reader);
                break;
            case ChannelMessageType.ChannelWindowAdjust:
                channel.OnWindowAdjust(ref reader);
                break;
            case ChannelMessageType.ChannelData:
                channel.OnData(ref reader, isError: false);
                break;
            case ChannelMessageType.ChannelExtendedData:
                channel.OnData(ref reader, isError: true);
                break;
            case ChannelMessageType.ChannelEof:
                channel.OnEof();
                break;
            case ChannelMessageType.ChannelClose:
                channel.OnClose();
                break;
            case ChannelMessageType.ChannelRequest:
                channel.OnRequest(ref reader);
                break;
            default:
                channel.OnReply(type == ChannelMessageType.ChannelSuccess);
                break;
        }

        if (channel.IsOver)
        {
            lock (_channels)
                _channels.Remove(id);
        }
    }

    // Nothing that the server may open was asked for (RFC 4254, section 5.1: reason 1 is "administratively prohibited").
    private void RefuseChannel(ref ChannelMessageReader reader)
    {
        reader.ReadBytes();
        Post(ChannelMessageWriter.To(ChannelMessageType.ChannelOpenFailure, reader.ReadUInt32())
            .Add(1)
            .Add("not asked for")
            .Add(""));
    }

    private async ValueTask<SftpException> DescribeLossAsync(Exception? cause)
    {
        if (Volatile.Read(ref _fault) is { } known)
            return known;
        if (_options.DescribeLoss is { } describe)
            return await describe().ConfigureAwait(false);
        return new SftpException(SftpErrorCode.ConnectionLost, $"The connection to {Host} was closed.", cause) { Host = Host };
    }

    private async Task FailAsync(SftpException error)
    {
        SshChannel[] channels;
        lock (_channels)
        {
            if (_fault is not null)
                return;
            Volatile.Write(ref _fault, error);
            channels = [.. _channels.Values];
            _channels.Clear();
        }

        Sender.Dispose();
        foreach (var channel in channels)
            channel.Fail(error);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private void ThrowIfLost()
    {
        if (_fault is { } fault)
            throw fault.Again();
    }
}
