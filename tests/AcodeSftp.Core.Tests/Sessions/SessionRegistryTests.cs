using AcodeSftp.Connections;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;

namespace AcodeSftp.Tests.Sessions;

public sealed class SessionRegistryTests
{
    private static readonly SshConnectionOptions Options = new() { HostName = "host", UserName = "me" };

    [Fact]
    public async Task Ids_are_never_used_again()
    {
        await using var registry = NewRegistry();

        var first = await registry.OpenAsync(Options);
        await registry.RemoveAsync(first);
        var second = await registry.OpenAsync(Options);

        Assert.Equal(1, first.Id);
        Assert.Equal(2, second.Id);
        Assert.Equal([second], registry.Sessions);
    }

    [Fact]
    [Trait("Requirement", "SSH-35")]
    public async Task A_session_is_found_by_id_and_by_name_in_any_case()
    {
        await using var registry = NewRegistry();
        var session = await registry.OpenAsync(Options, name: "Web");

        Assert.Same(session, registry.Find(session.Id));
        Assert.Same(session, registry.Find("web"));
        Assert.Null(registry.Find("db"));
        Assert.Null(registry.Find(99));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_before_anything_is_connected()
    {
        await using var registry = NewRegistry();
        await registry.OpenAsync(Options, name: "web");

        var error = await Assert.ThrowsAsync<SftpException>(() => registry.OpenAsync(Options, name: "WEB"));

        Assert.Equal(SftpErrorCode.AlreadyExists, error.Code);
        Assert.Single(registry.Sessions);
    }

    [Fact]
    public async Task A_session_that_cannot_be_connected_is_not_kept()
    {
        var transport = new FaultyTransport(new MemoryTransport(), SftpErrorCode.AuthenticationFailed);
        await using var registry = new SftpSessionRegistry(new SshTransportSelector([transport]));

        await Assert.ThrowsAsync<SftpException>(() => registry.OpenAsync(Options));

        Assert.Empty(registry.Sessions);
    }

    [Fact]
    public async Task A_lazy_session_is_kept_unconnected()
    {
        await using var registry = NewRegistry();

        var session = await registry.OpenAsync(Options, lazy: true);

        Assert.Equal(SftpSessionState.Created, session.State);
        Assert.Equal([session], registry.Sessions);
    }

    [Fact]
    public async Task Disposing_the_registry_closes_all_sessions()
    {
        var registry = NewRegistry();
        var sessions = new[] { await registry.OpenAsync(Options), await registry.OpenAsync(Options) };

        await registry.DisposeAsync();

        Assert.All(sessions, session => Assert.Equal(SftpSessionState.Closed, session.State));
        Assert.Empty(registry.Sessions);
    }

    [Fact]
    public async Task Sessions_opened_at_the_same_time_get_ids_of_their_own()
    {
        await using var registry = NewRegistry();

        var sessions = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => registry.OpenAsync(Options)));

        Assert.Equal(Enumerable.Range(1, 50), sessions.Select(session => session.Id).Order());
    }

    [Theory]
    [InlineData(null, null, "Memory", "chosen automatically")]
    [InlineData("Auto", "", "Memory", "chosen automatically")]
    [InlineData("memory", "Other", "Memory", "asked for with -Transport")]
    [InlineData(null, "faulty", "Faulty", "environment variable ACODE_SFTP_TRANSPORT")]
    [Trait("Requirement", "SSH-09")]
    [Trait("Requirement", "SFTP-002")]
    [Trait("Requirement", "SSH-08")]
    [Trait("Requirement", "SSH-23")]
    [Trait("Requirement", "SSH-40")]
    public void A_transport_is_chosen_by_parameter_then_environment_then_by_what_is_there(
        string? name,
        string? environment,
        string chosen,
        string reason)
    {
        var memory = new MemoryTransport();
        var selector = new SshTransportSelector(
            [memory, new FaultyTransport(memory)], environment: variable => variable == "ACODE_SFTP_TRANSPORT" ? environment : null);

        var choice = selector.Choose(name, Options);

        Assert.Equal(chosen, choice.Transport.Name);
        Assert.Contains(reason, choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Automatically_the_first_that_can_be_used_is_taken_and_why_not_another_is_told()
    {
        var missing = new AbsentTransport("First", "It was left out.");
        var selector = new SshTransportSelector([missing, new MemoryTransport()], environment: _ => null);

        var choice = selector.Choose(null, Options);

        Assert.Equal("Memory", choice.Transport.Name);
        Assert.EndsWith("(not First: It was left out.)", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Automatically_a_transport_with_reservations_is_taken_where_there_is_no_other()
    {
        using var password = new Secret("secret");
        var memory = new MemoryTransport();
        var faulty = new FaultyTransport(memory);
        Func<ISshTransport, SshConnectionOptions, string?> reservation =
            (transport, options) => transport == memory && options.Password is not null ? "passwords are not for it." : null;
        var both = new SshTransportSelector([memory, faulty], environment: _ => null, reservation: reservation);
        var one = new SshTransportSelector([memory], environment: _ => null, reservation: reservation);

        var withPassword = both.Choose(null, Options with { Password = password });

        Assert.Equal("Faulty", withPassword.Transport.Name);
        Assert.Contains("not Memory: passwords are not for it.", withPassword.Reason, StringComparison.Ordinal);
        Assert.Equal("Memory", both.Choose(null, Options).Transport.Name);
        Assert.Equal("Memory", one.Choose(null, Options with { Password = password }).Transport.Name);
    }

    [Fact]
    public void A_transport_that_was_left_out_names_the_remedy()
    {
        var selector = new SshTransportSelector(
            [new AbsentTransport("SshNet", "Build it with -p:SshNet=true."), new MemoryTransport()], environment: _ => null);

        var error = Assert.Throws<SftpException>(() => selector.Choose("sshnet", Options));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.False(error.IsTransient);
        Assert.Contains("Build it with -p:SshNet=true.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transport_that_does_not_exist_is_refused_with_the_names_of_those_that_do()
    {
        var selector = new SshTransportSelector([new MemoryTransport()], environment: _ => null);

        var error = Assert.Throws<SftpException>(() => selector.Choose("Telnet", Options));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Contains("Auto, Memory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("-oProxyCommand=x")]
    [InlineData("host\n")]
    [Trait("Requirement", "SFTP-005")]
    public void A_host_name_that_cannot_be_one_is_refused_at_once(string hostName) =>
        Assert.Throws<ArgumentException>(() => new SshConnectionOptions { HostName = hostName });

    private static SftpSessionRegistry NewRegistry() =>
        new(new SshTransportSelector([new MemoryTransport()], environment: _ => null));
}
