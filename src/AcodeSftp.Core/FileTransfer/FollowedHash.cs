namespace AcodeSftp.FileTransfer;

/// <summary>
/// A hash that the server computes of a file while the file is written: a command there reads behind the writes what they
/// have left in the system's cache. Thread-safe.
/// </summary>
/// <param name="starting">The command, which nobody waits for until the hash is wanted.</param>
/// <param name="path">The file, absolute.</param>
/// <param name="startLimit">How long the command may take to say that it is there, when the hash is wanted.</param>
/// <param name="room">Released when the command has ended.</param>
internal sealed class FollowedHash(Task<ChecksumProcess> starting, string path, TimeSpan startLimit, SemaphoreSlim room) : IDisposable
{
    // A program is started there for each step.
    private const long Step = 32 * 1024 * 1024 / ChecksumProcess.FollowedBlock;

    private readonly object _lock = new();
    private Task<string?>? _answer;
    private long _told;
    private int _isDisposed;

    /// <summary>Tells how far the file has come. Quick.</summary>
    /// <param name="length">How many bytes are there from its start, without a gap.</param>
    public void Reach(long length)
    {
        lock (_lock)
        {
            var sure = length / ChecksumProcess.FollowedBlock;
            if (sure - _told < Step || !starting.IsCompletedSuccessfully)
                return;
            Begin(starting.Result).GoOn(_told, sure - _told);
            _told = sure;
        }
    }

    /// <summary>Waits for the hash of the complete file.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where the file could not be followed.</returns>
    public async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            var process = await starting.WaitAsync(startLimit, cancellationToken).ConfigureAwait(false);
            lock (_lock)
                Begin(process).GoOnToEnd(_told);
            await process.Started.WaitAsync(startLimit, cancellationToken).ConfigureAwait(false);
            return await _answer!.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SftpException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Ends the command; nothing waits for that. Doing so twice is fine.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            _ = StopAsync();
    }

    // A channel that is still being opened is closed when it is there.
    private async Task StopAsync()
    {
        try
        {
            await (await starting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // There was none.
        }
        finally
        {
            room.Release();
        }
    }

    // Under the lock.
    private ChecksumProcess Begin(ChecksumProcess process)
    {
        if (_answer is null)
        {
            _answer = process.FollowAsync(path);
            // Nobody may ever ask for it.
            _answer.Forget();
        }

        return process;
    }
}
