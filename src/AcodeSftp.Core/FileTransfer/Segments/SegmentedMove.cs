using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Segments;

/// <summary>
/// Moves a range of one file in pieces, over the channel of the transfer and others of the same connection beside it: at a
/// distance a channel carries no more than its window in each round trip. A channel that is refused or lost costs speed and
/// nothing else: the pieces it had go to those that are left.
/// </summary>
/// <param name="lanes">The other channels.</param>
/// <param name="map">The pieces.</param>
internal sealed class SegmentedMove(FileLanes lanes, SegmentMap map)
{
    // Some are on their way while the last bytes of another are waited for.
    private const int AtOncePerChannel = 4;

    /// <summary>Opens the file on another channel.</summary>
    public required Func<IRemoteFileSystem, CancellationToken, Task<IRemoteFile>> OpenAsync { get; init; }

    /// <summary>Moves what is left of a piece, and tells the map what has arrived.</summary>
    public required Func<IRemoteFile, Segment, CancellationToken, Task> MoveAsync { get; init; }

    /// <summary>Moves all of it.</summary>
    /// <param name="file">The file on the channel of the transfer.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A task that ends when everything has arrived, and on failure when nothing moves any more.</returns>
    public async Task RunAsync(IRemoteFile file, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var helpers = Enumerable.Range(0, lanes.Count).Select(index => HelpAsync(index, cancellationToken, stop.Token));
        await StopOnFailureAsync([WorkThenAsync(), .. helpers], stop).ConfigureAwait(false);
        // What a lost channel had taken.
        await WorkAsync(file, stop.Token).ConfigureAwait(false);

        async Task WorkThenAsync()
        {
            await WorkAsync(file, stop.Token).ConfigureAwait(false);
            await lanes.StopOpeningAsync().ConfigureAwait(false);
        }
    }

    private static async Task StopOnFailureAsync(Task[] tasks, CancellationTokenSource stop)
    {
        var left = tasks.ToList();
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left).ConfigureAwait(false);
            left.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
                await stop.CancelAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private Task WorkAsync(IRemoteFile file, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, AtOncePerChannel).Select(_ => MoveAllAsync(file, cancellationToken)));

    private async Task MoveAllAsync(IRemoteFile file, CancellationToken cancellationToken)
    {
        while (map.Take() is { } segment)
        {
            try
            {
                await MoveAsync(file, segment, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException)
            {
                map.Return(segment);
                throw;
            }
        }
    }

    // Fails as the transfer does, but not where only the channel did. What it has open is closed while others still move.
    private async Task HelpAsync(int index, CancellationToken closing, CancellationToken cancellationToken)
    {
        var file = await TryOpenAsync(index, cancellationToken).ConfigureAwait(false);
        if (file is null)
            return;
        try
        {
            await WorkAsync(file, cancellationToken).ConfigureAwait(false);
            lanes.Close(file, closing);
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout)
        {
            // The channel of the transfer goes on, or is lost too and says so.
        }
        finally
        {
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Null where there is no channel for it, or the server does not open the file once more.
    private async Task<IRemoteFile?> TryOpenAsync(int index, CancellationToken cancellationToken)
    {
        if (await lanes.FindAsync(index, cancellationToken).ConfigureAwait(false) is not { } lane)
            return null;
        try
        {
            return await OpenAsync(lane.FileSystem, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            return null;
        }
    }
}
