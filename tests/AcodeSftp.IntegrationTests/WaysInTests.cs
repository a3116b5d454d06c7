using AcodeSftp.Connections;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>The ways to log in besides a key file or a password: certificates, keyboard-interactive, several factors.</summary>
public abstract class WaysInTests(SshdFixture sshd, string transport)
{
    [SkippableFact]
    public async Task A_certificate_goes_with_its_key()
    {
        var authority = sshd.Server.File("user_ca");
        if (!File.Exists(authority))
            SshdServer.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority);
        await using var server = await SshdFixture.StartAsync(new SshdSettings
        {
            ConfigLines = [$"TrustedUserCAKeys {authority}.pub", "AuthorizedKeysFile none"],
        });
        SshdServer.Run("ssh-keygen", "-q", "-s", authority, "-I", "tester", "-n", server.UserName, server.File("stranger_key.pub"));
        var certificate = server.File("elsewhere-cert.pub");
        File.Move(server.File("stranger_key-cert.pub"), certificate);
        var options = server.ConnectionOptions() with { KeyFilePaths = [server.StrangerKeyPath] };

        await using (await TestTransports.Get(transport).ConnectAsync(options with { CertificateFilePaths = [certificate] }))
        {
        }

        using var key = new Secret(await File.ReadAllTextAsync(server.StrangerKeyPath));
        await using (await TestTransports.Get(transport).ConnectAsync(
            options with { KeyFilePaths = [], PrivateKey = key, CertificateFilePaths = [certificate] }))
        {
        }

        Assert.Equal(SftpErrorCode.AuthenticationFailed, (await FailAsync(options)).Code);
        Assert.Equal(SftpErrorCode.NotFound, (await FailAsync(options with { CertificateFilePaths = ["/nowhere-cert.pub"] })).Code);
    }

    [SkippableFact]
    [Trait("Requirement", "SSH-01")]
    [Trait("Requirement", "SSH-22")]
    public async Task Keyboard_interactive_gets_the_password()
    {
        Skip.IfNot(File.Exists("/etc/pam.d/sshd"), "Keyboard-interactive needs PAM with a service named sshd.");
        await using var server = await SshdFixture.StartPasswordServerAsync("UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no");
        using var password = new Secret(SshdFixture.Password);

        await using var connection = await TestTransports.Get(transport).ConnectAsync(
            server.ConnectionOptions() with { KeyFilePaths = [], Password = password });

        Assert.Contains("Accepted keyboard-interactive", server.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_key_and_a_password_in_a_row_log_in()
    {
        await using var server = await SshdFixture.StartPasswordServerAsync("AuthenticationMethods publickey,password");
        using var password = new Secret(SshdFixture.Password);
        using var key = new Secret(await File.ReadAllTextAsync(server.UserKeyPath));
        var options = server.ConnectionOptions() with { Password = password };

        await using (await TestTransports.Get(transport).ConnectAsync(options))
        {
        }

        await using (await TestTransports.Get(transport).ConnectAsync(options with { KeyFilePaths = [], PrivateKey = key }))
        {
        }

        Assert.Contains("Partial publickey", server.Log, StringComparison.Ordinal);
        Assert.Contains("Accepted password", server.Log, StringComparison.Ordinal);
    }

    private async Task<SftpException> FailAsync(SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => TestTransports.Get(transport).ConnectAsync(options).WaitAsync(TimeSpan.FromSeconds(30)));
}
