namespace AcodeSftp.Files;

/// <summary>
/// Takes the next block of a range read. Called in order of offset, one call at a time, mostly on the thread that reads
/// the channel's answers: it must not block on another request of the channel (awaiting one is fine).
/// </summary>
/// <param name="offset">Where in the file the block starts.</param>
/// <param name="block">The bytes; valid until the returned task ends.</param>
/// <param name="cancellationToken">The token of the read.</param>
/// <returns>A task that ends when the block has been dealt with.</returns>
public delegate ValueTask RemoteBlockSink(long offset, ReadOnlyMemory<byte> block, CancellationToken cancellationToken);

/// <summary>
/// Fills the next block of a range write. Called in order of offset, one call at a time, and like a
/// <see cref="RemoteBlockSink"/> not to block on another request of the channel.
/// </summary>
/// <param name="offset">Where in the file the block will start.</param>
/// <param name="buffer">Where to put the bytes; valid until the returned task ends.</param>
/// <param name="cancellationToken">The token of the write.</param>
/// <returns>How many bytes were put there; 0 ends the write.</returns>
public delegate ValueTask<int> RemoteBlockSource(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

/// <summary>
/// An open remote file. Ranges move with many requests in flight, as many as the path to the server and the server's
/// limits are worth. Disposing closes the handle without waiting for the answer; call
/// <see cref="CloseAsync"/> where the answer matters, as it does after a write.
/// </summary>
public interface IRemoteFile : IAsyncDisposable
{
    /// <summary>The path it was opened by.</summary>
    RemotePath Path { get; }

    /// <summary>
    /// After a write, the number of bytes from its start offset that the server has acknowledged without a gap. What lies
    /// behind may be a hole, so this is the length that counts as written when a write fails.
    /// </summary>
    long AcknowledgedLength { get; }

    /// <summary>Attributes by handle (SSH_FXP_FSTAT).</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The attributes.</returns>
    Task<RemoteFileAttributes> GetAttributesAsync(CancellationToken cancellationToken = default);

    /// <summary>Changes attributes by handle (SSH_FXP_FSETSTAT); a size cuts or extends the file.</summary>
    /// <param name="attributes">What to change.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task SetAttributesAsync(RemoteFileAttributes attributes, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a range, from <paramref name="offset"/> for <paramref name="length"/> bytes or to the end of the file,
    /// whichever comes first. Short reads are completed and the order is restored before the sink sees a block.
    /// </summary>
    /// <param name="offset">Where to start, in bytes.</param>
    /// <param name="length">How many bytes at most; <see cref="long.MaxValue"/> for all there are.</param>
    /// <param name="sink">Takes the blocks.</param>
    /// <param name="cancellationToken">Stops the read; requests in flight are left to the channel.</param>
    /// <returns>How many bytes were read.</returns>
    Task<long> ReadRangeAsync(long offset, long length, RemoteBlockSink sink, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes what the source gives from <paramref name="offset"/> on, until it gives nothing or enough. Ends when the
    /// server has acknowledged every byte; throws what the first refused write meant, and <see cref="AcknowledgedLength"/>
    /// then tells what is sure. Bytes that fit one request and that the source gives at once are on their way when the
    /// call returns: requests made then are handled after them.
    /// </summary>
    /// <param name="offset">Where to start, in bytes.</param>
    /// <param name="length">How many bytes at most; <see cref="long.MaxValue"/> for all there are.</param>
    /// <param name="source">Fills the blocks.</param>
    /// <param name="acknowledged">Told the acknowledged length as it grows, from any thread; may be null.</param>
    /// <param name="cancellationToken">Stops the write.</param>
    /// <returns>How many bytes were written.</returns>
    Task<long> WriteRangeAsync(
        long offset,
        long length,
        RemoteBlockSource source,
        Action<long>? acknowledged = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies a range of this file into another one on the same channel without the data leaving the server
    /// (<c>copy-data</c>).
    /// </summary>
    /// <param name="offset">Where to start in this file, in bytes.</param>
    /// <param name="length">How many bytes; 0 for all up to the end.</param>
    /// <param name="destination">The file to write, another handle of the same channel.</param>
    /// <param name="destinationOffset">Where to start there, in bytes.</param>
    /// <param name="cancellationToken">Stops waiting; the server may go on.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task CopyRangeAsync(
        long offset,
        long length,
        IRemoteFile destination,
        long destinationOffset,
        CancellationToken cancellationToken = default);

    /// <summary>Statistics of the file system by handle (<c>fstatvfs@openssh.com</c>).</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The statistics.</returns>
    Task<RemoteFileSystemStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default);

    /// <summary>Asks the server to put the file on stable storage (<c>fsync@openssh.com</c>).</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task FlushToDiskAsync(CancellationToken cancellationToken = default);

    /// <summary>Closes the handle and reports what the server answers; some servers report a failed write only here.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    Task CloseAsync(CancellationToken cancellationToken = default);
}
