using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Creates the directories of a transfer at its destination, and finishes them.</summary>
internal interface IFolderMaker
{
    /// <summary>Makes sure that a directory exists and can be written; its parent is there.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it had to be created.</returns>
    Task<bool> CreateAsync(TransferFolder folder, CancellationToken cancellationToken);

    /// <summary>Gives a directory that was created its own permissions and times, now that nothing more goes into it.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it has them.</returns>
    Task FinishAsync(TransferFolder folder, CancellationToken cancellationToken);

    /// <summary>Takes the error of a directory that could not be created. Told once, not for what is in it.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="error">Why not.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when it is recorded.</returns>
    ValueTask FailedAsync(TransferFolder folder, SftpException error, CancellationToken cancellationToken);
}

/// <summary>
/// A directory of a transfer. It is created when it is first needed, once, and finished when the last thing that goes
/// into it is done; nothing is kept of it then, so that the size of a tree does not matter.
/// </summary>
internal sealed class TransferFolder
{
    private readonly IFolderMaker _maker;
    private readonly TransferFolder? _parent;
    private readonly object _lock = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<bool>? _created;

    // The plan holds one while it lists the directory.
    private int _open = 1;

    public TransferFolder(IFolderMaker maker, TransferFolder? parent)
    {
        _maker = maker;
        _parent = parent;
        parent?.Enter();
    }

    /// <summary>Its full path here.</summary>
    public required string LocalPath { get; init; }

    /// <summary>Its path there.</summary>
    public required RemotePath RemotePath { get; init; }

    /// <summary>What is known of the source directory.</summary>
    public required SourceFacts Source { get; init; }

    /// <summary>Whether this is the directory that was named, not one inside it.</summary>
    public bool IsRoot => _parent is null;

    /// <summary>Ends when everything that goes into it is done.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Whether it could not be created, so that nothing can go into it.</summary>
    public bool IsFailed => _created is { IsFaulted: true };

    /// <summary>Whether it was created by this transfer, so that nothing was in it before.</summary>
    public bool IsNew => _created is { IsCompletedSuccessfully: true, Result: true };

    /// <summary>Creates it if that was not begun yet.</summary>
    /// <param name="cancellationToken">Stops the creation.</param>
    /// <returns>Whether it had to be created.</returns>
    public Task<bool> EnsureAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _created ??= CreateAsync(cancellationToken);
    }

    /// <summary>Begins to create it without waiting for that.</summary>
    /// <param name="cancellationToken">Stops the creation.</param>
    public void Begin(CancellationToken cancellationToken) =>
        // A failure is recorded by the maker, and met again by whatever goes into the directory.
        EnsureAsync(cancellationToken).Forget();

    /// <summary>Tells that one more thing goes into it.</summary>
    public void Enter() => Interlocked.Increment(ref _open);

    /// <summary>Tells that one thing that went into it is done.</summary>
    /// <param name="cancellationToken">Stops finishing it.</param>
    /// <returns>A task that ends when it is finished, if this was the last thing.</returns>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref _open) > 0)
            return;
        try
        {
            var created = _created;
            if (created is not null && await IsNewAsync(created).ConfigureAwait(false))
                await _maker.FinishAsync(this, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _finished.TrySetResult();
            if (_parent is not null)
                await _parent.LeaveAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsNewAsync(Task<bool> created)
    {
        await ((Task)created).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return created is { IsCompletedSuccessfully: true, Result: true };
    }

    private async Task<bool> CreateAsync(CancellationToken cancellationToken)
    {
        if (_parent is not null)
            await _parent.EnsureAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _maker.CreateAsync(this, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            await _maker.FailedAsync(this, e, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }
}
