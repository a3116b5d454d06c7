using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>What Linux says of processes in <c>/proc</c>. Of a process that has ended everything is zero.</summary>
internal static class ProcessFiles
{
    // Of what follows the name in /proc/PID/stat.
    private const int UserTime = 11;
    private const double TicksPerSecond = 100;

    /// <summary>Processor time of a process itself.</summary>
    public static TimeSpan ProcessorTimeOf(int process) => Time(process, UserTime, 2);

    /// <summary>Processor time of all processes below one that have ended and been waited for.</summary>
    public static TimeSpan EndedChildrenOf(int process) => Time(process, UserTime + 2, 2);

    /// <summary>A size in bytes from <c>/proc/PID/status</c>, such as <c>VmRSS</c> or <c>VmHWM</c>.</summary>
    public static long MemoryOf(int process, string name) =>
        StatusOf(process, name) is { } size ? 1024 * long.Parse(size[..^2], CultureInfo.InvariantCulture) : 0;

    /// <summary>Whether a process ignores a signal.</summary>
    public static bool Ignores(int process, int signal) =>
        StatusOf(process, "SigIgn") is { } signals
        && (ulong.Parse(signals, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;

    /// <summary>What a process and all below it have in memory, in bytes.</summary>
    public static long ResidentOfTree(int process)
    {
        var fields = Read($"/proc/{process}/statm").Split(' ');
        if (fields.Length < 2)
            return 0;
        var own = long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        return own + ChildrenOf(process).Sum(ResidentOfTree);
    }

    private static IEnumerable<int> ChildrenOf(int process)
    {
        string[] threads;
        try
        {
            threads = Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (IOException)
        {
            return [];
        }

        return threads
            .SelectMany(thread => Read(Path.Join(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));
    }

    // What stands behind a name in /proc/PID/status.
    private static string? StatusOf(int process, string name) =>
        Read($"/proc/{process}/status").Split('\n')
            .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim();

    private static TimeSpan Time(int process, int first, int count)
    {
        var stat = Read($"/proc/{process}/stat");
        // The name before it may hold anything.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return TimeSpan.FromSeconds(
            fields.Skip(first).Take(count).Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
