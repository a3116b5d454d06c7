using AcodeSftp.Connections;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Tests.Transfers;

public sealed class HostFoldersTests
{
    [Fact]
    public void A_session_with_a_name_has_a_directory_of_that_name_and_others_that_of_their_host() =>
        Assert.Equal(["web", "db.example"], Folders(("web", "h1"), (null, "db.example")));

    [Fact]
    public void Two_sessions_never_share_one() =>
        Assert.Equal(["h-1-1", "H-2", "h-1"], Folders((null, "h"), ("H", "x"), ("h-1", "y")));

    [Theory]
    [InlineData("..", "_")]
    [InlineData("../../etc", ".._.._etc")]
    [InlineData("a:b\\c", "a_b_c")]
    [InlineData("", "_")]
    [InlineData("x. ", "x")]
    [InlineData("a\u001bb", "a_b")]
    public void A_name_leads_nowhere_else(string name, string expected) => Assert.Equal(expected, HostFolders.Safe(name));

    private static List<string> Folders(params (string? Name, string Host)[] hosts)
    {
        var sessions = hosts.Select((host, index) => new SftpSession(
            index + 1,
            host.Name!,
            new SshConnectionOptions { HostName = host.Host },
            new SshTransportChoice(new MemoryTransport(), "test"))).ToList();
        var folders = HostFolders.For(sessions);
        Assert.Equal(sessions.Count, folders.Values.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        return [.. sessions.Select(session => folders[session.Id])];
    }
}
