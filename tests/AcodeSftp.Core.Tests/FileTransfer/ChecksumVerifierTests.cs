using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.Protocol.Embedded;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class ChecksumVerifierTests
{
    private static readonly byte[] Content = RandomBytes(300_000);

    [Fact]
    [Trait("Requirement", "UT-030C-04")]
    public async Task Equal_files_verify_and_different_ones_do_not()
    {
        var (connection, host, local) = await StartAsync();
        await using var _ = connection;
        var verifier = new ChecksumVerifier();

        Assert.Equal(Sha256(Content), await verifier.ComputeLocalChecksumAsync(local));
        Assert.Equal(Sha256(Content), await verifier.ComputeRemoteChecksumAsync(connection, "/home/user/a"));
        Assert.True(await verifier.VerifyAsync(local, connection, "/home/user/a"));
        host.WriteFile("/home/user/a", RandomBytes(300_000, seed: 2));
        Assert.False(await verifier.VerifyAsync(local, connection, "/home/user/a"));
        Assert.Null(await verifier.ComputeRemoteChecksumAsync(connection, "/home/user/none"));
        Assert.Equal(SftpErrorCode.NotFound, (await Assert.ThrowsAsync<SftpException>(() => verifier.ComputeLocalChecksumAsync(local + "x"))).Code);
    }

    [Theory]
    [InlineData("shasum -a 256 < *", 2)]
    [InlineData("sha256 -q < *", 3)]
    [InlineData("openssl dgst -sha256 < *", 4)]
    [InlineData("powershell *", 5)]
    public async Task The_next_tool_is_tried_where_one_is_missing_and_remembered(string tool, int commands)
    {
        var (connection, host, local) = await StartAsync();
        await using var _ = connection;
        host.AddReply("sha256sum*", new EmbeddedReply(StandardError: "not found", ExitCode: 127));
        host.AddReply(tool, new EmbeddedReply($"({Sha256(Content)})\n"));
        var verifier = new ChecksumVerifier();

        Assert.True(await verifier.VerifyAsync(local, connection, "/home/user/a"));
        Assert.Equal(commands, host.CommandsRun.Count);
        Assert.True(await verifier.VerifyAsync(local, connection, "/home/user/a"));
        Assert.Equal(commands + 1, host.CommandsRun.Count);
    }

    [Fact]
    public async Task A_server_without_any_tool_is_asked_once_only()
    {
        var (connection, host, local) = await StartAsync();
        await using var _ = connection;
        host.AddReply("*", new EmbeddedReply(StandardError: "not found", ExitCode: 127));
        var verifier = new ChecksumVerifier();

        Assert.Null(await verifier.ComputeRemoteChecksumAsync(connection, "/home/user/a"));
        var asked = host.CommandsRun.Count;
        Assert.Null(await verifier.ComputeRemoteChecksumAsync(connection, "/home/user/a"));
        Assert.False(await verifier.VerifyAsync(local, connection, "/home/user/a"));
        Assert.Equal(asked, host.CommandsRun.Count);
    }

    private static async Task<(ISshConnection Connection, EmbeddedHost Host, string Local)> StartAsync()
    {
        var host = new EmbeddedHost("host");
        host.WriteFile("/home/user/a", Content);
        var transport = new MemoryTransport();
        transport.SetHost(host);
        var local = Path.Join(Directory.CreateTempSubdirectory("acode-").FullName, "a");
        File.WriteAllBytes(local, Content);
        return (await transport.ConnectAsync(new SshConnectionOptions { HostName = "host" }), host, local);
    }
}
