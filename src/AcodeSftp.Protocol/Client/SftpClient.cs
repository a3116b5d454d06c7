using System.Diagnostics;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>
/// An SFTP version 3 client (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions over a duplex stream, such as the
/// standard input and output of <c>ssh -s host sftp</c> or a channel of an SSH connection.
/// <code>
/// await using var client = await SftpClient.ConnectAsync(stream, new SftpClientOptions());
/// await foreach (var entry in client.ReadDirectoryAsync(new RemotePath("/var/log")))
///     Console.WriteLine(entry.LongName);
/// </code>
/// One loop reads and one loop writes; requests are told apart by their ids and any number may be under way at once. The
/// client owns the stream.
/// </summary>
public sealed partial class SftpClient : IRemoteFileSystem
{
    // Enough to keep the writer busy while the next packet is prepared; few enough to bound memory at 255 KiB each.
    private const int MaxQueuedPackets = 8;

    // What the shared pool keeps of one size for each processor.
    private const int MaxLargeWrites = 32;

    private readonly Stream _stream;
    private readonly SftpClientOptions _options;
    private readonly FrameReader _frames;
    private readonly Dictionary<uint, IPendingRequest> _pending = [];
    private readonly UsageCount _handles = new();
    private readonly OutgoingQueue _outgoing = new(MaxQueuedPackets);
    private readonly CancellationTokenSource _stopping = new();
    private Task _loops = Task.CompletedTask;
    private Timer? _watchdog;
    private SftpException? _fault;
    private uint _lastId;
    private long _lastActivity = Stopwatch.GetTimestamp();
    private int _unboundedRequests;
    private SftpServerInfo? _server;

    private SftpClient(Stream stream, SftpClientOptions options)
    {
        _stream = stream;
        _options = options;
        _frames = new FrameReader(stream, SftpSizes.MaxPacketLength + 1024);
    }

    /// <inheritdoc/>
    public SftpServerInfo Server => _server ?? throw new InvalidOperationException("The version exchange is not over yet.");

    /// <inheritdoc/>
    public bool IsConnected => Volatile.Read(ref _fault) is null;

    /// <summary>Largest read request in bytes, from <c>limits@openssh.com</c> where the server reports it.</summary>
    internal int MaxReadLength { get; private set; } = SftpSizes.SafeRequestLength;

    /// <summary>Largest write request in bytes, from <c>limits@openssh.com</c> where the server reports it.</summary>
    internal int MaxWriteLength { get; private set; } = SftpSizes.SafeRequestLength;

    /// <summary>
    /// Taken by whoever fills a large packet until it is queued: many files that are written at once would otherwise all have
    /// theirs in memory, more than the shared pool keeps.
    /// </summary>
    internal SemaphoreSlim LargeWrites { get; } = new(MaxLargeWrites);

    /// <inheritdoc/>
    public TimeSpan? RoundTrip => Path.RoundTrip;

    /// <summary>What is known of the path to the server.</summary>
    internal PathEstimate Path { get; } = new(TimeProvider.System);

    internal string? Host => _options.Host;

