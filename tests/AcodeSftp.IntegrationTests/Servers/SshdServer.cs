using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AcodeSftp.Connections;

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>What is particular about a server.</summary>
public sealed record SshdSettings
{
    /// <summary>Lines to put before those of the standard configuration; of a keyword given twice sshd takes the first.</summary>
    public IReadOnlyList<string> ConfigLines { get; init; } = [];

    /// <summary>The SFTP server: <c>internal-sftp</c>, a program and its arguments, or null for no SFTP subsystem.</summary>
    public string? SftpServer { get; init; } = "internal-sftp";

    /// <summary>
    /// A password for the account, on this server only: it sees password files of its own. Null for no passwords. Needs
    /// <see cref="SshdServer.CanChangeAccounts"/>.
    /// </summary>
    public string? Password { get; init; }

    /// <summary>
    /// Whether the account is one without any rights that exists on this server only, and not the one that runs the tests.
    /// Needs <see cref="SshdServer.CanChangeAccounts"/>.
    /// </summary>
    public bool HasOwnAccount { get; init; }

    /// <summary>
    /// The size in MiB of a disk that only this server sees, at <see cref="SshdServer.SmallDisk"/>; 0 for none. Needs
    /// <see cref="SshdServer.CanChangeAccounts"/>.
    /// </summary>
    public int SmallDiskMegabytes { get; init; }

    /// <summary>Where to make the server's directory; null for the system's place for temporary files.</summary>
    public string? ParentDirectory { get; init; }
}

