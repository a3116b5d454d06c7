using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>Commands where each is an <c>ssh</c> process: what such a process does not tell.</summary>
[Collection(SshdCollection.Name)]
public sealed class CommandTestsOverOpenSshProcesses(SshdFixture sshd) : CommandTests(sshd, TestTransports.OpenSshProcesses)
{
    [SkippableFact]
    public async Task The_end_by_a_signal_has_neither_code_nor_name_and_is_no_lost_connection()
    {
        await using var connection = await ConnectAsync();

        var (_, _, exit) = await RunAsync(connection, "kill -KILL $$");

        Assert.Equal(new RemoteCommandExit(null, null), exit);
        Assert.True(connection.IsConnected);
    }

    [SkippableFact]
    public async Task Signals_are_unsupported()
    {
        await using var connection = await ConnectAsync();
        await using var command = await connection.ExecuteAsync(new RemoteCommandRequest("sleep 60"));

        var error = await Assert.ThrowsAsync<SftpException>(() => command.SendSignalAsync("TERM"));

        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
    }
}
