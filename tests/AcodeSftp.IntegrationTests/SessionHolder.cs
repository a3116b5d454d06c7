using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AcodeSftp.Connections;
using AcodeSftp.OpenSsh;

namespace AcodeSftp.IntegrationTests;

/// <summary>
/// A program that opens a session and holds it, for tests of what happens to <c>ssh</c> when its parent is interrupted or
/// killed. It is this assembly, started by itself.
/// </summary>
public static class SessionHolder
{
    /// <summary>
    /// Connects, prints the number of the <c>ssh</c> process and what the private directory is, and then answers each line
    /// of input with a ping; <c>run</c> starts a remote command that never ends.
    /// </summary>
    /// <param name="args">
    /// Port, key file, known_hosts file, and <c>text</c> to give the key as text; or those of <see cref="Faults.TransferProcess"/>.
    /// </param>
    /// <returns>0.</returns>
    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is [Faults.TransferProcess.Verb, ..])
            return await Faults.TransferProcess.RunAsync(args);
        // A shell or PowerShell goes on after Ctrl+C, and so does this.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var key = args.Length > 3 ? new Secret(await File.ReadAllTextAsync(args[1])) : null;
        await using var connection = (OpenSshConnection)await new OpenSshTransport().ConnectAsync(new SshConnectionOptions
        {
            HostName = "127.0.0.1",
            Port = int.Parse(args[0], CultureInfo.InvariantCulture),
            KeyFilePaths = key is null ? [args[1]] : [],
            PrivateKey = key,
            KnownHostsPath = args[2],
            SshConfigPath = "none",
        });
        Console.WriteLine($"{connection.ProcessId} {connection.PrivateDirectory}");
        while (Console.ReadLine() is { } line)
        {
            if (line == "run")
                await connection.ExecuteAsync(new RemoteCommandRequest("sleep 20"));
            await connection.PingAsync();
            Console.WriteLine("alive");
        }

        return 0;
    }

    /// <summary>Starts the program.</summary>
    /// <param name="options">Where to connect.</param>
    /// <param name="ownGroup">Whether it leads a process group of its own, which can then be interrupted like a terminal's.</param>
    /// <param name="asText">Whether the key is given as text.</param>
    /// <returns>The program, the number of its <c>ssh</c> and its private directory.</returns>
    internal static async Task<(Process Program, int Ssh, string Directory)> StartAsync(
        SshConnectionOptions options, bool ownGroup, bool asText = false)
    {
        string[] command =
        [
            Environment.ProcessPath!, "exec", typeof(SessionHolder).Assembly.Location,
            $"{options.Port}", options.KeyFilePaths[0], options.KnownHostsPath!, .. (string[])(asText ? ["text"] : []),
        ];
        // setsid does not fork here, because a child of ours leads no group, so the program keeps the number we know.
        var start = ownGroup
            ? new ProcessStartInfo("setsid", command)
            : new ProcessStartInfo(command[0], command[1..]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        var program = Process.Start(start)!;
        var line = await program.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30))
            ?? throw new InvalidOperationException("The program ended at once.");
        var fields = line.Split(' ');
        return (program, int.Parse(fields[0], CultureInfo.InvariantCulture), fields[1]);
    }
}
