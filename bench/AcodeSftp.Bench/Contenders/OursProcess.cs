using System.Diagnostics;
using System.Globalization;
using AcodeSftp.Commands;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.OpenSsh;
using AcodeSftp.Sessions;
#if SSHNET
using AcodeSftp.SshNet;
#endif

namespace AcodeSftp.Bench;

/// <summary>
/// AcodeSftp by its C# API, in a process of its own as everybody else is: it opens a session, does one thing, and reports
/// what it took after it had connected and by how much its memory grew meanwhile.
/// </summary>
internal sealed class OursProcess
{
    /// <summary>The first argument of this program when it is this contender.</summary>
    public const string Verb = "ours";

    private readonly Dictionary<string, string> _arguments;
    private readonly Dictionary<string, double> _report = [];

    // Not JSON, whose reading would be part of what is measured: name=value.
    private OursProcess(string[] arguments) =>
        _arguments = arguments.Select(argument => argument.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    private bool IsOverSshNet => _arguments["transport"] == "SshNet";

    private bool Verify => _arguments["checksum"] == "yes";

    /// <summary>What the process does.</summary>
    /// <param name="arguments">What <see cref="Ours"/> puts together.</param>
    /// <returns>0.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var process = new OursProcess(arguments);
        await process.RunAsync().ConfigureAwait(false);
        RunReport.Write(process._arguments["report"], process._report);
        return 0;
    }

    private async Task RunAsync()
    {
#if SSHNET
        if (_arguments["transport"] == Ours.BareSshNet)
        {
            SshNetAlone.Run(_arguments, _report);
            return;
        }
#endif
        await using var session = new SftpSession(1, null, Options(), new SshTransportChoice(Transport(), "benchmark"));
        if (_arguments["do"] == "commands")
        {
            await session.ConnectAsync().ConfigureAwait(false);
            await MeasureAsync(() => RunCommandsAsync(session)).ConfigureAwait(false);
            return;
        }

        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
        if (_arguments["do"] == "open")
            return;
        if (_arguments["again"] == "yes")
        {
            await WorkAsync(sftp).ConfigureAwait(false);
            // The server is this machine.
            TestData.Delete(_arguments["destination"]);
        }

        await MeasureAsync(() => WorkAsync(sftp)).ConfigureAwait(false);
        if (_arguments["again"] == "yes")
            _report[Measurement.Whole] = _report[RunReport.Connected];
    }

    private async Task MeasureAsync(Func<Task> workAsync)
    {
        var connected = Stopwatch.GetTimestamp();
        var before = OwnMemory.Begin();
        await workAsync().ConfigureAwait(false);
        _report[RunReport.Connected] = Stopwatch.GetElapsedTime(connected).TotalSeconds;
        _report[RunReport.Growth] = OwnMemory.GrowthSince(before);
    }

    private async Task WorkAsync(ISftpChannel sftp)
    {
        var (source, destination) = (_arguments["source"], _arguments["destination"]);
        switch (_arguments["do"])
        {
            case "upload":
                var uploads = new UploadOptions
                {
                    VerifyChecksum = Verify,
                    SmallFilesAtOnce = TransferOptions.ManySmallFiles,
                    ParallelTransfers = 4,
                };
                Check(await sftp.UploadAsync(source, destination, uploads).ConfigureAwait(false));
                break;
            case "download":
                var downloads = new DownloadOptions { VerifyChecksum = Verify, SmallFilesAtOnce = TransferOptions.ManySmallFiles };
                Check(await sftp.DownloadAsync(source, destination, downloads).ConfigureAwait(false));
                break;
            default:
                await ListAsync(sftp, source, recursive: destination == "recursive").ConfigureAwait(false);
                break;
        }
    }

    private async Task ListAsync(ISftpChannel sftp, string directory, bool recursive)
    {
        var connected = Stopwatch.GetTimestamp();
        var count = 0;
        await foreach (var _ in sftp.EnumerateAsync(directory, recursive).ConfigureAwait(false))
        {
            if (count++ == 0)
                _report[RunReport.FirstObject] = Stopwatch.GetElapsedTime(connected).TotalSeconds;
        }

        _report[RunReport.LastObject] = Stopwatch.GetElapsedTime(connected).TotalSeconds;
        RequireCount(count);
    }

    private async Task RunCommandsAsync(SftpSession session)
    {
        for (var i = int.Parse(_arguments["count"], CultureInfo.InvariantCulture); i > 0; i--)
        {
            var result = await session.InvokeCommandAsync(new SshCommand("true")).ConfigureAwait(false);
            if (!result.Success)
                throw new InvalidOperationException("The command failed.");
        }
    }

    private void RequireCount(int count)
    {
        if (_arguments["count"] != $"{count}")
            throw new InvalidOperationException($"{count} entries were listed, there are {_arguments["count"]}.");
    }

    private void Check(TransferResult result)
    {
        if (!result.Success || result.ChecksumVerified != Verify)
            throw new InvalidOperationException(
                $"The transfer failed: {string.Join(", ", result.Errors.Take(5).Select(error => error.ErrorMessage))}");
    }

    private SshConnectionOptions Options() => !IsOverSshNet
        ? new SshConnectionOptions { HostName = _arguments["host"], SshConfigPath = _arguments["config"] }
        : new SshConnectionOptions
        {
            HostName = "127.0.0.1",
            Port = int.Parse(_arguments["port"], CultureInfo.InvariantCulture),
            KeyFilePaths = [_arguments["key"]],
            KnownHostsPath = Path.Join(Path.GetDirectoryName(_arguments["key"]), "known_hosts"),
        };

#if SSHNET
    private ISshTransport Transport() => IsOverSshNet ? new SshNetTransport() : new OpenSshTransport();
#else
    private static OpenSshTransport Transport() => new();
#endif
}

/// <summary>The memory of this process, without that of <c>ssh</c>.</summary>
internal static class OwnMemory
{
    /// <summary>What is resident now, in bytes; from here on the kernel notes the most.</summary>
    public static long Begin()
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        return ProcessFiles.MemoryOf(Environment.ProcessId, "VmRSS");
    }

    public static long GrowthSince(long before) => ProcessFiles.MemoryOf(Environment.ProcessId, "VmHWM") - before;
}
