namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// Receives from an <c>scp -f</c>: the sink's side of the protocol. It checks that every record is one that may come at
/// this place; what names mean here is for the caller to judge before it accepts them.
/// </summary>
internal sealed class ScpReceiver(RemoteProgram program)
{
    // Deeper than any tree that is transferred, and no deeper than a server can make us count.
    private const int MaxDepth = 4096;

    private bool _isGreeted;
    private int _depth;

    /// <summary>How many directories are open.</summary>
    public int Depth => _depth;

    /// <summary>Whether a file or directory was announced and neither taken nor refused yet.</summary>
    public bool HasOffer { get; private set; }

    /// <summary>Whether the content of a file was not taken to its end, so that nothing behind it can be found.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The next record. Each must be answered: a file or directory by the caller, the others are here.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A file, a directory, a directory's end or a warning; null where the source has ended.</returns>
    /// <exception cref="SftpException">The source gave up, or does not keep to the protocol.</exception>
    public async Task<ScpRecord?> NextAsync(CancellationToken cancellationToken)
    {
        if (!_isGreeted)
        {
            _isGreeted = true;
            await AcceptAsync(cancellationToken).ConfigureAwait(false);
        }

        ScpTimes? times = null;
        while (true)
        {
            var type = await program.TryReadByteAsync(cancellationToken).ConfigureAwait(false);
            if (type < 0)
            {
                if (times is not null || _depth > 0)
                    throw await program.DescribeEndAsync().ConfigureAwait(false);
                return null;
            }

            var line = await program.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (type == 2)
                throw program.Refusal(ScpText.Decode(line.Span));
            if (type == 1)
                return new ScpWarning(ScpText.Decode(line.Span));
            switch (ScpRecord.Parse([(byte)type, .. line.Span]))
            {
                case ScpTimesRecord record when times is null:
                    times = record.Times;
                    await AcceptAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case ScpFile file:
                    HasOffer = true;
                    return file with { Times = times };
                case ScpDirectory directory when _depth < MaxDepth:
                    HasOffer = true;
                    return directory with { Times = times };
                case ScpEnd when _depth > 0 && times is null:
                    _depth--;
                    await AcceptAsync(cancellationToken).ConfigureAwait(false);
                    return new ScpEnd();
                default:
                    throw ScpRecord.Violation("at the wrong place", [(byte)type, .. line.Span]);
            }
        }
    }

    /// <summary>Lets the source go into the directory that it announced.</summary>
    public Task EnterAsync(CancellationToken cancellationToken)
    {
        _depth++;
        HasOffer = false;
        return AcceptAsync(cancellationToken);
    }

    /// <summary>Has the source leave out what it announced and go on with the next.</summary>
    public Task RefuseAsync(CancellationToken cancellationToken)
    {
        HasOffer = false;
        return program.WriteAsync("\u0001refused\n"u8.ToArray(), cancellationToken);
    }

    /// <summary>Takes the content of the file that was announced, all of it.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="sink">Takes the next block.</param>
    /// <param name="cancellationToken">Stops in the middle of it.</param>
    /// <returns>A task that ends when it is here and the source says that it is right.</returns>
    public async Task ReceiveAsync(
        long size,
        Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink,
        CancellationToken cancellationToken)
    {
        (HasOffer, IsBroken) = (false, true);
        await AcceptAsync(cancellationToken).ConfigureAwait(false);
        for (var left = size; left > 0;)
        {
            var block = await program.ReadBlockAsync(left, cancellationToken).ConfigureAwait(false);
            await sink(block, cancellationToken).ConfigureAwait(false);
            left -= block.Length;
        }

        // A source that could not read to the end fills up with anything, and says so here.
        var type = await program.ReadByteAsync(cancellationToken).ConfigureAwait(false);
        var problem = type switch
        {
            0 => null,
            1 or 2 => program.Refusal(ScpText.Decode((await program.ReadLineAsync(cancellationToken).ConfigureAwait(false)).Span)),
            _ => throw ScpRecord.Violation("more than it announced"),
        };
        // Either way it goes on with the next.
        await AcceptAsync(cancellationToken).ConfigureAwait(false);
        IsBroken = type == 2;
        if (problem is not null)
            throw problem;
    }

    private Task AcceptAsync(CancellationToken cancellationToken) => program.WriteAsync(new byte[1], cancellationToken);
}
