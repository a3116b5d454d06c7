using System.Diagnostics;
using AcodeSftp.FileTransfer;
using AcodeSftp.Files;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Diagnostics;

/// <summary>
/// Writes the log lines of one transfer, measures it and makes its span. Told by the transfer as things happen, from
/// several threads at a time. Every line carries the transfer's id and is safe to print: names from a server are in it.
/// </summary>
internal sealed class TransferTelemetry(ILogger logger, TransferSubject subject)
{
    // A span is held in memory until it ends.
    private const int MostSpanEvents = 64;

    private const string Success = "success";
    private const string Partial = "partial";
    private const string Failure = "failure";
    private const string Cancelled = "cancelled";

    private Activity? _span;
    private int _spanEvents;
    private long _moved;

    /// <summary>What the transfer is.</summary>
    public TransferSubject Subject => subject;

    /// <summary>Runs a transfer and tells of its beginning and end.</summary>
    /// <param name="transfer">The transfer.</param>
    /// <param name="soFar">What it has done, where it ends with an exception.</param>
    /// <returns>What it did.</returns>
    public async Task<TransferResult> ObserveAsync(Func<Task<TransferResult>> transfer, Func<TransferResult> soFar)
    {
        // What others log while the transfer runs, such as that its session connects again, carries the id as well.
        using var scope = logger.BeginScope(new TransferScope(subject.TransferId));
        using var span = StartSpan();
        _span = span;
        SftpInstruments.Active(1, subject);
        try
        {
            TransferLog.Started(
                logger,
                subject.TransferId,
                subject.Direction,
                Clean(subject.Source),
                Clean(subject.Destination),
                subject.Protocol);
            var result = await transfer().ConfigureAwait(false);
            End(result, result.Success ? Success : result.FilesTransferred > 0 ? Partial : Failure, null);
            return result;
        }
        catch (OperationCanceledException)
        {
            End(soFar(), Cancelled, null);
            throw;
        }
        catch (Exception e)
        {
            End(soFar(), Failure, e);
            throw;
        }
        finally
        {
            SftpInstruments.Active(-1, subject);
        }
    }

    /// <summary>A file goes on where an earlier transfer broke off.</summary>
    public void Resumed(TransferResumedEvent resumed)
    {
        TransferLog.Resumed(logger, subject.TransferId, Clean(SourceOf(resumed.Path)), resumed.ResumedFromByte, resumed.TotalBytes);
        AddSpanEvent("resumed", resumed.Path);
    }

    /// <summary>A file arrived and is in place.</summary>
    public void FileArrived(TransferredFile file)
    {
        Interlocked.Add(ref _moved, file.Size - file.ResumedFrom);
        SftpInstruments.FileArrived(subject, file);
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        var isUpload = subject.Direction == TransferDirection.Upload;
        var remote = subject.Url(new RemotePath(file.RemotePath));
        TransferLog.FileArrived(
            logger,
            subject.TransferId,
            Clean(isUpload ? file.LocalPath : remote),
            Clean(isUpload ? remote : file.LocalPath),
            file.Size,
            file.ResumedFrom,
            file.Verification,
            file.Checksum);
    }

    /// <summary>What arrived was not what was sent; the file is transferred once more.</summary>
    public void Repeated(string path, SftpException error)
    {
        TransferLog.Repeated(logger, subject.TransferId, Clean(SourceOf(path)), Clean(error.Message));
        AddSpanEvent("repeated", path, error.Code.ToString());
    }

    /// <summary>The connection was lost under a file; it is tried again.</summary>
    public void TriedAgain(string path, SftpException error, long furthest)
    {
        TransferLog.TriedAgain(logger, subject.TransferId, Clean(SourceOf(path)), furthest, Clean(error.Message));
        AddSpanEvent("retried", path, error.Code.ToString());
    }

    /// <summary>A file or directory did not arrive.</summary>
    public void FileFailed(TransferError error)
    {
        var errorType = ErrorType(error);
        SftpInstruments.Failed(subject, errorType);
        TransferLog.FileFailed(
            logger,
            error.Exception,
            subject.TransferId,
            Clean(SourceOf(error.Path)),
            error.Type,
            errorType,
            Clean(error.ErrorMessage));
        AddSpanEvent("failed", error.Path, errorType);
    }

