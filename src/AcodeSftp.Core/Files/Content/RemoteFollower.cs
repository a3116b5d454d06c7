using System.Runtime.CompilerServices;
using System.Text;

namespace AcodeSftp.Files.Content;

/// <summary>
/// Follows a remote file as lines are added to it, like <c>tail -F</c>: a file that is cut is read from its start, and so is
/// another one that takes its place, after what was left of the old one. A connection that is lost is made again.
/// </summary>
/// <param name="fileSystem">The server's files.</param>
/// <param name="path">The file; links are followed.</param>
public sealed class RemoteFollower(IRemoteFileSystem fileSystem, RemotePath path)
{
    private readonly RemoteContentReader _reader = new(fileSystem, path);

    /// <summary>How long to wait before looking again. Default: one second.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where time comes from.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reads lines until it is stopped. A line is given when it is whole.</summary>
    /// <param name="lastLines">How many of those that are there already; null for all.</param>
    /// <param name="encoding">The encoding where no byte order mark tells another.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The lines; they have no end.</returns>
    /// <exception cref="SftpException">The file cannot be read, or the connection not be made again.</exception>
    public async IAsyncEnumerable<string> ReadLinesAsync(
        long? lastLines,
        Encoding encoding,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var file = await _reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (actual, offset) = await RemoteContentReader.DetectAsync(file, encoding, cancellationToken).ConfigureAwait(false);
            if (lastLines is { } count)
                offset = await new LineSeeker(file, actual).FindStartOfLastAsync(count, offset, cancellationToken).ConfigureAwait(false);
            var decoder = new LineDecoder(actual);
            while (true)
            {
                var pieces = ReadPiecesAsync(file, offset, cancellationToken);
                await foreach (var piece in pieces.ConfigureAwait(false))
                {
                    offset += piece.Length;
                    foreach (var line in decoder.Decode(piece))
                        yield return line;
                }

                await Task.Delay(Interval, Time, cancellationToken).ConfigureAwait(false);
                var (next, state) = await LookAsync(file, offset, cancellationToken).ConfigureAwait(false);
                if (state == State.Same)
                    continue;
                if (state == State.Replaced)
                {
                    // What was written before the file was moved away still belongs to it.
                    await foreach (var piece in ReadPiecesAsync(file, offset, cancellationToken).ConfigureAwait(false))
                    {
                        foreach (var line in decoder.Decode(piece))
                            yield return line;
                    }
                }

                if (next is not null)
                {
                    await file.DisposeAsync().ConfigureAwait(false);
                    file = next;
                }

                if (state == State.Reopened)
                    continue;
                if (decoder.Complete() is { } rest)
                    yield return rest;
                (actual, offset) = await RemoteContentReader.DetectAsync(file, encoding, cancellationToken).ConfigureAwait(false);
                decoder = new LineDecoder(actual);
            }
        }
        finally
        {
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Nothing where the connection is lost: looking again makes it anew.
    private static async IAsyncEnumerable<byte[]> ReadPiecesAsync(
        IRemoteFile file,
        long offset,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pieces = RemoteContentReader.ReadPiecesAsync(file, offset, long.MaxValue, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (pieces.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await pieces.MoveNextAsync().ConfigureAwait(false))
                        yield break;
                }
                catch (SftpException e) when (e.Code == SftpErrorCode.ConnectionLost)
                {
                    yield break;
                }

                yield return pieces.Current;
            }
        }
    }

    // Of a file that only grows, the size by its path lies between two of its sizes by its handle. Where it does not, the
    // path leads to another file.
    private async Task<(IRemoteFile? Next, State State)> LookAsync(IRemoteFile file, long offset, CancellationToken cancellationToken)
    {
        long before, byPath, after;
        try
        {
            before = await SizeAsync(file, cancellationToken).ConfigureAwait(false);
            var attributes = await fileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false);
            byPath = attributes.Size ?? 0;
            after = await SizeAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
        {
            // Moved away, and nothing in its place yet.
            return (null, State.Same);
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.ConnectionLost)
        {
            var opened = await _reader.OpenAsync(cancellationToken).ConfigureAwait(false);
            var size = await SizeAsync(opened, cancellationToken).ConfigureAwait(false);
            return (opened, size < offset ? State.Cut : State.Reopened);
        }

        if (after < offset)
            return (null, State.Cut);
        return byPath < before || byPath > after
            ? (await _reader.OpenAsync(cancellationToken).ConfigureAwait(false), State.Replaced)
            : (null, State.Same);
    }

    private static async Task<long> SizeAsync(IRemoteFile file, CancellationToken cancellationToken) =>
        (await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false)).Size ?? 0;

    private enum State
    {
        Same,
        Reopened,
        Cut,
        Replaced,
    }
}
