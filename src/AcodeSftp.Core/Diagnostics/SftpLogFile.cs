using Microsoft.Extensions.Logging;

namespace AcodeSftp.Diagnostics;

/// <summary>How important a line must be to get into a log.</summary>
public enum SftpLogLevel
{
    /// <summary>Everything.</summary>
    Trace = LogLevel.Trace,

    /// <summary>What helps to find out why something does not work.</summary>
    Debug = LogLevel.Debug,

    /// <summary>Every transfer, every file of it and every change of a session's state.</summary>
    Information = LogLevel.Information,

    /// <summary>What went otherwise than it was meant to.</summary>
    Warning = LogLevel.Warning,

    /// <summary>What failed.</summary>
    Error = LogLevel.Error,
}

/// <summary>
/// A log file that is being written, as <see cref="JsonLinesLoggerProvider"/> describes, for those who cannot or do not
/// want to refer to the logging library. Disposing it ends it.
/// </summary>
public sealed class SftpLogFile : IDisposable
{
    private readonly JsonLinesLoggerProvider _provider;
    private readonly IDisposable _attached;

    private SftpLogFile(JsonLinesLoggerProvider provider, IDisposable attached, SftpLogLevel level)
    {
        _provider = provider;
        _attached = attached;
        Level = level;
    }

    /// <summary>The file's full path.</summary>
    public string Path => _provider.Path;

    /// <summary>Lines below this are left out.</summary>
    public SftpLogLevel Level { get; }

    /// <summary>The first failure to write; null where there was none.</summary>
    public SftpException? Failure => _provider.Failure;

    /// <summary>How many lines did not get into the file.</summary>
    public long LinesLost => _provider.LinesLost;

    /// <summary>Opens or creates a file and writes to it what is logged from now on.</summary>
    /// <param name="log">Where the lines come from.</param>
    /// <param name="path">The file. Lines are appended.</param>
    /// <param name="level">Lines below this are left out.</param>
    /// <returns>The log file.</returns>
    /// <exception cref="SftpException">The file cannot be opened or created.</exception>
    public static SftpLogFile Start(SftpLogSwitch log, string path, SftpLogLevel level = SftpLogLevel.Information)
    {
        ArgumentNullException.ThrowIfNull(log);
        var provider = new JsonLinesLoggerProvider(path, (LogLevel)level);
        return new SftpLogFile(provider, log.Attach(provider), level);
    }

    /// <summary>Writes what is queued, for five seconds at most, and closes the file.</summary>
    public void Dispose() => _attached.Dispose();
}
