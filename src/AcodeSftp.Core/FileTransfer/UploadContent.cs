using AcodeSftp.FileTransfer.Segments;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Writes the bytes of one file to the server, by whichever way is the fastest.</summary>
/// <param name="context">The transfer.</param>
/// <param name="source">The local file.</param>
/// <param name="target">The remote one, where writing begins behind what is there.</param>
/// <param name="progress">Told how far it has come.</param>
internal sealed class UploadContent(TransferContext context, LocalSource source, UploadTarget target, ProgressMeter.FileProgress progress)
{
    /// <summary>Notes how far is sure, where that is worth it.</summary>
    public required ResumeJournal Journal { get; init; }

    /// <summary>The server's hash of it, told how far it has come; null for none.</summary>
    public required FollowedHash? Followed { get; init; }

    private TransferOptions Options => context.Options;

    private bool IsRemembered => target is { IsTemporary: true, CanBeFound: true }
        && Options.EnableResume
        && source.Size >= ResumeJournal.MinimumSize;

    /// <summary>Writes it.</summary>
    /// <param name="lanes">Channels beside the one of the transfer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The size that the destination must have.</returns>
    /// <exception cref="SftpException">A write was refused, the source changed, or the connection is lost.</exception>
    public async Task<long> WriteAsync(FileLanes lanes, CancellationToken cancellationToken)
    {
        // The files of /proc and their like have no size and content all the same.
        var end = source.Size > 0 ? source.Size : long.MaxValue;
        try
        {
            if (lanes.Count > 0)
            {
                await WriteSegmentsAsync(lanes, cancellationToken).ConfigureAwait(false);
                return end;
            }

            if (target.IsTemporary && context.Commands.IsWorthIt(target.Start, source.Size))
                await WriteByCommandAsync(cancellationToken).ConfigureAwait(false);
            return target.SureLength == end ? end : await WriteInOrderAsync(target.SureLength, end, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw await context.Probe.ExplainWriteAsync(e, target.Path, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<long> WriteInOrderAsync(long start, long end, CancellationToken cancellationToken)
    {
        var chunk = Options.ChunkSizeBytes < TransferOptions.DefaultChunkSizeBytes ? Options.ChunkSizeBytes : int.MaxValue;
        return start + await target.File.WriteRangeAsync(
            start,
            end == long.MaxValue ? end : end - start,
            async (offset, buffer, token) =>
            {
                var read = source.Read(buffer.Span[..Math.Min(buffer.Length, chunk)], offset);
                if (read == 0 && end != long.MaxValue)
                    throw TransferFaults.SourceChanged(source.Path, source.Size, offset);
                target.Hash?.Append(buffer.Span[..read]);
                await context.ThrottleAsync(read, token).ConfigureAwait(false);
                if (IsRemembered)
                    await Journal.NoteAsync(target.Hash, target.SureLength, token).ConfigureAwait(false);
                return read;
            },
            acknowledged => OnSure(start + acknowledged),
            cancellationToken).ConfigureAwait(false);
    }

    // The source is read once more for the hash, close behind the pieces, from the system's cache.
    private async Task WriteSegmentsAsync(FileLanes lanes, CancellationToken cancellationToken)
    {
        var map = new SegmentMap(target.Start, source.Size, OnSure);
        var follower = FollowSource(cancellationToken);
        var move = new SegmentedMove(lanes, map)
        {
            OpenAsync = (files, token) => files.OpenAsync(target.Path, RemoteOpenFlags.Write, null, token),
            MoveAsync = async (file, segment, token) =>
            {
                follower.Follow(map.TakenEnd);
                var before = segment.Done;
                await file.WriteRangeAsync(
                    segment.Position,
                    segment.Left,
                    async (offset, buffer, _) =>
                    {
                        var read = source.Read(buffer.Span, offset);
                        if (read == 0)
                            throw TransferFaults.SourceChanged(source.Path, source.Size, offset);
                        await context.ThrottleAsync(read, token).ConfigureAwait(false);
                        return read;
                    },
                    acknowledged => map.Reach(segment, before + acknowledged),
                    token).ConfigureAwait(false);
            },
        };
        await follower.CompleteAsync(move.RunAsync(target.File, cancellationToken)).ConfigureAwait(false);
    }

    // As far as the command gets; the source is read once more, as above.
    private async Task WriteByCommandAsync(CancellationToken cancellationToken)
    {
        var follower = FollowSource(cancellationToken);
        var writing = context.Commands.WriteAsync(
            target.File,
            source.Handle,
            source.Size,
            sure =>
            {
                OnSure(sure);
                follower.Follow(sure);
            },
            cancellationToken);
        await follower.CompleteAsync(writing).ConfigureAwait(false);
    }

    private HashFollower FollowSource(CancellationToken cancellationToken) => new(
        source.Path,
        target.Hash,
        source.Read,
        () => IsRemembered ? Journal.NoteAsync(target.Hash, target.SureLength, cancellationToken).AsTask() : Task.CompletedTask);

    private void OnSure(long end)
    {
        target.OnAcknowledged(end - target.Start);
        progress.Reach(end);
        Followed?.Reach(end);
    }
}
