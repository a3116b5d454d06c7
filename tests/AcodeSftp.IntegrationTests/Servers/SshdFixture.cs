using AcodeSftp.Connections;

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>
/// One sshd for all test classes of a collection. Where none can be started, <see cref="Server"/> skips the test that asks
/// for it, with the reason.
/// </summary>
public sealed class SshdFixture : IAsyncLifetime
{
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
