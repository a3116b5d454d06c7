using System.Collections;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>
/// A child on Linux and macOS, in a session of its own. Its standard streams are socket pairs, not pipes: .NET waits for
/// sockets without holding a thread.
/// </summary>
internal sealed class UnixSshProcess : SshProcess
{
    // Kills the child when the pipe to this process breaks, which the kernel sees to whatever ends this process; a line
    // means that the child has ended and all is well. Without it, ssh would live on for as long as a remote command runs.
    private const string WatchdogScript =
        """
        exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
        cd /
        read -r line && exit
        kill -TERM "$1"
        [ -z "$2" ] || rm -rf -- "$2"
        sleep 1
        kill -KILL "-$1"
        """;

    private readonly object _lock = new();
    private readonly NetworkStream? _watchdog;
    private readonly int _watchdogId;
    private bool _isReaped;

    public UnixSshProcess(SshProcessStart start)
    {
        var environment = EnvironmentFor(start);
        var input = new StreamPair(start.Input);
        var output = new StreamPair(start.Output);
        var error = new StreamPair();
        try
        {
            Id = PosixSpawn.Start(
                start.File,
                start.Arguments,
                environment,
                (input.TheirDescriptor, output.TheirDescriptor, error.TheirDescriptor));
        }
        catch
        {
            foreach (var pair in (ReadOnlySpan<StreamPair>)[input, output, error])
                pair.Dispose();
            throw;
        }

        Input = input.TakeOurs() ?? Stream.Null;
        Output = output.TakeOurs() ?? Stream.Null;
        Error = error.TakeOurs() ?? Stream.Null;
        if (!start.EndsByItself)
            (_watchdogId, _watchdog) = StartWatchdog(environment, start.DirectoryToRemove);
        new Thread(WaitForEnd, maxStackSize: 128 * 1024) { IsBackground = true, Name = $"ssh {Id}" }.Start();
    }

    public override int Id { get; }

    public override Stream Input { get; }

    public override Stream Output { get; }

    public override Stream Error { get; }

    public override Stream OpenBulkInput() => Bulk(Input, isWriter: true);

    public override Stream OpenBulkOutput() => Bulk(Output, isWriter: false);

    public override void Terminate() => Send(Id, Posix.SigTerm);

    // The whole process group: an ssh that is killed cannot see to the end of its ProxyCommand.
    public override void Kill() => Send(-Id, Posix.SigKill);

    private static Stream Bulk(Stream stream, bool isWriter) =>
        stream is NetworkStream pair ? new ThreadedStream(pair.Socket, isWriter) : stream;

    private static Dictionary<string, string> EnvironmentFor(SshProcessStart start)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        foreach (var (name, value) in start.Environment)
        {
            if (value is null)
                environment.Remove(name);
            else
                environment[name] = value;
        }

        return environment;
    }

    private (int Id, NetworkStream? Line) StartWatchdog(Dictionary<string, string> environment, string? directory)
    {
        var pair = new StreamPair();
        try
        {
            var id = PosixSpawn.Start(
                "/bin/sh",
                ["-c", WatchdogScript, "acode-sftp-watchdog", $"{Id}", directory ?? ""],
                environment,
                (pair.TheirDescriptor, -1, -1));
            return (id, pair.TakeOurs());
        }
        catch (IOException)
        {
            // A system without a shell. What is left is that ssh ends when its standard input does.
            pair.Dispose();
            return (0, null);
        }
    }

    // The watchdog is called off while the child's number is still taken by the ended child, and signals are sent under the
    // lock that reaping takes, so that neither can ever hit a stranger that was given the same number.
    private void WaitForEnd()
    {
        var isOurs = Posix.WaitForEnd(Id);
        if (_watchdog is not null)
        {
            try
            {
                _watchdog.Write("\n"u8);
            }
            catch (IOException)
            {
                // Somebody killed the watchdog.
            }

            _watchdog.Dispose();
            Posix.WaitForEnd(_watchdogId);
            Posix.Reap(_watchdogId);
        }

        SshProcessExit exit;
        lock (_lock)
        {
            exit = isOurs ? Posix.Reap(Id) : new SshProcessExit(null, null);
            _isReaped = true;
        }

        Ended.TrySetResult(exit);
    }

    private void Send(int processId, int signal)
    {
        lock (_lock)
        {
            if (!_isReaped)
                Posix.Signal(processId, signal);
        }
    }

    /// <summary>A socket pair, one end for the child and one for us; or a file of which the child gets all.</summary>
    private sealed class StreamPair : IDisposable
    {
        private SafeFileHandle? _file;
        private int _ours = -1;

        public StreamPair(SafeFileHandle? file = null)
        {
            if (file is null)
            {
                (_ours, TheirDescriptor) = Posix.SocketPair();
                return;
            }

            // Nobody closes it before the child has it.
            var isHeld = false;
            file.DangerousAddRef(ref isHeld);
            _file = file;
            TheirDescriptor = (int)file.DangerousGetHandle();
        }

        public int TheirDescriptor { get; private set; }

        // Null where the child has a file.
        public NetworkStream? TakeOurs()
        {
            var ours = _ours;
            _ours = -1;
            Dispose();
            return ours < 0 ? null : new NetworkStream(new Socket(new SafeSocketHandle(ours, ownsHandle: true)), ownsSocket: true);
        }

        public void Dispose()
        {
            if (_ours >= 0)
                Posix.Close(_ours);
            if (_file is not null)
                _file.DangerousRelease();
            else if (TheirDescriptor >= 0)
                Posix.Close(TheirDescriptor);
            (_file, _ours, TheirDescriptor) = (null, -1, -1);
        }
    }
}
