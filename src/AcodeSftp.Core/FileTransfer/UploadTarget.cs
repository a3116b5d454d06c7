using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>The open remote file that an upload writes to.</summary>
internal sealed class UploadTarget(IRemoteFile file, TransferClaims.Claim? claim) : IAsyncDisposable
{
    private long _acknowledged;

    public IRemoteFile File => file;

    public RemotePath Path => file.Path;

    /// <summary>Where writing begins; what lies before it is proven.</summary>
    public long Start { get; init; }

    /// <summary>The hash of what is there and of what is written; null where nobody needs it.</summary>
    public ContentHash? Hash { get; init; }

    /// <summary>Whether this is a temporary file and not the destination itself.</summary>
    public bool IsTemporary { get; init; } = true;

    /// <summary>Whether the next attempt would find it.</summary>
    public bool CanBeFound { get; init; } = true;

    /// <summary>Bytes from the start of the file that are sure to be there.</summary>
    public long SureLength => Start + Interlocked.Read(ref _acknowledged);

    /// <summary>Told by the write how much of it the server has acknowledged.</summary>
    public void OnAcknowledged(long length) => Interlocked.Exchange(ref _acknowledged, length);

    /// <summary>Says that it will be disposed, so that the next transfer of the file waits for that.</summary>
    public void BeginEnding() => claim?.BeginEnding();

    public async ValueTask DisposeAsync()
    {
        Hash?.Dispose();
        await file.DisposeAsync().ConfigureAwait(false);
        claim?.Dispose();
    }
}