/// <summary>
/// A real sshd on a free loopback port, run by whoever runs the tests, with keys and configuration in a temporary directory.
/// </summary>
public sealed class SshdServer : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd", "/opt/homebrew/sbin/sshd"];
    private const UnixFileMode Everyone =
        UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly SshdSettings _settings;
    private Process? _process;

    private SshdServer(SshdSettings settings, string directory, int port)
    {
        _settings = settings;
        Directory = directory;
        Port = port;
    }

    /// <summary>Why no sshd can be started here; null where one can.</summary>
    public static string? UnavailableReason { get; } = FindReason();

    /// <summary>Whether a server can have accounts of its own: root, mount namespaces, unshare and openssl are needed.</summary>
    public static bool CanChangeAccounts { get; } = FindWhetherAccountsCanChange();

    /// <summary>Where its files are.</summary>
    public string Directory { get; }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The number of the process that listens, whose children serve the connections.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>The account that can log in.</summary>
    public string UserName => _settings.HasOwnAccount ? "acode-tester" : Environment.UserName;

    /// <summary>A private key that the server accepts.</summary>
    public string UserKeyPath => File("user_key");

    /// <summary>Where the server, and nobody else, sees a small disk; see <see cref="SshdSettings.SmallDiskMegabytes"/>.</summary>
    public string SmallDisk => File("small");

    /// <summary>The same key, encrypted with <see cref="EncryptedKeyPassphrase"/>.</summary>
    public string EncryptedKeyPath => File("user_key_encrypted");

    /// <summary>The passphrase of <see cref="EncryptedKeyPath"/>.</summary>
    public static string EncryptedKeyPassphrase => "correct horse 'battery' \"staple\" \\ $HOME %h";

    /// <summary>A private key that the server does not accept.</summary>
    public string StrangerKeyPath => File("stranger_key");

    /// <summary>A known_hosts file with the server's key in it.</summary>
    public string KnownHostsPath => File("known_hosts");

    /// <summary>The public half of the server's host key, as <c>type base64</c>.</summary>
    public string HostPublicKey => string.Join(' ', System.IO.File.ReadAllText(File("host_key.pub")).Split(' ')[..2]);

    /// <summary>What the server logged.</summary>
    public string Log => System.IO.File.Exists(File("sshd.log")) ? System.IO.File.ReadAllText(File("sshd.log")) : "";

    /// <summary>Starts a server.</summary>
    /// <param name="settings">What is particular about it; null for nothing.</param>
    /// <returns>The server, listening.</returns>
    public static async Task<SshdServer> StartAsync(SshdSettings? settings = null)
    {
        settings ??= new SshdSettings();
        var server = new SshdServer(settings, MakeDirectory(settings.ParentDirectory), FreePort());
        try
        {
            server.MakeFiles();
            await server.StartProcessAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A path in the server's directory.</summary>
    /// <param name="name">The file's name.</param>
    /// <returns>The path.</returns>
    public string File(string name) => Path.Combine(Directory, name);

    /// <summary>Options to connect with the accepted key, with nothing of the user's own configuration.</summary>
    /// <returns>The options.</returns>
    public SshConnectionOptions ConnectionOptions() => new()
    {
        HostName = "127.0.0.1",
        Port = Port,
        UserName = UserName,
        KeyFilePaths = [UserKeyPath],
        KnownHostsPath = KnownHostsPath,
        SshConfigPath = "none",
        ConnectTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Kills the listener and, with it, every connection.</summary>
    /// <returns>A task that ends when they are gone.</returns>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        foreach (var child in ConnectionProcesses())
            Kill(child);
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Kills every connection; the listener lives on.</summary>
    public void KillConnections()
    {
        foreach (var child in ConnectionProcesses())
            Kill(child);
    }

    /// <summary>Freezes every connection, as a host that hangs does: they stay open, and nothing answers any more.</summary>
    public void FreezeConnections()
    {
        foreach (var child in ConnectionProcesses())
            Run("kill", "-STOP", child.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Starts the server again on the same port, after <see cref="KillAsync"/>.</summary>
    /// <returns>A task that ends when it listens.</returns>
    public Task RestartAsync() => StartProcessAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (IOException)
        {
            // A session that is just ending still writes its log.
        }
    }

    /// <summary>Runs a program to its end and fails when it does.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Its output.</returns>
    public static string Run(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} failed: {error.Result}");
    }

    private static string? FindReason()
    {
        if (OperatingSystem.IsWindows())
            return "These tests start sshd as it is found on Linux and macOS.";
        return Places.Any(System.IO.File.Exists) ? null : "No sshd is installed (openssh-server).";
    }

    private static bool FindWhetherAccountsCanChange()
    {
        try
        {
            Run("openssl", "version");
            Run("unshare", "-m", "mount", "--bind", "/etc/passwd", "/etc/shadow");
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string MakeDirectory(string? parent)
    {
        if (parent is null)
            return System.IO.Directory.CreateTempSubdirectory("acode-sshd-").FullName;
        var directory = Path.Join(Path.GetFullPath(parent), $"acode-sshd-{Guid.NewGuid():N}"[..20]);
        return System.IO.Directory.CreateDirectory(
            directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    /// <summary>Finds a port that nobody listens on.</summary>
    /// <returns>The port.</returns>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Kill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended in the meantime.
        }
    }

    // sshd starts a process per connection, and that one another; they are found by their parents, depth first.
    private List<int> ConnectionProcesses()
    {
        var parents = new Dictionary<int, int>();
        foreach (var line in Run("ps", "-A", "-o", "pid=,ppid=,comm=").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[2].Contains("ssh", StringComparison.Ordinal))
                parents[int.Parse(fields[0], CultureInfo.InvariantCulture)] = int.Parse(fields[1], CultureInfo.InvariantCulture);
        }

        var found = new List<int>();
        for (var before = -1; before != found.Count;)
        {
            before = found.Count;
            found.AddRange(parents.Keys.Where(id =>
                !found.Contains(id) && (parents[id] == _process!.Id || found.Contains(parents[id]))).ToList());
        }

        return found;
    }

    private void MakeFiles()
    {
        foreach (var name in (string[])["host_key", "user_key", "stranger_key"])
            Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", File(name));
        System.IO.File.Copy(UserKeyPath, EncryptedKeyPath);
        System.IO.File.SetUnixFileMode(EncryptedKeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Run("ssh-keygen", "-q", "-p", "-P", "", "-N", EncryptedKeyPassphrase, "-f", EncryptedKeyPath);
        System.IO.File.Copy(File("user_key.pub"), File("authorized_keys"));
        System.IO.File.WriteAllText(KnownHostsPath, $"[127.0.0.1]:{Port} {HostPublicKey}\n");
        List<string> lines =
        [
            .. _settings.ConfigLines,
            $"Port {Port}",
            "ListenAddress 127.0.0.1",
            $"HostKey {File("host_key")}",
            $"AuthorizedKeysFile {File("authorized_keys")}",
            $"PidFile {File("sshd.pid")}",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin yes",
            $"PasswordAuthentication {(_settings.Password is null ? "no" : "yes")}",
            "KbdInteractiveAuthentication no",
            "AcceptEnv ACODE_*",
            // Tests open many connections at once; the default drops some of them at random.
            "MaxStartups 100",
            "LogLevel VERBOSE",
        ];
        if (_settings.SftpServer is { } sftpServer)
            lines.Add($"Subsystem sftp {sftpServer}");
        System.IO.File.WriteAllLines(File("sshd_config"), lines);
    }

    private async Task StartProcessAsync()
    {
        // Privilege separation needs this directory where sshd runs as root; the service makes it elsewhere.
        if (Environment.UserName == "root")
            System.IO.Directory.CreateDirectory("/run/sshd");
        var sshd = Places.First(System.IO.File.Exists);
        string[] arguments = ["-D", "-f", File("sshd_config"), "-E", File("sshd.log")];
        // Only this sshd sees the mounts, in a mount namespace of its own.
        var mounts = Mounts();
        var start = mounts.Count > 0
            ? new ProcessStartInfo(
                "unshare",
                ["-m", "sh", "-c", $"{string.Join(" && ", mounts)} && exec \"$@\"", "sh", sshd, .. arguments])
            : new ProcessStartInfo(sshd, arguments);
        _process = Process.Start(start) ?? throw new InvalidOperationException("sshd did not start.");
        for (var i = 0; i < 200; i++)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"sshd ended with {_process.ExitCode}: {Log}");
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(25);
            }
        }

        throw new InvalidOperationException($"sshd does not listen: {Log}");
    }

    private List<string> Mounts()
    {
        var mounts = new List<string>();
        if (_settings.HasOwnAccount || _settings.Password is not null)
        {
            var files = MakeAccountFiles();
            mounts.Add($"mount --bind '{files[0]}' /etc/passwd");
            mounts.Add($"mount --bind '{files[1]}' /etc/shadow");
        }

        if (_settings.SmallDiskMegabytes > 0)
        {
            System.IO.Directory.CreateDirectory(SmallDisk);
            mounts.Add($"mount -t tmpfs -o size={_settings.SmallDiskMegabytes}m tmpfs '{SmallDisk}'");
        }

        return mounts;
    }

    private string[] MakeAccountFiles()
    {
        var hash = _settings.Password is { } password ? Run("openssl", "passwd", "-6", password).Trim() : "*";
        var passwd = System.IO.File.ReadAllLines("/etc/passwd").ToList();
        var shadow = System.IO.File.ReadAllLines("/etc/shadow")
            .Where(line => !line.StartsWith(UserName + ":", StringComparison.Ordinal))
            .Append($"{UserName}:{hash}:19000:0:99999:7:::");
        if (_settings.HasOwnAccount)
        {
            passwd.Add($"{UserName}:x:54321:54321::/:/bin/sh");
            System.IO.File.SetUnixFileMode(Directory, Everyone | UnixFileMode.UserWrite);
        }

        System.IO.File.WriteAllLines(File("passwd"), passwd);
        System.IO.File.WriteAllLines(File("shadow"), shadow);
        System.IO.File.SetUnixFileMode(File("shadow"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return [File("passwd"), File("shadow")];
    }
}
