using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AcodeSftp.Connections;

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>
/// A real Dropbear on a free loopback port, in a mount namespace where the account's home is a temporary directory and where
/// the SFTP server that Dropbear would start is a file that cannot be run: what many a router is like.
/// </summary>
public sealed class DropbearServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/dropbear";

    // Where Dropbear looks for the SFTP server (SFTPSERVER_PATH); different builds have different places.
    private static readonly string[] SftpServers =
        ["/usr/lib/sftp-server", "/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/libexec/openssh/sftp-server"];

    private readonly string _directory;
    private readonly int _port;
    private Process? _process;

    private DropbearServer(string directory, int port) => (_directory, _port) = (directory, port);

    /// <summary>Why no Dropbear can be started here; null where one can.</summary>
    public static string? UnavailableReason { get; } =
        !File.Exists(Program) ? "No dropbear is installed (dropbear-bin)."
        : !SshdServer.CanChangeAccounts ? "Dropbear needs a home directory of its own here: root and mount namespaces."
        : null;

    /// <summary>The account's home directory, where its sessions start.</summary>
    public string Home => Path.Join(_directory, "home");

    /// <summary>Starts a server.</summary>
    /// <returns>The server, listening.</returns>
    public static async Task<DropbearServer> StartAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var server = new DropbearServer(Directory.CreateTempSubdirectory("acode-dropbear-").FullName, port);
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

    /// <summary>Options to connect with the accepted key, with nothing of the user's own configuration.</summary>
    /// <returns>The options.</returns>
    public SshConnectionOptions ConnectionOptions() => new()
    {
        HostName = "127.0.0.1",
        Port = _port,
        UserName = Environment.UserName,
        KeyFilePaths = [Path.Join(_directory, "user_key")],
        KnownHostsPath = Path.Join(_directory, "known_hosts"),
        SshConfigPath = "none",
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            // A session that is just ending still writes to it.
        }
    }

    private void MakeFiles()
    {
        var ssh = Directory.CreateDirectory(Path.Join(Home, ".ssh")).FullName;
        SshdServer.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Join(_directory, "user_key"));
        File.Copy(Path.Join(_directory, "user_key.pub"), Path.Join(ssh, "authorized_keys"));
        File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Path.Join(ssh, "authorized_keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var key = SshdServer.Run("dropbearkey", "-t", "ed25519", "-f", Path.Join(_directory, "host_key"))
            .Split('\n')
            .First(line => line.StartsWith("ssh-ed25519 ", StringComparison.Ordinal));
        File.WriteAllText(Path.Join(_directory, "known_hosts"), $"[127.0.0.1]:{_port} {key}\n");
        File.WriteAllText(Path.Join(_directory, "nothing"), "");
        File.WriteAllLines(Path.Join(_directory, "passwd"), File.ReadAllLines("/etc/passwd").Select(line =>
        {
            var fields = line.Split(':');
            if (fields[0] == Environment.UserName)
                fields[5] = Home;
            return string.Join(':', fields);
        }));
    }

    private async Task StartProcessAsync()
    {
        var hide = SftpServers.Where(File.Exists).Select(path => $"mount --bind \"$1\" {path} && ");
        var script = $"mount --bind \"$0\" /etc/passwd && {string.Concat(hide)}shift && exec \"$@\"";
        _process = Process.Start(new ProcessStartInfo("unshare",
        [
            "-m", "sh", "-c", script, Path.Join(_directory, "passwd"), Path.Join(_directory, "nothing"),
            Program, "-F", "-E", "-r", Path.Join(_directory, "host_key"), "-p", $"127.0.0.1:{_port}", "-P", Path.Join(_directory, "pid"),
        ])
        {
            RedirectStandardError = true,
        })!;
        // A full pipe would stop it.
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        for (var i = 0; i < 200 && !_process.HasExited; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(25);
            }
        }

        throw new InvalidOperationException("dropbear does not listen.");
    }
}
