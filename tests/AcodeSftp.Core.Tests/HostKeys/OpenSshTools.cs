using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AcodeSftp.HostKeys;

namespace AcodeSftp.Tests.HostKeys;

/// <summary>A directory of a test's own, with the programs of OpenSSH to compare with.</summary>
internal sealed class OpenSshTools : IDisposable
{
    private readonly List<Process> _servers = [];

    public OpenSshTools() => Directory = System.IO.Directory.CreateTempSubdirectory("hostkeys-").FullName;

    public string Directory { get; }

    public string this[string name] => Path.Combine(Directory, name);

    public static string Require(string program)
    {
        var found = new[] { "/usr/sbin", "/usr/local/sbin" }
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .Where(directory => directory.Length > 0)
            .SelectMany(directory => new[] { Path.Combine(directory, program), Path.Combine(directory, program + ".exe") })
            .FirstOrDefault(File.Exists);
        Skip.If(found is null, $"{program} is not installed.");
        return found;
    }

    public static (int Code, string Output, string Errors) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Require(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(30_000), $"{program} hangs.");
        return (process.ExitCode, output, errors.Result);
    }

    /// <summary>Makes a key pair and gives its public half.</summary>
    public SshHostKey NewKey(string name, string type = "ed25519", params string[] more)
    {
        var (code, _, errors) = Run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", this[name], .. more]);
        Assert.True(code == 0, errors);
        return SshHostKey.Parse(File.ReadAllText(this[name + ".pub"]));
    }

    /// <summary>Signs a host's key and gives the certificate.</summary>
    public SshHostKey Certify(string name, string authority, string principals)
    {
        var (code, _, errors) = Run("ssh-keygen", "-q", "-s", this[authority], "-I", "id", "-h", "-n", principals, this[name + ".pub"]);
        Assert.True(code == 0, errors);
        return SshHostKey.Parse(File.ReadAllText(this[name + "-cert.pub"]));
    }

    public string Write(string name, string content)
    {
        File.WriteAllText(this[name], content, new UTF8Encoding(false));
        return this[name];
    }

    /// <summary>Starts a server on a free port of the loopback interface and gives the port.</summary>
    public int StartServer(IEnumerable<string> hostKeys, string? certificate = null)
    {
        Skip.If(OperatingSystem.IsWindows(), "sshd is a service on Windows.");
        var program = Require("sshd");
        var port = FreePort();
        var lines = hostKeys.Select(key => $"HostKey {this[key]}")
            .Append($"Port {port}").Append("ListenAddress 127.0.0.1").Append("PidFile none").Append("UsePAM no").Append("StrictModes no");
        if (certificate is not null)
            lines = lines.Append($"HostCertificate {this[certificate + "-cert.pub"]}");
        var configuration = Write($"sshd-{port}.conf", string.Join('\n', lines) + "\n");
        if (Environment.UserName == "root")
            System.IO.Directory.CreateDirectory("/run/sshd");
        _servers.Add(Process.Start(new ProcessStartInfo(program, ["-D", "-f", configuration, "-E", this[$"sshd-{port}.log"]]))!);
        for (var i = 0; i < 100; i++)
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, port);
                return port;
            }
            catch (SocketException)
            {
                Thread.Sleep(50);
            }
        }

        Skip.If(true, "sshd does not start: " + File.ReadAllText(this[$"sshd-{port}.log"]));
        return 0;
    }

    /// <summary>What <c>ssh</c> makes of a server's key: null when it goes on to the login, otherwise what it says.</summary>
    public static string? Judge(string host, int port, string knownHosts, params string[] options)
    {
        var (_, _, errors) = Run(
            "ssh",
            [
                "-F", "none", "-p", $"{port}", "-o", "BatchMode=yes", "-o", "PreferredAuthentications=none", "-o", "IdentityAgent=none",
                "-o", $"UserKnownHostsFile={knownHosts}", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "UpdateHostKeys=no",
                "-o", "HashKnownHosts=no", .. options.SelectMany(option => new[] { "-o", option }), host, "true",
            ]);
        return errors.Contains("Permission denied (", StringComparison.Ordinal) ? null : errors;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            server.Kill();
            server.WaitForExit();
            server.Dispose();
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
