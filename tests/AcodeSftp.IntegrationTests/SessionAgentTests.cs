using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;
using AcodeSftp.OpenSsh;

namespace AcodeSftp.IntegrationTests;

/// <summary>The agent by which <c>ssh</c> gets a key that is given as text: it lives as long as the session.</summary>
[Collection(SshdCollection.Name)]
public sealed class SessionAgentTests(SshdFixture sshd)
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_key_serves_further_channels_and_goes_with_the_session(bool multiplexing)
    {
        using var key = new Secret(await File.ReadAllTextAsync(sshd.Server.UserKeyPath));
        var connection = (OpenSshConnection)await new OpenSshTransport(new OpenSshOptions { Multiplexing = multiplexing })
            .ConnectAsync(Options(key));
        var directory = connection.PrivateDirectory;
        var socket = Path.Combine(directory, "k");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        Assert.Single(AgentsOf(directory));

        await using (var command = await connection.ExecuteAsync(new RemoteCommandRequest("exit 3")))
            Assert.Equal(3, (await command.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode);
        await connection.DisposeAsync();

        Assert.False(Directory.Exists(directory));
        Assert.Empty(AgentsOf(directory));
    }

    [SkippableFact]
    public async Task A_failed_login_leaves_no_agent_and_no_directory()
    {
        using var key = new Secret(await File.ReadAllTextAsync(sshd.Server.StrangerKeyPath));

        await Assert.ThrowsAsync<SftpException>(
            () => new OpenSshTransport().ConnectAsync(Options(key)).WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Empty(AgentsOf($"acode-sftp-{Environment.ProcessId}-"));
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-14")]
    public async Task The_agent_dies_with_a_killed_process()
    {
        var (program, _, directory) = await SessionHolder.StartAsync(sshd.ConnectionOptions(), ownGroup: false, asText: true);
        Assert.Single(AgentsOf(directory));

        program.Kill();
        await program.WaitForExitAsync();
        program.Dispose();

        for (var i = 0; i < 100 && (AgentsOf(directory).Length > 0 || Directory.Exists(directory)); i++)
            await Task.Delay(50);
        Assert.Empty(AgentsOf(directory));
        Assert.False(Directory.Exists(directory));
    }

    // What is started with a path of that directory among its arguments.
    private static string[] AgentsOf(string directory) =>
        [.. SshdServer.Run("ps", "-A", "-o", "args=").Split('\n')
            .Where(line => line.Contains("ssh-agent", StringComparison.Ordinal) && line.Contains(directory, StringComparison.Ordinal)
                && !line.Contains("acode-sftp-watchdog", StringComparison.Ordinal))];

    private SshConnectionOptions Options(Secret key) => sshd.ConnectionOptions() with { KeyFilePaths = [], PrivateKey = key };
}
