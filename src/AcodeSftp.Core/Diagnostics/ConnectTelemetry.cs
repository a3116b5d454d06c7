using System.Diagnostics;

namespace AcodeSftp.Diagnostics;

/// <summary>Measures how a session is connected, and makes the span of it. The session itself logs its states.</summary>
internal sealed class ConnectTelemetry : IDisposable
{
    private readonly string _transport;
    private readonly bool _isReconnect;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Activity? _span;
    private bool _hasEnded;

    private ConnectTelemetry(string transport, bool isReconnect, Activity? span)
    {
        _transport = transport;
        _isReconnect = isReconnect;
        _span = span;
    }

    /// <summary>Connecting begins.</summary>
    public static ConnectTelemetry Start(string transport, string hostName, int port, bool isReconnect)
    {
        var span = SftpDiagnostics.Activities.StartActivity("ssh connect", ActivityKind.Client);
        span?.SetTag(SftpTagNames.Transport, transport);
        span?.SetTag(SftpTagNames.Reconnect, isReconnect);
        span?.SetTag(SftpTagNames.ServerAddress, hostName);
        span?.SetTag(SftpTagNames.ServerPort, port);
        return new ConnectTelemetry(transport, isReconnect, span);
    }

    /// <summary>Connecting ended. Only the first call counts.</summary>
    /// <param name="failure">Why it failed; null where it did not.</param>
    public void End(Exception? failure)
    {
        if (_hasEnded)
            return;
        _hasEnded = true;
        var outcome = failure switch
        {
            null => "success",
            OperationCanceledException => "cancelled",
            _ => "failure",
        };
        var errorType = failure is null or OperationCanceledException
            ? null
            : (failure as SftpException)?.Code.ToString() ?? failure.GetType().Name;
        SftpInstruments.Connected(_transport, _isReconnect, outcome, errorType, Stopwatch.GetElapsedTime(_started));
        _span?.SetTag(SftpTagNames.Outcome, outcome);
        if (failure is null)
            return;
        _span?.SetTag(SftpTagNames.ErrorType, errorType ?? outcome);
        _span?.SetStatus(ActivityStatusCode.Error, TerminalText.Clean(failure.Message));
    }

    public void Dispose() => _span?.Dispose();
}
