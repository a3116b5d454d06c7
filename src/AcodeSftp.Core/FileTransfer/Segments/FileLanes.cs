using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Segments;

/// <summary>
/// The channels that help with one large file. They open while the file itself is still being opened, and close while its
/// attributes are set: neither costs a round trip.
/// </summary>
internal sealed class FileLanes : IAsyncDisposable
{
    /// <summary>None, which is what most files get; costs them nothing, and may be disposed by each.</summary>
    public static readonly FileLanes None = new(0, _ => Task.FromResult<TransferLane?>(null));

    private readonly CancellationTokenSource _opening = new();
    private readonly Task<TransferLane?>[] _lanes;
    private readonly List<Task> _closing = [];

    /// <summary>Begins to open them.</summary>
    /// <param name="count">How many are wanted.</param>
    /// <param name="tryOpenAsync">Opens one; null where there is no room for it.</param>
    public FileLanes(int count, Func<CancellationToken, Task<TransferLane?>> tryOpenAsync) =>
        _lanes = [.. Enumerable.Range(0, count).Select(_ => tryOpenAsync(_opening.Token))];

    /// <summary>How many were wanted.</summary>
    public int Count => _lanes.Length;

    /// <summary>Ends when the files on the channels that are no longer needed are closed.</summary>
    /// <exception cref="SftpException">The server did not close one as it should.</exception>
    public Task Closing
    {
        get
        {
            lock (_closing)
                return Task.WhenAll(_closing);
        }
    }

    /// <summary>Waits for a channel.</summary>
    /// <param name="index">Which of them.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The channel; null where it was refused, or comes too late to be of use.</returns>
    public async Task<TransferLane?> FindAsync(int index, CancellationToken cancellationToken)
    {
        try
        {
            return await _lanes[index].WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Gives up those that are not open yet.</summary>
    /// <returns>A task that ends when they know.</returns>
    public Task StopOpeningAsync() => _opening.CancelAsync();

    /// <summary>Closes a file on one of the channels, and nobody waits for it yet.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void Close(IRemoteFile file, CancellationToken cancellationToken)
    {
        var closing = CloseAsync(file, cancellationToken);
        closing.Forget();
        lock (_closing)
            _closing.Add(closing);
    }

    /// <summary>Ends the channels, and with them what is open there; nothing waits for the server to agree.</summary>
    /// <returns>A task that ends when they are gone.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Count == 0)
            return;
        await _opening.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_lanes.Select(EndAsync)).ConfigureAwait(false);
        _opening.Dispose();
    }

    private static async Task EndAsync(Task<TransferLane?> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening is { IsCompletedSuccessfully: true, Result: { } lane })
            await lane.DisposeAsync().ConfigureAwait(false);
    }

    // A channel that is lost costs nothing now: all that went over it has arrived.
    private static async Task CloseAsync(IRemoteFile file, CancellationToken cancellationToken)
    {
        try
        {
            await file.CloseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout)
        {
            // Nor is there anything to close.
        }
    }
}
