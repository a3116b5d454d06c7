using System.Diagnostics;
using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>
/// Processor time and peak memory of what is measured: this process and its children, or those children alone. The
/// server's processor time is apart.
/// </summary>
internal sealed class Resources : IDisposable
{
    private readonly int _server;
    private readonly Timer _timer;
    private readonly TimeSpan _client;
    private readonly TimeSpan _sshd;
    private readonly long _ownBefore;
    private long _peak;

    public Resources(int server)
    {
        _server = server;
        _ownBefore = ResidentOf("self");
        (_client, _sshd) = (ProcessorTimeOf("self", 4), ProcessorTimeOf(server, 4));
        _timer = new Timer(_ => Sample(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
    }

    /// <summary>Growth of this process and what its children used, in bytes, at the highest.</summary>
    public long PeakMemory => Interlocked.Read(ref _peak);

    public TimeSpan ClientProcessor => ProcessorTimeOf("self", 4) - _client;

    public TimeSpan ServerProcessor => ProcessorTimeOf(_server, 4) - _sshd;

    public void Dispose() => _timer.Dispose();

    private void Sample()
    {
        // The server's processes are children of this one too.
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out var id) && Fields(id) is { } fields)
                parents[id] = int.Parse(fields[1], CultureInfo.InvariantCulture);
        }

        var children = parents.Keys.Where(id => id != _server && IsBelow(id)).Sum(ResidentOf);
        var peak = children + Math.Max(0, ResidentOf("self") - _ownBefore);
        if (peak > PeakMemory)
            Interlocked.Exchange(ref _peak, peak);

        bool IsBelow(int id)
        {
            while (parents.TryGetValue(id, out var parent) && id != _server)
            {
                if (parent == Environment.ProcessId)
                    return true;
                id = parent;
            }

            return false;
        }
    }

    private static long ResidentOf(int process) => ResidentOf(process.ToString(CultureInfo.InvariantCulture));

    private static long ResidentOf(string process)
    {
        try
        {
            var pages = File.ReadAllText($"/proc/{process}/statm").Split(' ')[1];
            return long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static TimeSpan ProcessorTimeOf(object process, int fields) =>
        TimeSpan.FromSeconds((Fields(process) ?? []).Skip(11).Take(fields).Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / 100.0);

    // What follows the name, which may hold anything.
    private static string[]? Fields(object process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
