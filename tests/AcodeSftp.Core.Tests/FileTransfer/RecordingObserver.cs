using System.Collections.Concurrent;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Core.Tests.FileTransfer;

/// <summary>Keeps the events of a transfer, in the order in which they were told.</summary>
internal sealed class RecordingObserver : ITransferObserver
{
    private readonly ConcurrentQueue<TransferEvent> _events = new();

    public IReadOnlyList<TransferEvent> Events => [.. _events];

    /// <summary>Called with each event before it is kept.</summary>
    public Func<TransferEvent, CancellationToken, Task>? OnEvent { get; init; }

    public async ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken)
    {
        if (OnEvent is not null)
            await OnEvent(transferEvent, cancellationToken);
        _events.Enqueue(transferEvent);
    }
}

/// <summary>Takes progress on the thread that tells it; <see cref="Progress{T}"/> would queue it.</summary>
internal sealed class DirectProgress(Action<TransferProgress> take) : IProgress<TransferProgress>
{
    public void Report(TransferProgress value) => take(value);
}
