namespace AcodeSftp.Bench;

/// <summary>
/// Processor time and memory of one run: of the process that is started for it with all below it, of the server, and of the
/// relays. What the benchmark itself uses is in none of them.
/// </summary>
internal sealed class Resources : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly BenchServer _server;
    private readonly TimeSpan _client = ProcessFiles.EndedChildrenOf(Environment.ProcessId);
    private readonly TimeSpan _sshd;
    private readonly TimeSpan _relay;
    private Timer? _timer;
    private long _peak;

    public Resources(BenchServer server)
    {
        _server = server;
        (_sshd, _relay) = (ServerTime, server.RelayProcessorTime);
    }

    /// <summary>What the process and all below it had in memory, in bytes, at the most.</summary>
    public long PeakMemory => Interlocked.Read(ref _peak);

    /// <summary>Of all processes that have ended since: asked for when the run is over.</summary>
    public TimeSpan ClientProcessor => ProcessFiles.EndedChildrenOf(Environment.ProcessId) - _client;

    public TimeSpan ServerProcessor => ServerTime - _sshd;

    public TimeSpan RelayProcessor => _server.RelayProcessorTime - _relay;

    private TimeSpan ServerTime =>
        ProcessFiles.ProcessorTimeOf(_server.ProcessId) + ProcessFiles.EndedChildrenOf(_server.ProcessId);

    /// <summary>Begins to look at the memory of a process.</summary>
    public void Watch(int process) => _timer = new Timer(_ => Sample(process), null, TimeSpan.Zero, Interval);

    public void Dispose() => _timer?.Dispose();

    private void Sample(int process)
    {
        var resident = ProcessFiles.ResidentOfTree(process);
        if (resident > PeakMemory)
            Interlocked.Exchange(ref _peak, resident);
    }
}
