using System.Collections.Concurrent;
using System.Runtime.Versioning;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Core.Tests.FileTransfer.Scp;

/// <summary>
/// A session on a server without SFTP, whose scp and shell are this machine's, with a directory for each side.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ScpServer : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _limit = new(Longest);
    private readonly string _directory = Directory.CreateTempSubdirectory("acode-scp-").FullName;

    public ScpServer(SshConnectionOptions? options = null)
    {
        LocalDirectory = Directory.CreateDirectory(Path.Join(_directory, "local")).FullName;
        RemoteDirectory = Directory.CreateDirectory(Path.Join(_directory, "remote")).FullName;
        Transport = new LocalShellTransport(RemoteDirectory);
        Session = new SftpSession(
            1,
            null,
            options ?? new SshConnectionOptions { HostName = "host", UserName = "user", OperationTimeout = TimeSpan.FromSeconds(20) },
            new SshTransportChoice(Transport, "for a test"),
            SftpSessionSettings.Default with { LoggerFactory = Log });
    }

    /// <summary>Why the tests of this cannot run here; null where they can.</summary>
    public static string? WhyNot =>
        OperatingSystem.IsWindows() ? "There is no POSIX shell on Windows."
        : !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(path => File.Exists(Path.Join(path, "scp"))) ? "There is no scp here."
        : null;

    public LocalShellTransport Transport { get; }

    public SftpSession Session { get; }

    public RecordingLog Log { get; } = new();

    public string LocalDirectory { get; }

    public string RemoteDirectory { get; }

    /// <summary>Ends a test that hangs.</summary>
    public CancellationToken Token => _limit.Token;

    public string Local(string relativePath) => Path.Join(LocalDirectory, relativePath);

    public string Remote(string relativePath) => Path.Join(RemoteDirectory, relativePath);

    public string WriteLocal(string relativePath, byte[] content) => Write(Local(relativePath), content);

    public string WriteRemote(string relativePath, byte[] content) => Write(Remote(relativePath), content);

    public Task<ISftpChannel> OpenAsync() => Session.OpenSftpAsync(Token);

    /// <summary>Puts a program in the place of one of the server's.</summary>
    public void ReplaceProgram(string name, string script)
    {
        Transport.ProgramDirectory = Directory.CreateDirectory(Path.Join(_directory, "bin")).FullName;
        var path = Path.Join(Transport.ProgramDirectory, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    /// <summary>The names in a directory that are ours and temporary.</summary>
    public static IEnumerable<string> Leftovers(string directory) =>
        Directory.EnumerateFiles(directory, ".~*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path));

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        _limit.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }
}

/// <summary>Keeps log lines.</summary>
internal sealed class RecordingLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) => Lines.Enqueue((logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
