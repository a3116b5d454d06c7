using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.OpenSsh;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.IntegrationTests;

/// <summary>Searches for secrets wherever others could find them, while a connection is being made and after it failed.</summary>
[Collection(SshdCollection.Name)]
public sealed class SecretTests
{
    // Nothing else on this machine has these, so that all processes can be searched and not only ours.
    private readonly string _password = $"password-{Guid.NewGuid():N}";
    private readonly string _passphrase = $"passphrase-{Guid.NewGuid():N}";

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "SSH-14")]
    [Trait("Requirement", "SSH-15")]
    [Trait("Requirement", "SSH-22")]
    public async Task No_secret_is_seen_while_a_connection_is_made(bool succeeds)
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        Skip.IfNot(SshdServer.CanChangeAccounts, "Accounts of its own need root, mount namespaces, unshare and openssl.");
        Skip.IfNot(Directory.Exists("/proc/self"), "No /proc to look at.");
        await using var server = await SshdServer.StartAsync(new SshdSettings
        {
            Password = succeeds ? _password : "another",
            ConfigLines = ["AuthenticationMethods publickey,password"],
        });
        using var relay = new SlowRelay(server.Port, TimeSpan.FromMilliseconds(40));
        var text = MakeEncryptedKey(server);
        string[] secrets = [_password, _passphrase, .. text.Split('\n').Where(line => line.Length > 20 && line[0] != '-')];
        using var password = new Secret(_password);
        using var passphrase = new Secret(_passphrase);
        using var key = new Secret(text);
        var options = server.ConnectionOptions() with
        {
            Port = relay.Port,
            KnownHostKeys = server.HostPublicKey,
            KeyFilePaths = [],
            PrivateKey = key,
            KeyPassphrase = passphrase,
            Password = password,
        };
        var log = new LinesLogger();
        var started = DateTime.UtcNow;
        var search = new SecretSearch(secrets);

        // The helper lives for some milliseconds only: where the machine is busy it takes more than one login to see it.
        for (var login = 0; login == 0 || (login < 10 && !search.SawAll); login++)
        {
            var connecting = new OpenSshTransport(null, log).ConnectAsync(options);
            Assert.Empty(await search.UntilAsync(connecting));
            if (succeeds)
            {
                await using var connection = await connecting;
                Assert.True(connection.IsConnected);
            }
            else
            {
                var error = await Assert.ThrowsAsync<SftpException>(() => connecting);
                Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
                AssertClean(secrets, error.ToString() + error.Advice);
            }
        }

        Assert.True(search.SawAll, $"The processes in question were not seen in {search.Rounds} rounds.");
        Assert.NotEmpty(log.Lines);
        AssertClean(secrets, string.Join('\n', log.Lines));
        AssertClean(secrets, options.ToString());
        Assert.Empty(SecretSearch.FilesSince(started, secrets));
    }

    private static void AssertClean(IEnumerable<string> secrets, string text) =>
        Assert.DoesNotContain(secrets, secret => text.Contains(secret, StringComparison.Ordinal));

    private string MakeEncryptedKey(SshdServer server)
    {
        var path = server.File("secret_key");
        SshdServer.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", _passphrase, "-f", path);
        File.AppendAllText(server.File("authorized_keys"), File.ReadAllText(path + ".pub"));
        var text = File.ReadAllText(path);
        File.Delete(path);
        return text;
    }

    private sealed class LinesLogger : ILogger<OpenSshTransport>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);
    }

    /// <summary>Looks again and again.</summary>
    private sealed class SecretSearch(string[] secrets)
    {
        private readonly HashSet<string> _older = [.. Processes().Where(path => path != $"/proc/{Environment.ProcessId}")];

        private bool _sawAgent;
        private bool _sawClient;
        private bool _sawHelper;

        public int Rounds { get; private set; }

        public bool SawAll => _sawAgent && _sawClient && _sawHelper;

        public static List<string> FilesSince(DateTime time, string[] secrets) =>
        [
            // Files come and go meanwhile, and find complains of each that has gone.
            .. SshdServer.Run(
                    "sh",
                    "-c",
                    "find /tmp /dev/shm -xdev -type f -size -2048k -newermt \"@$0\" 2>/dev/null || true",
                    new DateTimeOffset(time).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(file => IsFound(file, secrets)),
        ];

        public async Task<List<string>> UntilAsync(Task connecting)
        {
            using var end = new CancellationTokenSource();
            var searching = Task.Run(() => Search(end.Token));
            await Task.WhenAny(connecting, Task.Delay(TimeSpan.FromSeconds(30)));
            await end.CancelAsync();
            return await searching;
        }

        private static bool IsFound(string file, string[] secrets)
        {
            var text = Read(file);
            return secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal));
        }

        private static string Read(string file)
        {
            try
            {
                return Encoding.UTF8.GetString(File.ReadAllBytes(file));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process has ended, or the file is gone.
                return "";
            }
        }

        private List<string> Search(CancellationToken end)
        {
            var finds = new List<string>();
            while (!end.IsCancellationRequested)
            {
                Rounds++;
                // Those that were there before cannot have been given anything; and some live for a few milliseconds only.
                foreach (var process in Processes().Where(path => !_older.Contains(path)))
                {
                    var command = Read(process + "/cmdline");
                    _sawAgent |= command.Contains("ssh-agent\0-D", StringComparison.Ordinal);
                    _sawClient |= command.Contains("StrictHostKeyChecking", StringComparison.Ordinal);
                    _sawHelper |= command.Contains("/askpass", StringComparison.Ordinal);
                    foreach (var file in (string[])["/cmdline", "/environ"])
                    {
                        if (IsFound(process + file, secrets))
                            finds.Add($"{process}{file}");
                    }
                }

                finds.AddRange(PrivateFiles().Where(file => IsFound(file, secrets)));
            }

            return finds;
        }

        private static IEnumerable<string> Processes() =>
            Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[6]));

        // The sockets and pipes have nothing to be read by a third.
        private static string[] PrivateFiles()
        {
            try
            {
                string?[] places = ["/tmp", Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR")];
                return places.Where(Directory.Exists)
                    .SelectMany(place => Directory.GetDirectories(place!, $"acode-sftp-{Environment.ProcessId}-*"))
                    .SelectMany(directory => Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
                    .Where(file => Path.GetFileName(file) is not ("question" or "answer" or "c" or "k"))
                    .Where(file => !Path.GetFileName(file).StartsWith("c.", StringComparison.Ordinal))
                    .ToArray();
            }
            catch (IOException)
            {
                return [];
            }
        }
    }
}
