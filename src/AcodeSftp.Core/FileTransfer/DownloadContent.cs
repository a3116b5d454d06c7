using AcodeSftp.FileTransfer.Segments;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Reads the bytes of one file from the server, by whichever way is the fastest.</summary>
/// <param name="context">The transfer.</param>
/// <param name="file">The remote file.</param>
/// <param name="size">How large it is, in bytes; 0 where that is not known.</param>
/// <param name="target">The local file, where reading goes on behind what is there.</param>
/// <param name="progress">Told how far it has come.</param>
internal sealed class DownloadContent(
    TransferContext context, IRemoteFile file, long size, DownloadTarget target, ProgressMeter.FileProgress progress)
{
    /// <summary>Notes how far is sure, where that is worth it.</summary>
    public required ResumeJournal Journal { get; init; }

    private bool IsRemembered => target is { IsTemporary: true, CanBeFound: true }
        && context.Options.EnableResume
        && size >= ResumeJournal.MinimumSize;

    /// <summary>Reads it.</summary>
    /// <param name="lanes">Channels beside the one of the transfer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when all of it is here.</returns>
    /// <exception cref="SftpException">It could not be read or written, or the connection is lost.</exception>
    public async Task ReadAsync(FileLanes lanes, CancellationToken cancellationToken)
    {
        if (lanes.Count > 0 && size > 0)
        {
            await ReadSegmentsAsync(lanes, cancellationToken).ConfigureAwait(false);
            return;
        }

        var isTried = context.Commands.IsWorthIt(target.Start, size);
        if (isTried)
            await ReadByCommandAsync(cancellationToken).ConfigureAwait(false);
        // The files of /proc and their like have no size and content all the same.
        if (size == 0 || target.Length < size)
            await ReadInOrderAsync(size == 0 ? long.MaxValue : size - target.Length, cancellationToken).ConfigureAwait(false);
        // The last that a command wrote that was given up may lie behind the end.
        if (isTried)
            target.CutToLength();
    }

    private Task<long> ReadInOrderAsync(long length, CancellationToken cancellationToken) => file.ReadRangeAsync(
        target.Length,
        length,
        async (offset, block, token) =>
        {
            await context.ThrottleAsync(block.Length, token).ConfigureAwait(false);
            target.Hash?.Append(block.Span);
            target.Write(block.Span, offset);
            progress.Reach(target.Length);
            if (IsRemembered)
                await Journal.NoteAsync(target.Hash, target.Length, token).ConfigureAwait(false);
        },
        cancellationToken);

    // What has come is read back for the hash, close behind the pieces, from the system's cache.
    private async Task ReadSegmentsAsync(FileLanes lanes, CancellationToken cancellationToken)
    {
        var map = new SegmentMap(target.Start, size, OnSure);
        var follower = FollowTarget(cancellationToken);
        var move = new SegmentedMove(lanes, map)
        {
            OpenAsync = (files, token) => files.OpenAsync(file.Path, RemoteOpenFlags.Read, null, token),
            MoveAsync = async (lane, segment, token) =>
            {
                await lane.ReadRangeAsync(
                    segment.Position,
                    segment.Left,
                    async (offset, block, _) =>
                    {
                        await context.ThrottleAsync(block.Length, token).ConfigureAwait(false);
                        target.WriteAt(block.Span, offset);
                        map.Reach(segment, offset + block.Length - segment.Start);
                    },
                    token).ConfigureAwait(false);
                if (segment.Left > 0)
                    throw TransferFaults.SourceChanged(file.Path.Value, size, segment.Position);
                follower.Follow(map.SureEnd);
            },
        };
        try
        {
            await follower.CompleteAsync(move.RunAsync(file, cancellationToken)).ConfigureAwait(false);
        }
        catch
        {
            // Behind what is sure there may be holes.
            target.CutToLength();
            throw;
        }
    }

    // As far as the command gets; what has come is read back, as above.
    private async Task ReadByCommandAsync(CancellationToken cancellationToken)
    {
        var follower = FollowTarget(cancellationToken);
        var reading = context.Commands.ReadAsync(
            file,
            target.Handle,
            size,
            sure =>
            {
                OnSure(sure);
                follower.Follow(sure);
            },
            cancellationToken);
        await follower.CompleteAsync(reading).ConfigureAwait(false);
        if (!await reading.ConfigureAwait(false))
            target.StartOver();
    }

    private HashFollower FollowTarget(CancellationToken cancellationToken) => new(
        target.Path,
        target.Hash,
        (buffer, offset) => RandomAccess.Read(target.Handle, buffer, offset),
        () => IsRemembered ? Journal.NoteAsync(target.Hash, target.Length, cancellationToken).AsTask() : Task.CompletedTask);

    private void OnSure(long end)
    {
        target.Length = end;
        progress.Reach(end);
    }
}
