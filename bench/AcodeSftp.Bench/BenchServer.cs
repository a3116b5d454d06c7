using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.Bench;

/// <summary>The server at some distance.</summary>
/// <param name="Alias">Its name in the benchmark's <c>ssh_config</c>.</param>
/// <param name="Port">Its loopback port, for clients that do not read that file.</param>
internal sealed record BenchHost(string Alias, int Port);

/// <summary>
/// An sshd on a free loopback port, relays in front of it, and an <c>ssh_config</c> by which all contenders reach it: as
/// <c>bench</c>, and at a distance of 50 ms as <c>bench-50</c>.
/// </summary>
internal sealed class BenchServer : IAsyncDisposable
{
    // What the account's shell does when it starts is none of the contenders' business: bash reads ~/.bashrc for commands
    // that come by ssh, and what stands there may take longer than all else.
    private static readonly string[] ConfigLines = ["LogLevel ERROR", "SetEnv HOME=/"];

    private readonly SshdServer _sshd;
    private readonly List<RelayProcess> _relays = [];
    private readonly Dictionary<int, BenchHost> _hosts = [];

    private BenchServer(SshdServer sshd) => _sshd = sshd;

    /// <summary>The distances that there are, in milliseconds.</summary>
    public static IReadOnlyList<int> Distances { get; } = [10, 50, 100];

    /// <summary>A directory for files of the benchmark, on this machine and so on the server too.</summary>
    public string Directory => _sshd.Directory;

    public string ConfigPath => _sshd.File("ssh_config");

    public string UserKeyPath => _sshd.UserKeyPath;

    /// <summary>Where contenders of ours write their <see cref="RunReport"/>.</summary>
    public string ReportPath => _sshd.File("report");

    /// <summary>The number of the sshd that listens.</summary>
    public int ProcessId => _sshd.ProcessId;

    /// <summary>What all relays have used of the processor so far.</summary>
    public TimeSpan RelayProcessorTime => _relays.Aggregate(TimeSpan.Zero, (sum, relay) => sum + relay.ProcessorTime);

    /// <summary>Starts the server and the relays.</summary>
    /// <param name="parent">Where to make its directory; null for the system's place for temporary files.</param>
    /// <param name="bytesPerSecond">How many bytes the relays carry in each direction of a connection; 0 for no limit.</param>
    public static async Task<BenchServer> StartAsync(string? parent, long bytesPerSecond)
    {
        if (SshdServer.UnavailableReason is { } reason)
            throw new InvalidOperationException(reason);
        var server = new BenchServer(await SshdServer.StartAsync(
            new SshdSettings { ParentDirectory = parent, ConfigLines = ConfigLines }).ConfigureAwait(false));
        try
        {
            server.AddHost(0, new BenchHost("bench", server._sshd.Port));
            foreach (var distance in Distances)
            {
                var relay = await RelayProcess.StartAsync(server._sshd.Port, distance, bytesPerSecond).ConfigureAwait(false);
                server._relays.Add(relay);
                server.AddHost(distance, new BenchHost($"bench-{distance}", relay.Port));
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The server at a distance in milliseconds: 0, or one of <see cref="Distances"/>.</summary>
    public BenchHost At(int distance) => _hosts[distance];

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays)
            relay.Dispose();
        await _sshd.DisposeAsync().ConfigureAwait(false);
    }

    private void AddHost(int distance, BenchHost host)
    {
        _hosts[distance] = host;
        if (distance > 0)
            File.AppendAllText(_sshd.KnownHostsPath, $"[127.0.0.1]:{host.Port} {_sshd.HostPublicKey}\n");
        File.AppendAllText(ConfigPath, $"""
            Host {host.Alias}
                HostName 127.0.0.1
                Port {host.Port}
                User {_sshd.UserName}
                IdentityFile {UserKeyPath}
                IdentitiesOnly yes
                UserKnownHostsFile {_sshd.KnownHostsPath}
                StrictHostKeyChecking yes
                BatchMode yes

            """);
    }
}
