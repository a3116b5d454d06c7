using System.Security.Cryptography;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>
/// Two directories, a memory of broken-off transfers that is this test's own, and a limit of time. Server and client are
/// on one machine, so a test sees both sides as they are on disk.
/// </summary>
public sealed class FaultGround : IAsyncDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly List<SftpSession> _sessions = [];

    /// <summary>Prepares the ground.</summary>
    /// <param name="limit">How long the test may take.</param>
    public FaultGround(TimeSpan limit)
    {
        _limit = new CancellationTokenSource(limit);
        Root = Directory.CreateTempSubdirectory("acode-faults-").FullName;
        Here = Directory.CreateDirectory(Path.Join(Root, "here")).FullName;
        There = Directory.CreateDirectory(Path.Join(Root, "there")).FullName;
        ResumeManager = new TransferResumeManager(Path.Join(Root, "resume"));
    }

    /// <summary>Why the long tests are skipped; null where they run.</summary>
    public static string? LongTestsSkipped { get; } = Environment.GetEnvironmentVariable("ACODE_SFTP_LONG_TESTS") == "1"
        ? null
        : "It takes minutes and gigabytes of disk; set ACODE_SFTP_LONG_TESTS=1 to run it.";

    /// <summary>Both directories, and what is remembered.</summary>
    public string Root { get; }

    /// <summary>The client's directory.</summary>
    public string Here { get; }

    /// <summary>The server's directory.</summary>
    public string There { get; }

    /// <summary>Remembers broken-off transfers.</summary>
    public TransferResumeManager ResumeManager { get; }

    /// <summary>Ends a test that hangs.</summary>
    public CancellationToken Token => _limit.Token;

    /// <summary>Uploads as by default.</summary>
    public UploadOptions Upload => new() { ResumeManager = ResumeManager };

    /// <summary>Downloads as by default.</summary>
    public DownloadOptions Download => new() { ResumeManager = ResumeManager };

    /// <summary>The same options by way of a relay, which needs its own line in the known hosts.</summary>
    /// <param name="server">The server.</param>
    /// <param name="relay">The relay to it.</param>
    /// <returns>The options.</returns>
    public SshConnectionOptions Through(SshdServer server, CuttingRelay relay)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(relay);
        var knownHosts = Path.Join(Root, $"known_hosts.{relay.Port}");
        File.WriteAllText(knownHosts, $"[127.0.0.1]:{relay.Port} {server.HostPublicKey}\n");
        return server.ConnectionOptions() with { Port = relay.Port, KnownHostsPath = knownHosts };
    }

    /// <summary>A session that ends with the test.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="retry">How often it connects again; null for often and quickly.</param>
    /// <param name="transport">The transport's name.</param>
    /// <returns>The session.</returns>
    public SftpSession Session(
        SshConnectionOptions options, SessionRetryPolicy? retry = null, string transport = TestTransports.OpenSsh)
    {
        var settings = new SftpSessionSettings
        {
            Retry = retry ?? new SessionRetryPolicy
            {
                BaseDelay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromMilliseconds(500),
            },
        };
        var session = SshdSession.New(options, settings, transport: transport);
        _sessions.Add(session);
        return session;
    }

    /// <summary>Writes a file that no repetition or hole hides an error in.</summary>
    /// <param name="path">Where.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="seed">What tells it from others.</param>
    /// <returns>Its SHA-256.</returns>
    public static string WriteRandom(string path, long size, int seed = 1)
    {
        var random = new Random(seed);
        var block = new byte[(int)Math.Min(1024 * 1024, Math.Max(1, size))];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = File.Create(path);
        for (var left = size; left > 0; left -= block.Length)
        {
            random.NextBytes(block);
            var length = (int)Math.Min(left, block.Length);
            file.Write(block, 0, length);
            hash.AppendData(block, 0, length);
        }

        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }

    /// <summary>The SHA-256 of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The hash.</returns>
    public static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file)).ToLowerInvariant();
    }

    /// <summary>The names in a directory that are ours and temporary.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>The names.</returns>
    public static IReadOnlyList<string> Leftovers(string directory) =>
        [.. Directory.EnumerateFileSystemEntries(directory, ".~*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Says what went wrong, for a test that expects that nothing did.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The errors and warnings.</returns>
    public static string Describe(TransferResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return string.Join("; ", result.Errors.Select(error => $"{error.Type}: {error.ErrorMessage}").Concat(result.Warnings));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions)
            await session.DisposeAsync();
        _limit.Dispose();
        // .NET cannot delete a file whose name is no text.
        SshdServer.Run("rm", "-rf", Root);
    }
}
