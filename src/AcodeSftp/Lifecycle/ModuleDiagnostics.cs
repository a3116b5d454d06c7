using AcodeSftp.Diagnostics;

namespace AcodeSftp.Shell.Lifecycle;

/// <summary>The logs and metrics of the process, shared by all its runspaces as its sessions are.</summary>
internal static class ModuleDiagnostics
{
    private static readonly Dictionary<string, SftpLogFile> Files =
        new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    /// <summary>Where everything is logged.</summary>
    public static SftpLogSwitch Log { get; } = new();

    /// <summary>What was measured since the first session was opened.</summary>
    public static SftpMetricCollector Metrics { get; } = new();

    /// <summary>Begins to write a log file.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="level">Lines below this are left out.</param>
    /// <exception cref="SftpException">It is being written already, or cannot be.</exception>
    public static void Start(string path, SftpLogLevel level)
    {
        lock (Files)
        {
            if (Files.ContainsKey(path))
                throw new SftpException(SftpErrorCode.AlreadyExists, $"The log '{TerminalText.Clean(path)}' is being written already.")
                {
                    Path = path,
                    Advice = "Stop it with Stop-SftpLog to start it again with another level.",
                };
            Files[path] = SftpLogFile.Start(Log, path, level);
        }
    }

    /// <summary>The full paths of the log files that are being written.</summary>
    public static IReadOnlyList<string> Running
    {
        get
        {
            lock (Files)
                return [.. Files.Keys];
        }
    }

    /// <summary>Ends a log file.</summary>
    /// <param name="path">Its full path.</param>
    /// <returns>The log file as it ended; null where there is none of that path.</returns>
    public static SftpLogFile? Stop(string path)
    {
        SftpLogFile? file;
        lock (Files)
            Files.Remove(path, out file);
        file?.Dispose();
        return file;
    }

    /// <summary>Ends all log files.</summary>
    public static void StopAll()
    {
        foreach (var path in Running)
            Stop(path);
    }
}
