using AcodeSftp.Diagnostics;

namespace AcodeSftp.FileTransfer;

/// <summary>What of a transfer has arrived and what has not. Every entry is logged and measured. Thread-safe.</summary>
internal sealed class TransferLedger(TransferTelemetry telemetry)
{
    // A thousand of them tell as much as a million.
    private const int WarningsKept = 1000;

    private readonly object _lock = new();
    private readonly List<TransferredFile> _files = [];
    private readonly List<TransferError> _errors = [];
    private readonly List<string> _warnings = [];
    private long _bytes;

    /// <summary>How many files have arrived.</summary>
    public int FileCount
    {
        get
        {
            lock (_lock)
                return _files.Count;
        }
    }

    /// <summary>How many paths have not.</summary>
    public int ErrorCount
    {
        get
        {
            lock (_lock)
                return _errors.Count;
        }
    }

    public void Add(TransferredFile file)
    {
        lock (_lock)
        {
            _files.Add(file);
            _bytes += file.Size;
        }

        telemetry.FileArrived(file);
    }

    public void Add(TransferError error)
    {
        lock (_lock)
            _errors.Add(error);
        telemetry.FileFailed(error);
    }

    public void Warn(string warning)
    {
        lock (_lock)
        {
            if (_warnings.Count < WarningsKept)
                _warnings.Add(warning);
        }

        telemetry.Warned(warning);
    }

    /// <summary>The result of the transfer as it stands.</summary>
    public TransferResult ToResult(TimeSpan duration)
    {
        lock (_lock)
        {
            return new TransferResult
            {
                Success = _errors.Count == 0,
                BytesTransferred = _bytes,
                FilesTransferred = _files.Count,
                Duration = duration,
                Files = [.. _files],
                Errors = [.. _errors],
                Warnings = [.. _warnings],
                WasResumed = _files.Exists(static file => file.ResumedFrom > 0),
                ChecksumVerified = _files.Count > 0
                    && _files.TrueForAll(static file => file.Verification == TransferVerification.Checksum),
            };
        }
    }
}
