using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;

namespace AcodeSftp.Tests.Sessions;

public sealed class SessionLifeTests : IAsyncDisposable
{
    private readonly MemoryTransport _memory = new();
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(30));
    private readonly List<SftpSession> _sessions = [];
    private readonly InstantTime _time = new();

    private CancellationToken Token => _timeout.Token;

    private EmbeddedHost Host => _memory.GetHost("host");

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions)
            await session.DisposeAsync();
        _timeout.Dispose();
    }

    [Fact]
    [Trait("Requirement", "SFTP-004")]
    public async Task Nothing_is_connected_until_the_first_use()
    {
        var transport = new FaultyTransport(_memory);
        var session = NewSession(transport);
        Assert.Equal(SftpSessionState.Created, session.State);
        Assert.Equal(0, transport.Attempts);

        await using var sftp = await session.OpenSftpAsync(Token);
        await sftp.StatAsync("/", Token);

        Assert.Equal(SftpSessionState.Connected, session.State);
        Assert.Equal(1, transport.Attempts);
    }

    [Theory]
    [InlineData(0.25, 1, 1.9)]
    [InlineData(0.75, 2.1, 3)]
    [Trait("Requirement", "SFTP-009")]
    [Trait("Requirement", "SSH-37")]
    public async Task Connecting_is_tried_three_times_with_growing_waits(double drawn, double least, double most)
    {
        var transport = new FaultyTransport(_memory, SftpErrorCode.Unavailable, SftpErrorCode.Timeout);
        var session = NewSession(transport, retry: new SessionRetryPolicy { Draw = () => drawn });

        await session.ConnectAsync(Token);

        Assert.Equal(3, transport.Attempts);
        Assert.Equal(2, _time.Waits.Count);
        // They are spread around 2 s, and what grows from there, by what is drawn.
        Assert.InRange(_time.Waits[0], TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most));
        Assert.InRange(_time.Waits[1], _time.Waits[0] * 1.1, TimeSpan.FromSeconds(4));
    }

    [Fact]
    [Trait("Requirement", "SFTP-009")]
    public async Task No_wait_is_longer_than_the_longest_allowed()
    {
        var transport = new FaultyTransport(_memory, [.. Enumerable.Repeat(SftpErrorCode.Unavailable, 7)]);
        var session = NewSession(transport, retry: new SessionRetryPolicy { MaxAttempts = 8, Draw = () => 0.75 });

        await session.ConnectAsync(Token);

        Assert.Equal(7, _time.Waits.Count);
        Assert.Equal(TimeSpan.FromSeconds(10), _time.Waits.Max());
    }

    [Fact]
    [Trait("Requirement", "SFTP-009")]
    public async Task After_three_failures_the_last_one_is_reported()
    {
        var transport = new FaultyTransport(
            _memory, SftpErrorCode.Unavailable, SftpErrorCode.Unavailable, SftpErrorCode.Unavailable, SftpErrorCode.Unavailable);
        var session = NewSession(transport);

        var error = await Assert.ThrowsAsync<SftpException>(() => session.ConnectAsync(Token));

        Assert.Equal("Attempt 3 failed.", error.Message);
        Assert.Equal(SftpSessionState.Failed, session.State);
    }

    [Theory]
    [InlineData(SftpErrorCode.AuthenticationFailed)]
    [InlineData(SftpErrorCode.HostKeyRejected)]
    public async Task A_rejected_login_or_host_key_is_never_tried_again(SftpErrorCode code)
    {
        var transport = new FaultyTransport(_memory, code, code);
        var session = NewSession(transport);

        var error = await Assert.ThrowsAsync<SftpException>(() => session.ConnectAsync(Token));

        Assert.Equal(code, error.Code);
        Assert.Equal(1, transport.Attempts);
    }

    [Fact]
    [Trait("Requirement", "SFTP-010")]
    [Trait("Requirement", "SSH-11")]
    [Trait("Requirement", "SSH-34")]
    [Trait("Requirement", "SSH-10")]
    [Trait("Requirement", "SSH-39")]
    public async Task A_lost_connection_is_made_again_by_the_next_operation()
    {
        Host.WriteFile("/file", "12345");
        var session = NewSession(_memory);
        await using var sftp = await session.OpenSftpAsync(Token);
        Assert.Equal(5, (await sftp.StatAsync("/file", Token)).Size);

        Host.DropConnections();
        Assert.Equal(SftpSessionState.Degraded, session.State);

        Assert.Equal(5, (await sftp.StatAsync("/file", Token)).Size);
        Assert.Equal(SftpSessionState.Connected, session.State);
        Assert.Equal(1, session.ReconnectCount);
    }

    [Fact]
    public async Task An_operation_under_way_when_the_connection_is_lost_is_carried_out_again()
    {
        Host.WriteFile("/file", "12345");
        var session = NewSession(_memory);
        await using var sftp = await session.OpenSftpAsync(Token);
        var losses = 3;
        Host.Options.OnRequest = request =>
        {
            if (request.Name == "Stat" && losses-- > 0)
                throw new IOException("cut");
        };

        Assert.Equal(5, (await sftp.StatAsync("/file", Token)).Size);
    }

    [Theory]
    [InlineData("Remove")]
    [InlineData("Rename")]
    [InlineData("MkDir")]
    public async Task What_must_not_be_done_twice_fails_as_lost_and_says_so(string request)
    {
        Host.WriteFile("/home/user/file", "");
        var session = NewSession(_memory);
        await using var sftp = await session.OpenSftpAsync(Token);
        Host.Options.OnRequest = seen =>
        {
            if (seen.Name == request)
                throw new IOException("cut");
        };
        var files = sftp.FileSystem;

        var error = await Assert.ThrowsAsync<SftpException>(() => request switch
        {
            "Remove" => files.RemoveFileAsync(new RemotePath("file"), Token),
            "Rename" => files.RenameAsync(new RemotePath("file"), new RemotePath("other"), Token),
            _ => files.CreateDirectoryAsync(new RemotePath("dir"), null, Token),
        });

        Assert.Equal(SftpErrorCode.ConnectionLost, error.Code);
        Assert.Contains("not known whether", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_goes_on_after_a_loss_without_repeating_or_leaving_out_anything()
    {
        // So many that what is asked for ahead never reaches the end at the time of a loss.
        for (var i = 0; i < 9000; i++)
            Host.WriteFile($"/list/{i:d4}", "");
        var session = NewSession(_memory);
        await using var sftp = await session.OpenSftpAsync(Token);
        var names = new List<string>();

        await foreach (var entry in sftp.FileSystem.ReadDirectoryAsync(new RemotePath("/list"), Token))
        {
            names.Add(entry.Name);
            if (names.Count is 150 or 4200)
                Host.DropConnections();
        }

        Assert.Equal(Enumerable.Range(0, 9000).Select(i => $"{i:d4}"), names);
        Assert.Equal(2, session.ReconnectCount);
    }

    [Fact]
    public async Task A_listing_of_a_directory_that_changed_during_a_loss_is_not_glued_together()
    {
        for (var i = 0; i < 5000; i++)
            Host.WriteFile($"/list/{i:d4}", "");
        var session = NewSession(_memory);
        await using var sftp = await session.OpenSftpAsync(Token);
        var count = 0;

        var error = await Assert.ThrowsAsync<SftpException>(async () =>
        {
            await foreach (var entry in sftp.FileSystem.ReadDirectoryAsync(new RemotePath("/list"), Token))
            {
                if (++count == 50)
                {
                    Host.WriteFile("/list/0000a", "");
                    Host.DropConnections();
                }
            }
        });

        Assert.Equal(SftpErrorCode.ConnectionLost, error.Code);
        Assert.Contains("has changed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "SFTP-025")]
    [Trait("Requirement", "SFTP-027")]
    public async Task A_closed_session_connects_again_on_use_and_closing_twice_is_fine()
    {
        var session = NewSession(_memory);
        await session.ConnectAsync(Token);

        await session.CloseAsync();
        await session.CloseAsync();
        Assert.Equal(SftpSessionState.Closed, session.State);

        await using var sftp = await session.OpenSftpAsync(Token);
        Assert.True((await sftp.StatAsync("/", Token)).IsDirectory);
        Assert.Equal(SftpSessionState.Connected, session.State);
    }

    [Fact]
    [Trait("Requirement", "SSH-12")]
    public async Task A_removed_session_stays_closed_and_its_secrets_are_wiped()
    {
        var password = new Secret("hunter2");
        var session = NewSession(_memory, password);
        await session.ConnectAsync(Token);

        await session.DisposeAsync();
        await session.DisposeAsync();

        var error = await Assert.ThrowsAsync<SftpException>(() => session.OpenSftpAsync(Token));
        Assert.Equal(SftpErrorCode.ConnectionLost, error.Code);
        Assert.False(error.IsTransient);
        Assert.Throws<ObjectDisposedException>(() => password.Reveal());
    }

    [Fact]
    public async Task A_caller_that_gives_up_connecting_does_not_make_the_session_a_failed_one()
    {
        var transport = new HangingTransport(_memory);
        await using var session = NewSession(transport);
        using var impatience = new CancellationTokenSource();
        var first = session.ConnectAsync(impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(SftpSessionState.Created, session.State);

        transport.Hangs = false;
        await session.ConnectAsync(Token);
        Host.DropConnections();
        transport.Hangs = true;
        using var moreImpatience = new CancellationTokenSource();
        var second = session.ConnectAsync(moreImpatience.Token);
        await moreImpatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        Assert.Equal(SftpSessionState.Degraded, session.State);
        transport.Hangs = false;
        await session.ConnectAsync(Token);
        Assert.Equal(SftpSessionState.Connected, session.State);
    }

    [Fact]
    public async Task A_channel_that_the_server_refuses_waits_for_another_to_become_free()
    {
        var host = new EmbeddedHost("host", new EmbeddedHostOptions { MaxChannels = 3 });
        var memory = new MemoryTransport();
        memory.SetHost(host);
        await using var session = NewSession(memory);
        var runs = 0;
        var most = 0;
        host.AddReply("work *", _ =>
        {
            var now = Interlocked.Increment(ref runs);
            Raise(ref most, now);
            // On a busy machine the first would be over before another begins.
            SpinWait.SpinUntil(() => Volatile.Read(ref most) > 1, TimeSpan.FromSeconds(10));
            Thread.Sleep(20);
            Interlocked.Decrement(ref runs);
            return new EmbeddedReply("done");
        });
        await session.ConnectAsync(Token);

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => session.InvokeCommandAsync($"work {i}", null, Token)));
        await using var one = await session.OpenSftpAsync(Token);
        var two = await session.OpenSftpAsync(Token);
        await using var three = await session.OpenSftpAsync(Token);
        var four = session.OpenSftpAsync(Token);

        Assert.All(results, result => Assert.Equal("done", result.StandardOutput));
        Assert.InRange(most, 2, 3);
        await Task.Delay(50, Token);
        Assert.False(four.IsCompleted);
        await two.DisposeAsync();
        await using var second = await four.WaitAsync(Token);
        Assert.True(await second.ExistsAsync("/", Token));
    }

    [Fact]
    public async Task A_channel_that_is_refused_is_an_error_when_none_becomes_free_in_time_and_at_once_when_none_is_open()
    {
        var host = new EmbeddedHost("host", new EmbeddedHostOptions { MaxChannels = 1 });
        var memory = new MemoryTransport();
        memory.SetHost(host);
        await using var session = NewSession(memory, operationTimeout: TimeSpan.FromMilliseconds(300));
        await using var channel = await session.OpenSftpAsync(Token);

        var late = await Assert.ThrowsAsync<SftpException>(() => session.InvokeCommandAsync("true", null, Token));
        host.Options.MaxChannels = 0;
        await using var other = NewSession(memory);
        var never = await Assert.ThrowsAsync<SftpException>(() => other.OpenSftpAsync(Token));

        Assert.Equal((SftpErrorCode.Unavailable, SftpErrorCode.Unavailable), (late.Code, never.Code));
        Assert.Contains("MaxSessions", late.Advice, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "SSH-06")]
    [Trait("Requirement", "SSH-32")]
    public async Task Every_change_of_state_is_an_event_with_a_reason()
    {
        var session = NewSession(new FaultyTransport(_memory));
        var changes = new List<string>();
        session.StateChanged += (_, change) =>
        {
            lock (changes)
                changes.Add($"{change.OldState}>{change.NewState}");
            Assert.NotEmpty(change.Reason);
        };

        await session.ConnectAsync(Token);
        Host.DropConnections();
        await session.ConnectAsync(Token);
        await session.CloseAsync();

        Assert.Equal(
            [
                "Created>Connecting", "Connecting>Connected", "Connected>Degraded", "Degraded>Reconnecting",
                "Reconnecting>Connected", "Connected>Closed",
            ],
            changes);
    }

    [Fact]
    [Trait("Requirement", "FR-030C-02")]
    [Trait("Requirement", "FR-030C-04")]
    [Trait("Requirement", "AC-001")]
    [Trait("Requirement", "AC-003")]
    public async Task A_channel_that_was_given_back_is_used_again()
    {
        var opened = 0;
        Host.Options.OnRequest = request => opened += request.Name == SftpExtensions.Limits ? 1 : 0;
        var session = NewSession(_memory);

        for (var i = 0; i < 5; i++)
        {
            await using var sftp = await session.OpenSftpAsync(Token);
            await sftp.StatAsync("/", Token);
        }

        Assert.Equal(1, opened);
    }

    [Fact]
    public async Task Many_callers_of_a_lost_session_share_one_new_connection()
    {
        var transport = new FaultyTransport(_memory);
        var session = NewSession(transport);
        await session.ConnectAsync(Token);
        Host.DropConnections();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var sftp = await session.OpenSftpAsync(Token);
            await sftp.StatAsync("/", Token);
        }));

        Assert.Equal(2, transport.Attempts);
    }

    [Fact]
    [Trait("Requirement", "SFTP-026")]
    public async Task The_transports_own_connection_is_given_by_type_and_other_types_are_refused()
    {
        var session = NewSession(_memory);

        Assert.Same(Host, (await session.UnwrapAsync<MemoryConnection>(Token)).Host);
        var error = await Assert.ThrowsAsync<SftpException>(() => session.UnwrapAsync<string>(Token));
        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
        Assert.Contains("MemoryConnection", error.Message, StringComparison.Ordinal);
    }

    private static void Raise(ref int most, int now)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen)
        {
        }
    }

    private SftpSession NewSession(
        ISshTransport transport, Secret? password = null, TimeSpan? operationTimeout = null, SessionRetryPolicy? retry = null)
    {
        var session = new SftpSession(
            _sessions.Count + 1,
            null,
            new SshConnectionOptions
            {
                HostName = "host",
                Password = password,
                OperationTimeout = operationTimeout ?? TimeSpan.FromSeconds(30),
            },
            new SshTransportChoice(transport, "test"),
            new SftpSessionSettings { Time = _time, Retry = retry ?? SessionRetryPolicy.Default });
        _sessions.Add(session);
        return session;
    }
}
