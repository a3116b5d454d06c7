using System.Diagnostics.CodeAnalysis;

namespace AcodeSftp.Files;

/// <summary>Reads the targets of links in a listing: one READLINK for each, a bounded number of them under way.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing.")]
internal sealed class LinkReads(IRemoteFileSystem fileSystem, CancellationToken cancellationToken)
{
    // SSH.NET's transport reads by shell commands, each as many as are asked for at once.
    private const int ReadAtOnce = 128;

    private readonly SemaphoreSlim _slots = new(ReadAtOnce);

    /// <summary>Begins to read a link as soon as there is room for it.</summary>
    /// <param name="path">The link.</param>
    /// <returns>The reading, whose result is null where the link cannot be read.</returns>
    public async Task<Task<string?>> StartAsync(RemotePath path)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        return ReadAsync(path);
    }

    private async Task<string?> ReadAsync(RemotePath path)
    {
        try
        {
            return await fileSystem.ReadLinkAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SftpException or OperationCanceledException)
        {
            return null;
        }
        finally
        {
            _slots.Release();
        }
    }
}
