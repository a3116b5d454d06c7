using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Copies a file from one place on the server to another: on the server itself where it can (<c>copy-data</c>), through
/// this machine otherwise. The copy is made beside its destination and put in place when it is whole.
/// </summary>
internal sealed class RemoteCopy(IRemoteFileSystem fileSystem, FailureProbe probe)
{
    /// <summary>Copies a regular file with its permission bits and times.</summary>
    /// <param name="source">The file.</param>
    /// <param name="destination">The path of the copy.</param>
    /// <param name="overwrite">Whether to replace what is there.</param>
    /// <param name="cancellationToken">Stops; the destination stays as it was.</param>
    /// <returns>A task that ends when the copy is in place.</returns>
    public async Task CopyFileAsync(
        RemotePath source,
        RemotePath destination,
        bool overwrite,
        CancellationToken cancellationToken)
    {
        var from = await probe.OpenAsync(source, RemoteOpenFlags.Read, null, cancellationToken).ConfigureAwait(false);
        await using var _ = from.ConfigureAwait(false);
        var attributes = await from.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        var temporary = destination.Parent.Combine(TemporaryName.Unique(destination.Name));
        var to = await probe.OpenAsync(
            temporary,
            RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive,
            new RemoteFileAttributes { Mode = SftpDefaults.TemporaryFilePermissions },
            cancellationToken).ConfigureAwait(false);
        try
        {
            try
            {
                await CopyContentAsync(from, to, attributes.Size ?? long.MaxValue, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e)
            {
                throw await probe.ExplainWriteAsync(e, temporary, cancellationToken).ConfigureAwait(false);
            }

            var copied = await to.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
            if (attributes.Size is { } size && copied.Size is { } copiedSize && size != copiedSize)
                throw new SftpException(
                    SftpErrorCode.ChecksumMismatch,
                    $"The copy of '{TerminalText.Clean(source.Value)}' has {copiedSize} bytes, the file {size}.")
                {
                    Path = source.Value,
                };
            await to.SetAttributesAsync(
                new RemoteFileAttributes
                {
                    Mode = attributes.Permissions,
                    Accessed = attributes.Accessed,
                    Modified = attributes.Modified,
                },
                cancellationToken).ConfigureAwait(false);
            await to.CloseAsync(cancellationToken).ConfigureAwait(false);
            await new CommitStrategy(fileSystem, probe).CommitAsync(temporary, destination, overwrite, cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            await to.DisposeAsync().ConfigureAwait(false);
            await TemporaryFiles.RemoveAsync(fileSystem, temporary).ConfigureAwait(false);
            throw;
        }
    }

    private async Task CopyContentAsync(IRemoteFile from, IRemoteFile to, long size, CancellationToken cancellationToken)
    {
        if (size == 0)
            return;
        if (fileSystem.Server.Supports(SftpExtensions.CopyData))
        {
            await from.CopyRangeAsync(0, 0, to, 0, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var handOver = new BlockHandOver();
        var reading = ReadAsync();
        var writing = WriteAsync();
        // Whichever fails first is what went wrong; the other is only stopped by it.
        var first = await Task.WhenAny(reading, writing).ConfigureAwait(false);
        await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
        await Task.WhenAll(reading, writing).ConfigureAwait(false);

        async Task ReadAsync()
        {
            try
            {
                await from.ReadRangeAsync(0, size, handOver.GiveAsync, stop.Token).ConfigureAwait(false);
                await handOver.GiveAsync(0, ReadOnlyMemory<byte>.Empty, stop.Token).ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }

        async Task WriteAsync()
        {
            try
            {
                await to.WriteRangeAsync(0, size, handOver.TakeAsync, null, stop.Token).ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    // Passes one block at a time from a reader to a writer, without holding a copy of it.
    private sealed class BlockHandOver : IDisposable
    {
        private readonly SemaphoreSlim _given = new(0);
        private readonly SemaphoreSlim _taken = new(0);
        private ReadOnlyMemory<byte> _block;
        private ReadOnlyMemory<byte> _untaken;

        public void Dispose()
        {
            _given.Dispose();
            _taken.Dispose();
        }

        // An empty block is the end.
        public async ValueTask GiveAsync(long offset, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
        {
            _block = block;
            _given.Release();
            if (!block.IsEmpty)
                await _taken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        public async ValueTask<int> TakeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (_untaken.IsEmpty)
            {
                await _given.WaitAsync(cancellationToken).ConfigureAwait(false);
                _untaken = _block;
            }

            var length = Math.Min(buffer.Length, _untaken.Length);
            _untaken[..length].CopyTo(buffer);
            _untaken = _untaken[length..];
            if (length > 0 && _untaken.IsEmpty)
                _taken.Release();
            return length;
        }
    }
}
