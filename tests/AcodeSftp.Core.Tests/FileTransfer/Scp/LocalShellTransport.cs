using System.Diagnostics;
using AcodeSftp.Connections;
using AcodeSftp.Files;

namespace AcodeSftp.Core.Tests.FileTransfer.Scp;

/// <summary>
/// A "server" whose commands run on this machine, in <c>/bin/sh</c> as sshd would start it: the real scp and the real shell
/// are the peers, and nothing but the network is missing.
/// </summary>
internal sealed class LocalShellTransport(string directory) : ISshTransport
{
    private int _sftpAttempts;

    public string Name => "LocalShell";

    public TransportAvailability Availability { get; } = new(true, "/bin/sh");

    /// <summary>What opening an SFTP channel fails with; each attempt takes the next, and the last one stays.</summary>
    public IReadOnlyList<SftpException> SftpFailures { get; set; } =
        [new(SftpErrorCode.Unavailable, "The server refused the SFTP subsystem.") { IsTransientOverride = false }];

    /// <summary>How many SFTP channels were asked for.</summary>
    public int SftpAttempts => _sftpAttempts;

    /// <summary>What a command may not be; null for nothing.</summary>
    public Func<string, SftpException?>? Refuse { get; set; }

    /// <summary>Changes a command line before it runs, as a restricted shell does; null for no change.</summary>
    public Func<string, string>? Rewrite { get; set; }

    /// <summary>A directory that is searched for programs before all others; null for none.</summary>
    public string? ProgramDirectory { get; set; }

    /// <summary>The command lines that were run.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Commands { get; } = new();

    public Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default) =>
        Task.FromResult<ISshConnection>(new Connection(this, options));

    private sealed class Connection(LocalShellTransport owner, SshConnectionOptions options) : ISshConnection
    {
        private readonly CancellationTokenSource _ended = new();

        public string ConnectionId => "local";

        public string HostName => options.HostName;

        public int Port => 22;

        public string UserName => "user";

        public string? ServerVersion => null;

        public bool IsConnected => !_ended.IsCancellationRequested;

        public CancellationToken Disconnected => _ended.Token;

        public Task<IRemoteFileSystem> OpenSftpAsync(CancellationToken cancellationToken = default)
        {
            var attempt = Interlocked.Increment(ref owner._sftpAttempts);
            throw owner.SftpFailures[Math.Min(attempt, owner.SftpFailures.Count) - 1];
        }

        public Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken = default)
        {
            owner.Commands.Enqueue(request.Command);
            if (owner.Refuse?.Invoke(request.Command) is { } refusal)
                throw refusal;
            var start = new ProcessStartInfo("/bin/sh")
            {
                ArgumentList = { "-c", owner.Rewrite?.Invoke(request.Command) ?? request.Command },
                WorkingDirectory = owner.Directory,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            if (owner.ProgramDirectory is not null)
                start.Environment["PATH"] = $"{owner.ProgramDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
            return Task.FromResult<IRemoteCommand>(new Command(Process.Start(start)!));
        }

        public Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default) => Task.FromResult(TimeSpan.Zero);

        public ValueTask DisposeAsync()
        {
            _ended.Cancel();
            return ValueTask.CompletedTask;
        }
    }

    private string Directory => directory;

    private sealed class Command(Process process) : IRemoteCommand
    {
        public Stream StandardInput => process.StandardInput.BaseStream;

        public Stream StandardOutput => process.StandardOutput.BaseStream;

        public Stream StandardError => process.StandardError.BaseStream;

        public Task<RemoteCommandExit> Completion { get; } = WaitAsync(process);

        public async Task SendSignalAsync(string signal, CancellationToken cancellationToken = default)
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
            await kill.WaitForExitAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            return ValueTask.CompletedTask;
        }

        private static async Task<RemoteCommandExit> WaitAsync(Process process)
        {
            await process.WaitForExitAsync();
            return new RemoteCommandExit(process.ExitCode, null);
        }
    }
}
