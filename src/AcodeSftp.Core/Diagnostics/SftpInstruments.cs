using System.Diagnostics;
using System.Diagnostics.Metrics;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Diagnostics;

/// <summary>What is measured. Where nobody listens a measurement costs one comparison.</summary>
internal static class SftpInstruments
{
    private static readonly Meter Meter = new(SftpDiagnostics.MeterName, SftpDiagnostics.Version);

    private static readonly Counter<long> Transfers =
        Meter.CreateCounter<long>(SftpMetricNames.Transfers, "{transfer}", "Transfers that ended.");

    private static readonly UpDownCounter<long> ActiveTransfers =
        Meter.CreateUpDownCounter<long>(SftpMetricNames.ActiveTransfers, "{transfer}", "Transfers that are under way.");

    private static readonly Histogram<double> TransferDuration =
        Meter.CreateHistogram<double>(SftpMetricNames.TransferDuration, "s", "How long transfers took.");

    private static readonly Histogram<double> TransferRate =
        Meter.CreateHistogram<double>(SftpMetricNames.TransferRate, "By/s", "How fast transfers were.");

    private static readonly Counter<long> Files =
        Meter.CreateCounter<long>(SftpMetricNames.Files, "{file}", "Files that arrived.");

    private static readonly Counter<long> Bytes =
        Meter.CreateCounter<long>(SftpMetricNames.Bytes, "By", "Bytes moved for files that arrived.");

    private static readonly Counter<long> ResumedBytes =
        Meter.CreateCounter<long>(SftpMetricNames.ResumedBytes, "By", "Bytes that resuming saved.");

    private static readonly Counter<long> Errors =
        Meter.CreateCounter<long>(SftpMetricNames.Errors, "{error}", "Files and directories that did not arrive.");

    private static readonly Counter<long> Connections =
        Meter.CreateCounter<long>(SftpMetricNames.Connections, "{connection}", "Connections made or not made.");

    private static readonly Histogram<double> ConnectDuration =
        Meter.CreateHistogram<double>(SftpMetricNames.ConnectDuration, "s", "How long connecting took.");

    /// <summary>A transfer began (1) or ended (-1).</summary>
    public static void Active(int change, TransferSubject subject)
    {
        if (ActiveTransfers.Enabled)
            ActiveTransfers.Add(change, Common(subject));
    }

    /// <summary>A file arrived.</summary>
    public static void FileArrived(TransferSubject subject, TransferredFile file)
    {
        if (Bytes.Enabled)
            Bytes.Add(file.Size - file.ResumedFrom, Common(subject));
        if (ResumedBytes.Enabled && file.ResumedFrom > 0)
            ResumedBytes.Add(file.ResumedFrom, Common(subject));
        if (!Files.Enabled)
            return;
        var tags = Common(subject);
        tags.Add(SftpTagNames.Verification, VerificationTag(file.Verification));
        tags.Add(SftpTagNames.Resumption, ResumptionTag(file.ResumedFrom > 0));
        Files.Add(1, tags);
    }

    /// <summary>A file or directory did not arrive.</summary>
    public static void Failed(TransferSubject subject, string errorType)
    {
        if (!Errors.Enabled)
            return;
        var tags = Common(subject);
        tags.Add(SftpTagNames.ErrorType, errorType);
        Errors.Add(1, tags);
    }

    /// <summary>A transfer ended.</summary>
    public static void Ended(TransferSubject subject, string outcome, bool wasResumed, TimeSpan duration, double? bytesPerSecond)
    {
        if (TransferRate.Enabled && bytesPerSecond is { } rate)
            TransferRate.Record(rate, Common(subject));
        if (!Transfers.Enabled && !TransferDuration.Enabled)
            return;
        var tags = Common(subject);
        tags.Add(SftpTagNames.Outcome, outcome);
        TransferDuration.Record(duration.TotalSeconds, tags);
        tags.Add(SftpTagNames.Resumption, ResumptionTag(wasResumed));
        Transfers.Add(1, tags);
    }

    /// <summary>A session was connected, or could not be.</summary>
    public static void Connected(string transport, bool isReconnect, string outcome, string? errorType, TimeSpan duration)
    {
        if (!Connections.Enabled && !ConnectDuration.Enabled)
            return;
        TagList tags =
        [
            new(SftpTagNames.Transport, transport),
            new(SftpTagNames.Reconnect, isReconnect),
            new(SftpTagNames.Outcome, outcome),
        ];
        if (errorType is not null)
            tags.Add(SftpTagNames.ErrorType, errorType);
        Connections.Add(1, tags);
        ConnectDuration.Record(duration.TotalSeconds, tags);
    }

    private static TagList Common(TransferSubject subject) =>
    [
        new(SftpTagNames.Direction, subject.DirectionTag),
        new(SftpTagNames.Protocol, subject.Protocol),
    ];

    private static string ResumptionTag(bool isResumed) => isResumed ? "resumed" : "full";

    private static string VerificationTag(TransferVerification verification) => verification switch
    {
        TransferVerification.Checksum => "checksum",
        TransferVerification.Size => "size",
        _ => "none",
    };
}
