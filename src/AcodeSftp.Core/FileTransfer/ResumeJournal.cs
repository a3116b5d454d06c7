using System.Diagnostics;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Keeps what another process would need to go on with one file: written when the file is begun, about once a second
/// while it moves, and when it breaks off. A journal that cannot be written costs the resumption, never the transfer.
/// </summary>
internal sealed class ResumeJournal(ITransferResumeManager manager, string source, string destination, long size, DateTimeOffset? modified)
{
    /// <summary>Files smaller than this are begun again: that is done sooner than a proof.</summary>
    public const long MinimumSize = 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long _lastSave;
    private long _lastLength;
    private bool _isWritten;

    /// <summary>What an earlier attempt left, if the source is what it was then.</summary>
    public async Task<ResumeState?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            var state = await manager.GetResumeStateAsync(source, destination, cancellationToken).ConfigureAwait(false);
            _isWritten = state is not null;
            return state is not null && state.TotalBytes == size && state.SourceModified == modified ? state : null;
        }
        catch (SftpException)
        {
            return null;
        }
    }

    /// <summary>Notes how far the file is, if that was not done a moment ago.</summary>
    public ValueTask NoteAsync(ContentHash? hash, long sureLength, CancellationToken cancellationToken)
    {
        if (_lastSave != 0 && Stopwatch.GetElapsedTime(_lastSave) < Interval)
            return ValueTask.CompletedTask;
        return new ValueTask(SaveAsync(hash, sureLength, cancellationToken));
    }

    /// <summary>Notes how far the file is. Without a hash of it the proof has to come from both ends.</summary>
    public async Task SaveAsync(ContentHash? hash, long sureLength, CancellationToken cancellationToken)
    {
        var first = _lastSave == 0;
        _lastSave = Stopwatch.GetTimestamp();
        var (length, checksum) = hash is null || sureLength == 0
            ? (sureLength, "")
            : hash.Length == sureLength ? (sureLength, hash.Current()) : hash.CheckpointWithin(sureLength) ?? (0, "");
        if (!first && length <= _lastLength)
            return;
        _lastLength = length;
        try
        {
            await manager.SaveResumeStateAsync(
                new ResumeState(source, destination, length, size, checksum, DateTimeOffset.UtcNow) { SourceModified = modified },
                cancellationToken).ConfigureAwait(false);
            _isWritten = true;
        }
        catch (SftpException)
        {
            // No room or no right to write there.
        }
    }

    /// <summary>Forgets the file.</summary>
    public async Task ClearAsync()
    {
        if (!_isWritten)
            return;
        try
        {
            await manager.ClearResumeStateAsync(source, destination, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // It is swept when it is old.
        }
    }
}