    /// <summary>Exchanges versions and asks the server for its limits.</summary>
    /// <param name="stream">A stream whose read and write sides work at the same time. The client owns it from now on.</param>
    /// <param name="options">How to work.</param>
    /// <param name="cancellationToken">Gives up; the stream is disposed.</param>
    /// <returns>The client, ready for requests.</returns>
    /// <exception cref="SftpException">The stream ended, or what came is not SFTP version 3.</exception>
    public static async Task<SftpClient> ConnectAsync(
        Stream stream,
        SftpClientOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        var client = new SftpClient(stream, options);
        try
        {
            var extensions = await client.ExchangeVersionsAsync(cancellationToken).ConfigureAwait(false);
            client._server = new SftpServerInfo
            {
                ProtocolVersion = (int)SftpSizes.ProtocolVersion,
                Extensions = extensions,
            };
            client.Start();
            await client.LearnLimitsAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the channel. What waits for an answer fails; doing so twice is fine.</summary>
    /// <returns>A task that ends when the stream is disposed.</returns>
    public async ValueTask DisposeAsync()
    {
        await FailAsync(new SftpException(SftpErrorCode.ConnectionLost, "The SFTP channel was closed.") { Host = Host })
            .ConfigureAwait(false);
        try
        {
            await _loops.WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A stream that ignores its own disposal must not hold up whoever closes a session.
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> ExchangeVersionsAsync(CancellationToken cancellationToken)
    {
        var init = PacketWriter.BeginWithoutId(SftpPacketType.Init);
        init.Write(SftpSizes.ProtocolVersion);
        var packet = init.Finish();
        try
        {
            await _stream.WriteAsync(packet.Memory, cancellationToken).ConfigureAwait(false);
            await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            var frame = await _frames.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw await LossAsync(null).ConfigureAwait(false);
            var extensions = ParseVersion(frame.Body.Span);
            frame.Release();
            return extensions;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw await LossAsync(e).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Host is null && Host is not null)
        {
            throw e.WithHost(Host);
        }
        finally
        {
            packet.Return();
        }
    }

    private static Dictionary<string, string> ParseVersion(ReadOnlySpan<byte> body)
    {
        var reader = new PacketReader(body);
        Replies.Expect((SftpPacketType)reader.ReadByte(), SftpPacketType.Version);
        var version = reader.ReadUInt32();
        if (version != SftpSizes.ProtocolVersion)
            throw new SftpException(
                SftpErrorCode.Unsupported,
                $"The server speaks SFTP version {version} only; version {SftpSizes.ProtocolVersion} is needed.");
        var extensions = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Remaining > 0)
            extensions[reader.ReadText()] = reader.ReadText();
        return extensions;
    }

    private void Start()
    {
        _loops = Task.WhenAll(Task.Run(ReadLoopAsync), Task.Run(WriteLoopAsync));
        if (_options.OperationTimeout <= TimeSpan.Zero)
            return;
        var period = TimeSpan.FromMilliseconds(Math.Max(50, _options.OperationTimeout.TotalMilliseconds / 8));
        _watchdog = new Timer(static state => ((SftpClient)state!).CheckSilence(), this, period, period);
    }

    private async Task LearnLimitsAsync(CancellationToken cancellationToken)
    {
        if (!Server.Supports(SftpExtensions.Limits))
            return;
        var limits = _options.KnownLimits ?? await CallExtendedAsync(
            SftpExtensions.Limits,
            new RequestSubject("ask the server for its limits", null),
            static (ref PacketWriter _) => { },
            static (SftpPacketType type, ref PacketReader reader) =>
            {
                Replies.Expect(type, SftpPacketType.ExtendedReply);
                return new SftpServerLimits(
                    reader.ReadSaturatedCount(),
                    reader.ReadSaturatedCount(),
                    reader.ReadSaturatedCount(),
                    reader.ReadSaturatedCount());
            },
            cancellationToken).ConfigureAwait(false);
        _server = Server with { Limits = limits };
        MaxReadLength = RequestLength(limits.MaxReadLength, limits.MaxPacketLength);
        MaxWriteLength = RequestLength(limits.MaxWriteLength, limits.MaxPacketLength);
    }

    // A packet of data carries a header besides: 1 KiB is what OpenSSH leaves for it (sftp-server.c, SFTP_MAX_READ_LENGTH).
    private static int RequestLength(long limit, long packetLimit)
    {
        var packet = packetLimit is > 0 and < SftpSizes.MaxPacketLength ? packetLimit : SftpSizes.MaxPacketLength;
        var largest = Math.Max(SftpSizes.SafeRequestLength, packet - 1024);
        return (int)(limit > 0 ? Math.Min(limit, largest) : Math.Min(SftpSizes.SafeRequestLength, largest));
    }

    private async Task ReadLoopAsync()
    {
        try
        {
            while (await _frames.ReadAsync(_stopping.Token).ConfigureAwait(false) is { } frame)
            {
                Interlocked.Exchange(ref _lastActivity, Stopwatch.GetTimestamp());
                Dispatch(frame);
            }

            await FailAsync(await LossAsync(null).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            await FailAsync(e).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A broken stream mostly; but whatever it is, a loop that ends must not leave anyone waiting.
            await FailAsync(await LossAsync(e).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            _frames.Dispose();
        }
    }

    private void Dispatch(Frame frame)
    {
        try
        {
            var reader = new PacketReader(frame.Body.Span);
            var type = (SftpPacketType)reader.ReadByte();
            var id = reader.ReadUInt32();
            IPendingRequest? request;
            lock (_pending)
            {
                if (!_pending.Remove(id, out request))
                    throw PacketReader.Violation($"an answer to request {id}, which was not asked");
            }

            Path.OnAnswer(request.Sent, request.Length);
            try
            {
                request.OnReply(type, ref frame);
            }
            catch (SftpException e)
            {
                request.OnFailed(e);
                throw;
            }
        }
        finally
        {
            frame.Release();
        }
    }

    private async Task WriteLoopAsync()
    {
        try
        {
            await foreach (var packet in _outgoing.Ready.ReadAllAsync(_stopping.Token).ConfigureAwait(false))
            {
                try
                {
                    await _stream.WriteAsync(packet.Memory, _stopping.Token).ConfigureAwait(false);
                }
                finally
                {
                    packet.Return();
                    _outgoing.Sent();
                }

                Interlocked.Exchange(ref _lastActivity, Stopwatch.GetTimestamp());
                if (!_outgoing.Ready.TryPeek(out _))
                    await _stream.FlushAsync(_stopping.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            await FailAsync(e as SftpException ?? await LossAsync(e).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            while (_outgoing.Ready.TryRead(out var unsent))
                unsent.Return();
        }
    }

    // Registers a request under a new id. Fails where the channel has ended.
    internal uint Register(IPendingRequest request)
    {
        lock (_pending)
        {
            if (_fault is { } fault)
                throw Repeat(fault);
            request.Sent = Path.Mark();
            // Requests may be long under way, so an id that comes round again is skipped while it is taken.
            while (!_pending.TryAdd(++_lastId, request))
            {
            }

            // The clock of a silent channel starts with the first request that waits.
            if (_pending.Count == 1)
                Interlocked.Exchange(ref _lastActivity, Stopwatch.GetTimestamp());
            return _lastId;
        }
    }

    // Queues the packet of a registered request. A packet is sent whole or not at all: where the caller gives up while the
    // queue is full, the server never hears of the request.
    internal async ValueTask SendAsync(uint id, OutgoingPacket packet, CancellationToken cancellationToken)
    {
        try
        {
            if (await _outgoing.AddAsync(packet, cancellationToken).ConfigureAwait(false))
                return;
        }
        catch (OperationCanceledException)
        {
            Drop(id, packet);
            throw;
        }

        Drop(id, packet);
        throw Repeat(_fault ?? await LossAsync(null).ConfigureAwait(false));
    }

    private void Drop(uint id, OutgoingPacket packet)
    {
        packet.Return();
        lock (_pending)
            _pending.Remove(id);
    }

    private async Task FailAsync(SftpException error)
    {
        IPendingRequest[] waiting;
        lock (_pending)
        {
            if (_fault is not null)
                return;
            Volatile.Write(ref _fault, error);
            waiting = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var request in waiting)
            request.OnFailed(Repeat(error));
        _outgoing.Close();
        if (_watchdog is not null)
            await _watchdog.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    // Each caller gets an exception of its own: one object thrown on several threads loses its stack traces.
    private static SftpException Repeat(SftpException error) => new(error.Code, error.Message, error)
    {
        Path = error.Path,
        Host = error.Host,
        Advice = error.Advice,
        IsTransientOverride = error.IsTransientOverride,
    };

    private async ValueTask<SftpException> LossAsync(Exception? cause)
    {
        if (Volatile.Read(ref _fault) is { } known)
            return known;
        if (_options.DescribeLoss is { } describe)
            return await describe().ConfigureAwait(false);
        return new SftpException(
            SftpErrorCode.ConnectionLost,
            "The connection was closed while the SFTP channel was open.",
            cause)
        {
            Host = Host,
        };
    }

    private TimeSpan Silence => Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastActivity));

    private void CheckSilence()
    {
        lock (_pending)
        {
            if (_pending.Count == 0 || _fault is not null || Volatile.Read(ref _unboundedRequests) > 0)
                return;
        }

        if (Silence < _options.OperationTimeout)
            return;
        _ = FailAsync(new SftpException(
            SftpErrorCode.Timeout,
            $"The server has not answered for {_options.OperationTimeout.TotalSeconds:0.#} s.")
        {
            Host = Host,
            Advice = "The server or the network between hangs. Open the session again.",
        });
    }
}
