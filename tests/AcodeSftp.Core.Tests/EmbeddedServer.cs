using System.Security.Cryptography;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;

namespace AcodeSftp.Core.Tests;

/// <summary>
/// An embedded host with a session on it, and a local directory of its own: what the tests of transfers run on. It is the
/// real client over the real protocol; only the network is missing.
/// </summary>
public sealed class EmbeddedServer : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _limit = new(Longest);
    private readonly List<SftpSession> _sessions = [];
    private readonly MemoryTransport _transport = new();

    private readonly SftpSessionSettings _settings;

    private EmbeddedServer(EmbeddedHost host, SftpSessionSettings? settings)
    {
        Host = host;
        _settings = settings ?? OneAttempt;
        _transport.SetHost(host);
        LocalDirectory = Directory.CreateTempSubdirectory("acode-").FullName;
        ResumeManager = new TransferResumeManager(Path.Join(LocalDirectory, ".resume"));
    }

    /// <summary>One attempt at everything, so that a test sees what a single one does.</summary>
    public static SftpSessionSettings OneAttempt { get; } = new() { Retry = new SessionRetryPolicy { MaxAttempts = 1 } };

    /// <summary>Three attempts, as by default, but quickly.</summary>
    public static SftpSessionSettings ThreeAttempts { get; } = new()
    {
        Retry = new SessionRetryPolicy { BaseDelay = TimeSpan.FromMilliseconds(5) },
    };

    public EmbeddedHost Host { get; }

    /// <summary>An empty directory that goes away with this.</summary>
    public string LocalDirectory { get; }

    /// <summary>Remembers in a directory of this test only.</summary>
    public TransferResumeManager ResumeManager { get; }

    /// <summary>Ends a test that hangs.</summary>
    public CancellationToken Token => _limit.Token;

    public static async Task<(EmbeddedServer Server, ISftpChannel Channel)> StartAsync(
        Action<EmbeddedHostOptions>? configure = null,
        SftpSessionSettings? settings = null)
    {
        var options = new EmbeddedHostOptions();
        configure?.Invoke(options);
        var server = new EmbeddedServer(new EmbeddedHost("host", options), settings);
        return (server, await server.ConnectAsync());
    }

    /// <summary>The sessions that were opened, in order.</summary>
    public IReadOnlyList<SftpSession> Sessions => _sessions;

    /// <summary>Opens a channel on a new session.</summary>
    public async Task<ISftpChannel> ConnectAsync()
    {
        var session = new SftpSession(
            _sessions.Count + 1,
            null,
            new SshConnectionOptions { HostName = "host", UserName = "user", Port = 22, OperationTimeout = TimeSpan.FromSeconds(20) },
            new SshTransportChoice(_transport, "for a test"),
            _settings);
        _sessions.Add(session);
        await session.ConnectAsync(Token);
        return await session.OpenSftpAsync(Token);
    }

    public UploadOptions Upload => new() { ResumeManager = ResumeManager };

    public DownloadOptions Download => new() { ResumeManager = ResumeManager };

    public string Local(params string[] parts) => Path.Join([LocalDirectory, .. parts]);

    public string WriteLocal(string relativePath, byte[] content)
    {
        var path = Local(relativePath.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string WriteLocal(string relativePath, string content = "content") =>
        WriteLocal(relativePath, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>The names in a remote directory that are ours and temporary.</summary>
    public IEnumerable<string> RemoteLeftovers(string directory) =>
        Host.List(directory).Where(name => name.StartsWith(".~", StringComparison.Ordinal));

    /// <summary>The names in a local directory that are ours and temporary.</summary>
    public static IEnumerable<string> LocalLeftovers(string directory) =>
        Directory.EnumerateFiles(directory, ".~*").Select(path => Path.GetFileName(path));

    /// <summary>Content that no compression, hole or repetition hides an error in.</summary>
    public static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Sha256(byte[] content) => Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions)
            await session.DisposeAsync();
        _limit.Dispose();
        Directory.Delete(LocalDirectory, recursive: true);
    }
}
