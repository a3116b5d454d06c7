using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests;

public abstract class SessionRecoveryTests(string transport) : IAsyncLifetime
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));
    private SshdServer? _server;

    private CancellationToken Token => _timeout.Token;

    public async Task InitializeAsync()
    {
        if (SshdServer.UnavailableReason is null)
            _server = await SshdServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _timeout.Dispose();
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-010")]
    [Trait("Requirement", "SSH-11")]
    public async Task A_listing_loop_does_not_notice_a_server_that_is_killed_and_restarted_ten_times()
    {
        Skip.If(_server is null, SshdServer.UnavailableReason);
        await using var session = SshdSession.New(_server.ConnectionOptions(), new SftpSessionSettings
        {
            Retry = new SessionRetryPolicy { MaxAttempts = 20, BaseDelay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromMilliseconds(300) },
        }, transport: transport);
        await using var sftp = await session.OpenSftpAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var listings = 0;
        var looping = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var entries = await sftp.ListDirectoryAsync("/usr/bin", cancellationToken: Token);
                Assert.NotEmpty(entries);
                Interlocked.Increment(ref listings);
            }
        });

        for (var round = 0; round < 10; round++)
        {
            await _server.KillAsync();
            // Those before this need no connection anew.
            var before = Volatile.Read(ref listings);
            await _server.RestartAsync();
            while (Volatile.Read(ref listings) < before + 2 && !looping.IsCompleted)
                await Task.Delay(20, Token);
        }

        await stop.CancelAsync();
        await looping;
        Assert.InRange(session.ReconnectCount, 10, 1000);
    }

    [SkippableFact]
    public async Task A_running_command_fails_as_lost_when_its_server_is_killed()
    {
        Skip.If(_server is null, SshdServer.UnavailableReason);
        await using var session = SshdSession.New(_server.ConnectionOptions(), transport: transport);
        await session.ConnectAsync(Token);
        var running = session.InvokeCommandAsync("sleep 60", null, Token);
        await Task.Delay(300);

        _server.KillConnections();

        var error = await Assert.ThrowsAsync<SftpException>(() => running);
        Assert.Equal(SftpErrorCode.ConnectionLost, error.Code);
    }

    [SkippableFact]
    public async Task A_closed_session_leaves_no_process_and_connects_again_on_use()
    {
        Skip.If(_server is null, SshdServer.UnavailableReason);
        await using var session = SshdSession.New(_server.ConnectionOptions(), transport: transport);
        await session.ConnectAsync(Token);

        await session.CloseAsync();

        Assert.DoesNotContain($"-p {_server.Port}", SshdServer.Run("ps", "-A", "-o", "args="), StringComparison.Ordinal);
        Assert.Equal(0, (await session.InvokeCommandAsync("true", null, Token)).ExitCode);
    }

    [SkippableFact]
    public async Task A_server_that_is_not_there_is_unavailable_after_three_attempts()
    {
        Skip.If(_server is null, SshdServer.UnavailableReason);
        await _server.KillAsync();
        await using var session = SshdSession.New(_server.ConnectionOptions(), new SftpSessionSettings
        {
            Retry = new SessionRetryPolicy { BaseDelay = TimeSpan.FromMilliseconds(10) },
        }, transport: transport);

        var error = await Assert.ThrowsAsync<SftpException>(() => session.ConnectAsync(Token));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.Contains("refused", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(SftpSessionState.Failed, session.State);
    }
}
