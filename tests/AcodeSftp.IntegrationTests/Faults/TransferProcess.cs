using System.Diagnostics;
using System.Globalization;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>
/// A program that makes one transfer and tells how it went, for tests that kill it and that measure its memory. It is this
/// assembly, started by itself.
/// </summary>
internal static class TransferProcess
{
    /// <summary>The first argument that makes the assembly this program.</summary>
    public const string Verb = "transfer";

    /// <summary>Transfers.</summary>
    /// <param name="args"><see cref="Verb"/>, upload or download, port, key, known hosts, source, destination, memory, transport.</param>
    /// <returns>0 where everything arrived.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var session = SshdSession.New(new SshConnectionOptions
        {
            HostName = "127.0.0.1",
            Port = int.Parse(args[2], CultureInfo.InvariantCulture),
            KeyFilePaths = [args[3]],
            KnownHostsPath = args[4],
            SshConfigPath = "none",
        }, transport: args[8]);
        await using var sftp = await session.OpenSftpAsync();
        var manager = new TransferResumeManager(args[7]);
        var before = Memory("VmRSS:");
        // From here on the peak is that of the transfer.
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
        var result = args[1] == "upload"
            ? await sftp.UploadAsync(args[5], args[6], new UploadOptions
            {
                ResumeManager = manager, ParallelTransfers = 4, SmallFilesAtOnce = TransferOptions.ManySmallFiles,
            })
            : await sftp.DownloadAsync(args[5], args[6], new DownloadOptions
            {
                ResumeManager = manager, SmallFilesAtOnce = TransferOptions.ManySmallFiles,
            });
        var peak = Memory("VmHWM:");
        foreach (var error in result.Errors.Take(10))
            Console.WriteLine($"{(error.Exception as SftpException)?.Code} {TerminalText.Clean(error.ErrorMessage)}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Success} {result.FilesTransferred} {result.WasResumed} {before} {peak} {result.Duration.TotalSeconds:0.0}"));
        return result.Success ? 0 : 1;
    }

    /// <summary>The command that starts the program.</summary>
    /// <param name="options">Where to connect.</param>
    /// <param name="transport">By which transport.</param>
    /// <param name="upload">Which way.</param>
    /// <param name="source">What.</param>
    /// <param name="destination">Whereto.</param>
    /// <param name="memory">Where broken-off transfers are remembered.</param>
    /// <returns>The program and its arguments.</returns>
    public static string[] Command(
        SshConnectionOptions options, string transport, bool upload, string source, string destination, string memory) =>
    [
        Environment.ProcessPath!, "exec", typeof(TransferProcess).Assembly.Location,
        Verb, upload ? "upload" : "download", $"{options.Port}", options.KeyFilePaths[0], options.KnownHostsPath!,
        source, destination, memory, transport,
    ];

    /// <summary>Starts a command.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <returns>The process.</returns>
    public static Process Start(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    private static long Memory(string name) => long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2],
        CultureInfo.InvariantCulture);
}

/// <summary>What a <see cref="TransferProcess"/> told.</summary>
/// <param name="Success">Whether everything arrived.</param>
/// <param name="Files">How many files did.</param>
/// <param name="WasResumed">Whether any was gone on with.</param>
/// <param name="MemoryBefore">KiB resident before the transfer.</param>
/// <param name="MemoryPeak">KiB resident at most during the transfer.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record TransferReport(
    bool Success,
    int Files,
    bool WasResumed,
    long MemoryBefore,
    long MemoryPeak,
    double Seconds)
{
    /// <summary>KiB that the transfer took at most.</summary>
    public long Growth => MemoryPeak - MemoryBefore;

    /// <summary>Reads the last line of the program's output.</summary>
    /// <param name="output">The output.</param>
    /// <returns>What it says.</returns>
    public static TransferReport Parse(string output)
    {
        var line = output.TrimEnd().Split('\n')[^1].Split(' ');
        return new TransferReport(
            bool.Parse(line[0]),
            int.Parse(line[1], CultureInfo.InvariantCulture),
            bool.Parse(line[2]),
            long.Parse(line[3], CultureInfo.InvariantCulture),
            long.Parse(line[4], CultureInfo.InvariantCulture),
            double.Parse(line[5], CultureInfo.InvariantCulture));
    }
}
