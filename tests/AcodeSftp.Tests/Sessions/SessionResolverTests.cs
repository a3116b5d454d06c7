using AcodeSftp.Connections;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Tests.Sessions;

public sealed class SessionResolverTests
{
    private static readonly SftpSession Web = Session(1, "web");
    private static readonly SftpSession Web2 = Session(2, "web2");
    private static readonly SftpSession Numeric = Session(3, "7");
    private static readonly SftpSession[] Open = [Web, Web2, Numeric];

    [Fact]
    public void The_only_session_need_not_be_named() => Assert.Same(Web, SessionResolver.Default([Web]).Session);

    [Fact]
    public void None_open_is_an_error_with_the_remedy()
    {
        var problem = SessionResolver.Default([]).Problem!;
        Assert.Equal("SftpNoSession", problem.Id);
        Assert.Contains("New-SftpSession", problem.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_open_is_an_error_that_names_them()
    {
        var problem = SessionResolver.Default(Open).Problem!;
        Assert.Equal("SftpSessionAmbiguous", problem.Id);
        Assert.Contains("1 'web'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("2 'web2'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("-Session", problem.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Sessions_are_found_by_id_name_and_wildcard()
    {
        Assert.Equal([Web2], SessionResolver.Find(2, Open));
        Assert.Equal([Web2], SessionResolver.Find("2", Open));
        Assert.Equal([Web], SessionResolver.Find("WEB", Open));
        Assert.Equal([Web, Web2], SessionResolver.Find("web*", Open));
        Assert.Empty(SessionResolver.Find("db", Open));
        Assert.Empty(SessionResolver.Find(9, Open));
    }

    [Fact]
    public void A_name_comes_before_an_id() => Assert.Equal([Numeric], SessionResolver.Find("7", Open));

    [Fact]
    public void A_name_is_compared_as_it_is_before_it_is_a_pattern() =>
        Assert.Equal([Session(4, "a?")], SessionResolver.Find("a?", [Session(4, "a?")]), (x, y) => x.Name == y.Name);

    [Fact]
    public void A_session_that_is_not_open_is_an_error_that_names_those_that_are()
    {
        Assert.Contains("1 'web'", SessionResolver.NotFound("db", Open).Message, StringComparison.Ordinal);
        Assert.Contains("New-SftpSession", SessionResolver.NotFound("db", []).Advice, StringComparison.Ordinal);
    }

    private static SftpSession Session(int id, string name) =>
        new(id, name, new SshConnectionOptions { HostName = "h" }, new SshTransportChoice(new MemoryTransport(), "test"));
}
