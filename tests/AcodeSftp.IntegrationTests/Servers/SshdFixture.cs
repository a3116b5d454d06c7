using AcodeSftp.Connections;

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>
/// One sshd for all test classes of a collection. Where none can be started, <see cref="Server"/> skips the test that asks
/// for it, with the reason.
/// </summary>
public sealed class SshdFixture : IAsyncLifetime
{
    /// <summary>The password of <see cref="StartPasswordServerAsync"/>, with what a shell or a file could stumble over.</summary>
    public const string Password = "p'a\"s$s w\\o%rd é";

    private SshdServer? _server;

    /// <summary>The server.</summary>
    public SshdServer Server
    {
        get
        {
            Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
            return _server!;
        }
    }

    /// <summary>Starts another server, for one test; where none can be started, the test is skipped, with the reason.</summary>
    /// <param name="settings">What is particular about it; null for nothing.</param>
    /// <returns>The server, to be disposed.</returns>
    public static async Task<SshdServer> StartAsync(SshdSettings? settings = null)
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        return await SshdServer.StartAsync(settings);
    }

    /// <summary>Starts another server, whose account has <see cref="Password"/>, for one test; skips it as well.</summary>
    /// <param name="lines">Further lines of its configuration.</param>
    /// <returns>The server, to be disposed.</returns>
    public static async Task<SshdServer> StartPasswordServerAsync(params string[] lines)
    {
        Skip.If(SshdServer.UnavailableReason is not null, SshdServer.UnavailableReason);
        Skip.IfNot(SshdServer.CanChangeAccounts, "Accounts of its own need root, mount namespaces, unshare and openssl.");
        return await SshdServer.StartAsync(new SshdSettings { Password = Password, ConfigLines = lines });
    }

    /// <summary>Options to connect to it.</summary>
    /// <returns>The options.</returns>
    public SshConnectionOptions ConnectionOptions() => Server.ConnectionOptions();

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (SshdServer.UnavailableReason is null)
            _server = await SshdServer.StartAsync();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>Test classes that share one sshd; they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class SshdCollection : ICollectionFixture<SshdFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "sshd";
}
