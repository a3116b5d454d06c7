using AcodeSftp.Connections;
using AcodeSftp.Diagnostics;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Direct;
using AcodeSftp.FileTransfer.Scp;
using AcodeSftp.FileTransfer.Segments;

namespace AcodeSftp.FileTransfer;

/// <summary>What the parts of one transfer share.</summary>
internal sealed class TransferContext
{
    private readonly BandwidthLimiter? _limiter;

    public TransferContext(TransferOptions options)
    {
        Options = options;
        Selection = new FileSelection(options);
        _limiter = options.BandwidthLimit is { } limit ? new BandwidthLimiter(limit, TimeProvider.System) : null;
    }

    /// <summary>The transfer's number: the correlation id of its events and log lines.</summary>
    public string TransferId => Telemetry.Subject.TransferId;

    /// <summary>Logs and measures the transfer.</summary>
    public required TransferTelemetry Telemetry { get; init; }

    public TransferOptions Options { get; }

    /// <summary>Whether a file whose checksum the server does not compute fails.</summary>
    public bool RequiresChecksum => Options is { VerifyChecksum: true, RequireChecksum: true };

    public FileSelection Selection { get; }

    public ProgressMeter Meter { get; } = new(TimeProvider.System);

    public required TransferDirection Direction { get; init; }

    public required ISshConnection Connection { get; init; }

    public required IRemoteFileSystem FileSystem { get; init; }

    /// <summary>Further channels for large files.</summary>
    public required TransferLanes Lanes { get; init; }

    /// <summary>A faster way for large files where the server is near.</summary>
    public required CommandMove Commands { get; init; }

    /// <summary>Tells whether the line stands and whether it is worth being made again.</summary>
    public required TransferLine Line { get; init; }

    /// <summary>How files move where there is no SFTP; null where there is.</summary>
    public ScpAccess? Scp { get; init; }

    public required FailureProbe Probe { get; init; }

    public required RemoteHashing Hashing { get; init; }

    public required ITransferResumeManager ResumeManager { get; init; }

    /// <summary><c>user@host:port</c>.</summary>
    public required string Authority { get; init; }

    public required int SessionId { get; init; }

    /// <summary>What has arrived and what has not.</summary>
    public required TransferLedger Ledger { get; init; }

    /// <summary>A remote path as it is written where it must not be taken for a local one.</summary>
    public string Url(RemotePath path) => Telemetry.Subject.Url(path);

    /// <summary>Books bytes with the bandwidth limit, if there is one.</summary>
    public ValueTask ThrottleAsync(int bytes, CancellationToken cancellationToken) =>
        _limiter?.WaitAsync(bytes, cancellationToken) ?? ValueTask.CompletedTask;

    /// <summary>Tells the observer, if there is one.</summary>
    public ValueTask TellAsync(TransferEvent transferEvent, CancellationToken cancellationToken)
    {
        if (transferEvent is TransferResumedEvent resumed)
            Telemetry.Resumed(resumed);
        return Options.Observer?.OnEventAsync(transferEvent, cancellationToken) ?? ValueTask.CompletedTask;
    }

    /// <summary>Describes a remote file.</summary>
    public SftpFileInfo Describe(RemotePath path, RemoteFileAttributes attributes) =>
        SftpFileInfo.From(path, attributes) with { Authority = Authority, SessionId = SessionId };
}
