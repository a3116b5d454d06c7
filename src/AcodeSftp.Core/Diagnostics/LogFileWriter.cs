using System.Collections.Concurrent;
using System.Globalization;
using AcodeSftp.FileTransfer;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Diagnostics;

/// <summary>Appends lines to a file from a thread of its own.</summary>
internal sealed class LogFileWriter : IDisposable
{
    private const int QueueLength = 8192;
    private const int BatchSize = 64 * 1024;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(5);

    private readonly BlockingCollection<Entry> _queue = new(QueueLength);
    private readonly Thread _thread;
    private readonly string _path;
    private readonly Stream _stream;
    private readonly Action<SftpException>? _onFailure;
    private SftpException? _failure;
    private long _lost;
    private long _lostTold;
    private bool _isStuck;
    private bool _isTorn;

    public LogFileWriter(string path, Stream stream, Action<SftpException>? onFailure)
    {
        _path = path;
        _stream = stream;
        _onFailure = onFailure;
        _thread = new Thread(Run) { IsBackground = true, Name = "AcodeSftp log" };
        _thread.Start();
    }

    public SftpException? Failure => Volatile.Read(ref _failure);

    public long LinesLost => Interlocked.Read(ref _lost);

    /// <summary>Queues a line. Waits a moment where the queue is full, but not again until something was written.</summary>
    public void Write(byte[] line)
    {
        try
        {
            if (_queue.TryAdd(new Entry(line, null), Volatile.Read(ref _isStuck) ? TimeSpan.Zero : LongestWait))
                return;
            Volatile.Write(ref _isStuck, true);
        }
        catch (InvalidOperationException)
        {
            // Closed meanwhile.
        }

        Interlocked.Increment(ref _lost);
    }

    public bool Flush(TimeSpan timeout)
    {
        using var written = new ManualResetEventSlim();
        try
        {
            return _queue.TryAdd(new Entry(null, written), timeout) && written.Wait(timeout);
        }
        catch (InvalidOperationException)
        {
            return _thread.Join(timeout);
        }
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        // A file that hangs, such as on a server that is gone, is left to its thread, which ends with the process.
        _thread.Join(LongestClose);
    }

    private void Run()
    {
        var batch = new MemoryStream(BatchSize);
        var lines = 0;
        foreach (var entry in _queue.GetConsumingEnumerable())
        {
            if (entry.Line is { } line)
            {
                batch.Write(line);
                lines++;
            }

            if (batch.Length > 0 && (entry.Written is not null || _queue.Count == 0 || batch.Length >= BatchSize))
            {
                Append(batch, lines);
                batch.SetLength(0);
                lines = 0;
            }

            entry.SetWritten();
        }

        Close();
    }

    // One write of whole lines at the end of the file as it is now: so nothing is torn where others append to it too.
    private void Append(MemoryStream batch, int lines)
    {
        try
        {
            var lost = LinesLost;
            if (lost > _lostTold)
                batch.Write(LossLine(lost - _lostTold));
            if (_stream.CanSeek)
                _stream.Seek(0, SeekOrigin.End);
            if (_isTorn)
                _stream.Write("\n"u8);
            _stream.Write(batch.GetBuffer(), 0, (int)batch.Length);
            _stream.Flush();
            _isTorn = false;
            _lostTold = lost;
            Volatile.Write(ref _isStuck, false);
        }
        catch (Exception e) when (LocalErrors.Includes(e) || e is ObjectDisposedException)
        {
            // Part of a line may have got into the file.
            _isTorn = true;
            Interlocked.Add(ref _lost, lines);
            Tell(e);
        }
    }

    private void Tell(Exception e)
    {
        if (_failure is not null)
            return;
        var failure = LocalErrors.From(e, "write the log", _path);
        Volatile.Write(ref _failure, failure);
        try
        {
            _onFailure?.Invoke(failure);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // There is nobody left to tell.
        }
    }

    private void Close()
    {
        try
        {
            _stream.Dispose();
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            Tell(e);
        }
    }

    private static byte[] LossLine(long lines) => JsonLogLine.Format(
        DateTimeOffset.UtcNow,
        LogLevel.Warning,
        typeof(JsonLinesLoggerProvider).FullName!,
        new EventId(1, "LinesLost"),
        string.Create(CultureInfo.InvariantCulture, $"{lines} log lines were lost"),
        [new KeyValuePair<string, object?>("Lines", lines)],
        new LoggerExternalScopeProvider(),
        null);

    private readonly record struct Entry(byte[]? Line, ManualResetEventSlim? Written)
    {
        public void SetWritten()
        {
            try
            {
                Written?.Set();
            }
            catch (ObjectDisposedException)
            {
                // Whoever waited has given up.
            }
        }
    }
}
