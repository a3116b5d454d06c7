using System.Collections.Concurrent;
using AcodeSftp.FileTransfer;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Diagnostics;

/// <summary>
/// Writes log lines to a file as JSON, one object per line: <c>timestamp</c> (UTC, ISO 8601), <c>level</c>,
/// <c>category</c>, <c>eventId</c>, <c>eventName</c>, <c>message</c>, <c>correlationId</c> (the id of the transfer that
/// the line belongs to), <c>fields</c> and <c>scope</c> (the values by name), and <c>exception</c> (<c>type</c>,
/// <c>code</c>, <c>message</c>). What has no value is left out.
/// </summary>
/// <remarks>
/// <para>
/// Lines are queued and written by a thread of their own. Where the file cannot keep up, whoever logs waits a moment at
/// most; after that lines are dropped, and a line in the file tells how many. A failure to write never reaches whoever
/// logs: it is told once.
/// </para>
/// <para>
/// The file is created for its owner only (mode 0600), appended to, and may be moved away or cut off while it is written.
/// </para>
/// </remarks>
public sealed class JsonLinesLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentDictionary<string, JsonLinesLogger> _loggers = new(StringComparer.Ordinal);
    private readonly LogFileWriter _writer;
    private readonly TimeProvider _clock;
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    /// <summary>Opens or creates a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="minimumLevel">Lines below this are left out.</param>
    /// <param name="onFailure">
    /// Told of the first failure to write, from the writing thread; null to look at <see cref="Failure"/> instead.
    /// </param>
    /// <exception cref="SftpException">The file cannot be opened or created.</exception>
    public JsonLinesLoggerProvider(
        string path,
        LogLevel minimumLevel = LogLevel.Information,
        Action<SftpException>? onFailure = null)
        : this(FullPath(path), minimumLevel, onFailure, Open, TimeProvider.System)
    {
    }

    internal JsonLinesLoggerProvider(
        string path,
        LogLevel minimumLevel,
        Action<SftpException>? onFailure,
        Func<string, Stream> open,
        TimeProvider clock)
    {
        Path = path;
        MinimumLevel = minimumLevel;
        _clock = clock;
        _writer = new LogFileWriter(path, open(path), onFailure);
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Lines below this are left out.</summary>
    public LogLevel MinimumLevel { get; }

    /// <summary>The first failure to write; null where there was none.</summary>
    public SftpException? Failure => _writer.Failure;

    /// <summary>How many lines did not get into the file.</summary>
    public long LinesLost => _writer.LinesLost;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        ArgumentNullException.ThrowIfNull(categoryName);
        return _loggers.GetOrAdd(categoryName, static (category, self) => new JsonLinesLogger(self, category), this);
    }

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Waits until everything logged so far is in the file, or could not be written.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>Whether it is.</returns>
    public bool Flush(TimeSpan timeout) => _writer.Flush(timeout);

    /// <summary>Writes what is queued, for five seconds at most, and closes the file.</summary>
    public void Dispose() => _writer.Dispose();

    private static string FullPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return System.IO.Path.GetFullPath(path);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "use", path);
        }
    }

    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path, options);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "write the log", path);
        }
    }

    private sealed class JsonLinesLogger(JsonLinesLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= provider.MinimumLevel;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            ArgumentNullException.ThrowIfNull(formatter);
            if (!IsEnabled(logLevel))
                return;
            // Here and not in the writing thread: scopes belong to this one, and values may change.
            provider._writer.Write(JsonLogLine.Format(
                provider._clock.GetUtcNow(),
                logLevel,
                category,
                eventId,
                formatter(state, exception),
                state as IEnumerable<KeyValuePair<string, object?>>,
                provider._scopes,
                exception));
        }
    }
}
