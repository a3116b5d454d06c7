using System.Diagnostics;
using System.Globalization;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.Bench;

/// <summary>
/// A <see cref="DelayRelay"/> in a process of its own, so that what it costs is never counted as anybody's who is measured.
/// </summary>
internal sealed class RelayProcess : IDisposable
{
    /// <summary>The first argument of this program when it is the relay.</summary>
    public const string Verb = "relay";

    private const string Ready = "ready";
    private readonly Process _process;

    private RelayProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>What it has used of the processor so far.</summary>
    public TimeSpan ProcessorTime => ProcessFiles.ProcessorTimeOf(_process.Id);

    /// <summary>The most that it had in memory, in bytes.</summary>
    public long PeakMemory => ProcessFiles.MemoryOf(_process.Id, "VmHWM");

    /// <summary>Starts a relay.</summary>
    /// <param name="target">The loopback port to relay to.</param>
    /// <param name="roundTrip">The distance in milliseconds, half of it each way.</param>
    /// <param name="bytesPerSecond">How many bytes go through in each direction of a connection; 0 for no limit.</param>
    public static async Task<RelayProcess> StartAsync(int target, int roundTrip, long bytesPerSecond)
    {
        var port = SshdServer.FreePort();
        var command = ChildProcess.Self(Verb, [$"{port}", $"{target}", $"{roundTrip}", $"{bytesPerSecond}"]);
        var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        if (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) == Ready)
            return new RelayProcess(process, port);
        process.Dispose();
        throw new InvalidOperationException("The relay did not start.");
    }

    public void Dispose()
    {
        // It ends with its input, and so even when this process is killed.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>What the process does: it relays until its input ends.</summary>
    /// <param name="arguments">Its port, the target's, the round trip in milliseconds, the limit in bytes a second.</param>
    /// <returns>0.</returns>
    public static int Run(string[] arguments)
    {
        var numbers = Array.ConvertAll(arguments, argument => long.Parse(argument, CultureInfo.InvariantCulture));
        using var relay = new DelayRelay((int)numbers[0], (int)numbers[1], TimeSpan.FromMilliseconds(numbers[2] / 2.0), numbers[3]);
        Console.WriteLine(Ready);
        while (Console.In.ReadLine() is not null)
        {
            // Nothing is ever sent.
        }

        return 0;
    }
}