    /// <summary>Something did not keep a file from arriving but is worth knowing.</summary>
    public void Warned(string warning) => TransferLog.Warned(logger, subject.TransferId, Clean(warning));

    /// <summary>The faster way for large files is not open.</summary>
    public void CommandsRefused(string reason) => TransferLog.CommandsRefused(logger, subject.TransferId, Clean(reason));

    private void End(TransferResult result, string outcome, Exception? exception)
    {
        var moved = Interlocked.Read(ref _moved);
        double? rate = moved > 0 && result.Duration > TimeSpan.Zero ? moved / result.Duration.TotalSeconds : null;
        SftpInstruments.Ended(subject, outcome, result.WasResumed, result.Duration, rate);
        TransferLog.Ended(
            logger,
            outcome == Success ? LogLevel.Information : exception is null ? LogLevel.Warning : LogLevel.Error,
            exception,
            subject.TransferId,
            outcome,
            subject.Direction,
            Clean(subject.Source),
            Clean(subject.Destination),
            result.FilesTransferred,
            result.Errors.Count,
            result.BytesTransferred,
            Math.Round(result.Duration.TotalSeconds, 3),
            Math.Round(rate ?? 0),
            result.WasResumed,
            result.ChecksumVerified);
        if (_span is not { } span)
            return;
        span.SetTag(SftpTagNames.Outcome, outcome);
        span.SetTag(SftpTagNames.FileCount, result.FilesTransferred);
        span.SetTag(SftpTagNames.FailedCount, result.Errors.Count);
        span.SetTag(SftpTagNames.ByteCount, result.BytesTransferred);
        span.SetTag(SftpTagNames.Resumption, result.WasResumed ? "resumed" : "full");
        if (outcome == Success)
            return;
        var first = result.Errors.Count > 0 ? result.Errors[0] : null;
        span.SetTag(SftpTagNames.ErrorType, first is not null ? ErrorType(first) : exception?.GetType().Name ?? outcome);
        span.SetStatus(ActivityStatusCode.Error, Clean(exception?.Message ?? first?.ErrorMessage ?? outcome));
    }

    private Activity? StartSpan()
    {
        var span = SftpDiagnostics.Activities.StartActivity($"{subject.Protocol} {subject.DirectionTag}", ActivityKind.Client);
        if (span is not { IsAllDataRequested: true })
            return span;
        span.SetTag(SftpTagNames.TransferId, subject.TransferId);
        span.SetTag(SftpTagNames.Direction, subject.DirectionTag);
        span.SetTag(SftpTagNames.Protocol, subject.Protocol);
        span.SetTag(SftpTagNames.ServerAddress, subject.HostName);
        span.SetTag(SftpTagNames.ServerPort, subject.Port);
        span.SetTag(SftpTagNames.Source, Clean(subject.Source));
        span.SetTag(SftpTagNames.Destination, Clean(subject.Destination));
        return span;
    }

    private void AddSpanEvent(string name, string path, string? errorType = null)
    {
        if (_span is not { IsAllDataRequested: true } span || Interlocked.Increment(ref _spanEvents) > MostSpanEvents)
            return;
        var tags = new ActivityTagsCollection { [SftpTagNames.Source] = Clean(SourceOf(path)) };
        if (errorType is not null)
            tags[SftpTagNames.ErrorType] = errorType;
        span.AddEvent(new ActivityEvent(name, tags: tags));
    }

    // Errors that belong to no path, such as a time limit for the whole, have an empty one.
    private string SourceOf(string path) =>
        path.Length == 0 ? subject.Source : subject.Direction == TransferDirection.Upload ? path : subject.Url(new RemotePath(path));

    private static string Clean(string text) => TerminalText.Clean(text);

    private static string ErrorType(TransferError error) =>
        (error.Exception as SftpException)?.Code.ToString() ?? error.Type.ToString();
}
