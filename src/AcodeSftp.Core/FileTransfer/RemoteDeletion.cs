using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Deletes remote directories with what is in them, from the leaves up. Links are removed, never followed.</summary>
internal sealed class RemoteDeletion(IRemoteFileSystem fileSystem, FailureProbe probe) : IDisposable
{
    private const int RequestsAtOnce = 32;
    private const int ListingsAtOnce = 4;

    // Some file systems skip entries of a directory that shrinks while it is read.
    private const int Passes = 5;

    private readonly SemaphoreSlim _requests = new(RequestsAtOnce);
    private readonly SemaphoreSlim _listings = new(ListingsAtOnce);
    private SftpException? _firstFailure;

    /// <summary>Deletes a directory. What can be deleted is; the first thing that could not be is thrown at the end.</summary>
    /// <param name="directory">The directory itself, not a link to it.</param>
    /// <param name="cancellationToken">Stops; what is deleted stays deleted.</param>
    /// <returns>A task that ends when it is gone.</returns>
    public async Task DeleteDirectoryAsync(RemotePath directory, CancellationToken cancellationToken)
    {
        await DeleteAsync(directory, cancellationToken).ConfigureAwait(false);
        if (_firstFailure is { } failure)
            throw failure;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _requests.Dispose();
        _listings.Dispose();
    }

    // False where it is still there.
    private async Task<bool> DeleteAsync(RemotePath directory, CancellationToken cancellationToken)
    {
        for (var pass = 1; ; pass++)
        {
            if (!await EmptyAsync(directory, cancellationToken).ConfigureAwait(false))
                return false;
            await _requests.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await fileSystem.RemoveDirectoryAsync(directory, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (SftpException e)
            {
                var explained = await probe.ExplainRemoveDirectoryAsync(e, directory, cancellationToken).ConfigureAwait(false);
                if (IsGone(explained))
                    return true;
                if (explained.Code != SftpErrorCode.NotEmpty || pass == Passes)
                {
                    Note(explained);
                    return false;
                }
            }
            finally
            {
                _requests.Release();
            }
        }
    }

    // False where something in the directory could not be deleted.
    private async Task<bool> EmptyAsync(RemotePath directory, CancellationToken cancellationToken)
    {
        var removals = new List<Task<bool>>();
        var subdirectories = new List<RemotePath>();
        await _listings.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await foreach (var entry in fileSystem.ReadDirectoryAsync(directory, cancellationToken).ConfigureAwait(false))
            {
                if (!RemotePath.IsSafeName(entry.Name))
                    throw new SftpException(
                        SftpErrorCode.ProtocolViolation,
                        $"The server lists '{TerminalText.Clean(entry.Name)}', which cannot be a file name.")
                    {
                        Path = directory.Value,
                    };
                var path = directory.Combine(entry.Name);
                if (entry.Attributes.FileType == RemoteFileType.Directory)
                {
                    subdirectories.Add(path);
                    continue;
                }

                removals.RemoveAll(static removal => removal is { IsCompletedSuccessfully: true, Result: true });
                await _requests.WaitAsync(cancellationToken).ConfigureAwait(false);
                removals.Add(RemoveFileAsync(path, cancellationToken));
            }
        }
        catch (SftpException e)
        {
            Note(e);
            removals.Add(Task.FromResult(IsGone(e)));
        }
        catch (OperationCanceledException)
        {
            await ((Task)Task.WhenAll(removals)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        finally
        {
            _listings.Release();
        }

        removals.AddRange(subdirectories.Select(subdirectory => DeleteAsync(subdirectory, cancellationToken)));
        var removed = await Task.WhenAll(removals).ConfigureAwait(false);
        return Array.TrueForAll(removed, static done => done);
    }

    // Gives back the slot that the caller took for it.
    private async Task<bool> RemoveFileAsync(RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            await fileSystem.RemoveFileAsync(path, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SftpException e)
        {
            if (IsGone(e))
                return true;
            Note(await probe.ExplainRemoveFileAsync(e, path, cancellationToken).ConfigureAwait(false));
            return false;
        }
        finally
        {
            _requests.Release();
        }
    }

    // Somebody else was faster: that is what was wanted.
    private static bool IsGone(SftpException error) => error.Code == SftpErrorCode.NotFound;

    private void Note(SftpException failure)
    {
        if (!IsGone(failure))
            Interlocked.CompareExchange(ref _firstFailure, failure, null);
    }
}
