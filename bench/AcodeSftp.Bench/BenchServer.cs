using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AcodeSftp.Connections;

namespace AcodeSftp.Bench;

/// <summary>
/// An sshd on a free loopback port, relays in front of it, and an <c>ssh_config</c> by which all contenders reach it: as
/// <c>bench</c>, and at a distance of 50 ms as <c>bench-50</c>.
/// </summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private const string Sshd = "/usr/sbin/sshd";
    private readonly Process _process;
    private readonly Dictionary<string, int> _ports = [];
    private readonly List<DelayRelay> _relays = [];

    private BenchServer(string directory, Process process, int port)
    {
        Directory = directory;
        _process = process;
        AddHost("bench", port);
    }

    /// <summary>A directory for files of the benchmark, on this machine and so on the server too.</summary>
    public string Directory { get; }

    public string ConfigPath => Path.Combine(Directory, "ssh_config");

    public string UserKeyPath => Path.Combine(Directory, "user_key");

    /// <summary>The number of the sshd that listens.</summary>
    public int ProcessId => _process.Id;

    /// <summary>The name of the server at a distance, which is made when it is first asked for.</summary>
    /// <param name="milliseconds">The round trip; 0 for none.</param>
    public string At(int milliseconds)
    {
        var alias = milliseconds == 0 ? "bench" : $"bench-{milliseconds}";
        if (!_ports.ContainsKey(alias))
        {
            var relay = new DelayRelay(_ports["bench"], TimeSpan.FromMilliseconds(milliseconds / 2.0));
            _relays.Add(relay);
            AddHost(alias, relay.Port);
        }

        return alias;
    }

    public int PortOf(string alias) => _ports[alias];

    public SshConnectionOptions OptionsFor(string alias) => new() { HostName = alias, SshConfigPath = ConfigPath };

    /// <param name="parent">Where to make its directory; null for the system's place for temporary files.</param>
    public static async Task<BenchServer> StartAsync(string? parent)
    {
        if (!File.Exists(Sshd))
            throw new InvalidOperationException($"The benchmark needs OpenSSH's server at {Sshd}.");
        var directory = Path.Combine(parent ?? Path.GetTempPath(), $"acode-bench-{Guid.NewGuid():N}"[..20]);
        System.IO.Directory.CreateDirectory(directory);
        var port = FreePort();
        foreach (var key in new[] { "host_key", "user_key" })
            await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(directory, key)).ConfigureAwait(false);
        File.Copy(Path.Combine(directory, "user_key.pub"), Path.Combine(directory, "authorized_keys"));
        var hostKey = await File.ReadAllTextAsync(Path.Combine(directory, "host_key.pub")).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(directory, "known_hosts"), $"bench {hostKey}").ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(directory, "sshd_config"), $"""
            ListenAddress 127.0.0.1
            Port {port}
            HostKey {directory}/host_key
            AuthorizedKeysFile {directory}/authorized_keys
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            Subsystem sftp internal-sftp
            MaxStartups 100
            """).ConfigureAwait(false);
        if (Environment.UserName == "root")
            System.IO.Directory.CreateDirectory("/run/sshd");
        var process = Start(Sshd, "-D", "-e", "-f", Path.Combine(directory, "sshd_config"));
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        await WaitForPortAsync(port).ConfigureAwait(false);
        return new BenchServer(directory, process, port);
    }

    private void AddHost(string alias, int port)
    {
        _ports[alias] = port;
        File.AppendAllText(ConfigPath, $"""
            Host {alias}
                HostName 127.0.0.1
                HostKeyAlias bench
                Port {port}
                User {Environment.UserName}
                IdentityFile {UserKeyPath}
                IdentitiesOnly yes
                UserKnownHostsFile {Directory}/known_hosts
                StrictHostKeyChecking yes
                BatchMode yes

            """);
    }

    /// <summary>Runs a program to its end and throws where it fails.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        var error = process.StandardError.ReadToEndAsync();
        await Task.WhenAll(output, error, process.WaitForExitAsync()).ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} failed with {process.ExitCode}: {await error.ConfigureAwait(false)}");
    }

    public ValueTask DisposeAsync()
    {
        foreach (var relay in _relays)
            relay.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task WaitForPortAsync(int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port).ConfigureAwait(false);
                return;
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(50).ConfigureAwait(false);
            }
        }
    }
}
