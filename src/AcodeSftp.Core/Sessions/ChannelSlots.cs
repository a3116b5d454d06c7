namespace AcodeSftp.Sessions;

/// <summary>
/// Servers allow only so many channels on one connection (OpenSSH's MaxSessions, 10 by default) and do not say how many.
/// One that is refused while others of the session are in use waits until one of these is given back, and is asked for
/// again, ever more seldom.
/// </summary>
internal sealed class ChannelSlots
{
    // A server may take a moment to notice that a channel has ended.
    private const int TriesWhileAlone = 5;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    private readonly UsageCount _active = new();
    private bool _hasOpened;

    /// <summary>Opens a channel, which is then in use until <see cref="Release"/>.</summary>
    /// <typeparam name="T">What a channel is.</typeparam>
    /// <param name="open">Opens one.</param>
    /// <param name="makeRoom">Ends a channel that is open and not in use; false where there is none.</param>
    /// <param name="patience">How long a channel that is refused waits for another's end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The channel.</returns>
    /// <exception cref="SftpException">It was refused, and none became free in time.</exception>
    public async Task<T> OpenAsync<T>(
        Func<Task<T>> open,
        Func<Task<bool>> makeRoom,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        var delay = FirstDelay;
        for (var triesAlone = 0; ;)
        {
            // Looked at before the attempt: what is given back during it counts.
            var released = _active.Add();
            try
            {
                var channel = await open().ConfigureAwait(false);
                _hasOpened = true;
                return channel;
            }
            catch (SftpException e) when (e is { Code: SftpErrorCode.Unavailable, IsTransient: true })
            {
                var isAlone = _active.Remove() == 0;
                if (await makeRoom().ConfigureAwait(false))
                    continue;
                if (isAlone && (!_hasOpened || ++triesAlone > TriesWhileAlone))
                    throw;
                try
                {
                    await Task.WhenAny(released, Task.Delay(delay, limit.Token)).ConfigureAwait(false);
                    limit.Token.ThrowIfCancellationRequested();
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw e;
                }

                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
            catch
            {
                _active.Remove();
                throw;
            }
        }
    }

    /// <summary>A channel is no longer in use.</summary>
    public void Release() => _active.Release();
}
