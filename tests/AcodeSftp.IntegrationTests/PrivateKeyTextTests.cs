using AcodeSftp.Connections;
using AcodeSftp.HostKeys;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

/// <summary>Logging in with a private key that is given as text.</summary>
public abstract class PrivateKeyTextTests(SshdFixture sshd, string transport)
{
    private const string Passphrase = "a passphrase 'with' \"quotes\" $HOME";

    [SkippableTheory]
    [InlineData("openssh", " ")]
    [InlineData("openssh", "\\n")]
    [InlineData("pkcs1", " ")]
    [InlineData("pkcs1", "")]
    [InlineData("pkcs8", "\r\n")]
    [InlineData("pkcs8", "|")]
    [InlineData("ec", " ")]
    [InlineData("ec", "\\n")]
    [Trait("Requirement", "SFTP-008")]
    public async Task A_key_with_broken_lines_logs_in(string format, string lineBreak)
    {
        using var key = PemText.Mend(MakeKey(format, "").Replace("\n", lineBreak, StringComparison.Ordinal));

        await using var connection = await TestTransports.Get(transport).ConnectAsync(Options(key));

        Assert.True(connection.IsConnected);
    }

    [SkippableTheory]
    [InlineData("openssh")]
    [InlineData("pkcs1")]
    [InlineData("pkcs8")]
    [InlineData("ec")]
    public async Task An_encrypted_key_logs_in_with_its_passphrase_and_with_no_other(string format)
    {
        using var key = PemText.Mend(MakeKey(format, Passphrase));
        using var passphrase = new Secret(Passphrase);
        using var wrong = new Secret("wrong");

        await using (await TestTransports.Get(transport).ConnectAsync(Options(key) with { KeyPassphrase = passphrase }))
        {
        }

        var error = await FailAsync(Options(key) with { KeyPassphrase = wrong });
        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains("passphrase given does not open", error.Message, StringComparison.Ordinal);
        error = await FailAsync(Options(key));
        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains("no passphrase was given", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [SkippableFact]
    [Trait("Requirement", "SFTP-008")]
    public async Task A_text_of_the_right_shape_that_is_no_key_is_refused_without_repeating_it()
    {
        var lines = MakeKey("openssh", "").Split('\n');
        (lines[2], lines[3]) = (lines[3], lines[2]);
        using var key = new Secret(string.Join('\n', lines));

        var error = await FailAsync(Options(key));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Contains("private key given as text cannot be used", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Length > 20 && error.ToString().Contains(line, StringComparison.Ordinal)
            && !line.StartsWith("-----", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_key_that_the_server_does_not_know_is_an_authentication_failure()
    {
        using var key = new Secret(await File.ReadAllTextAsync(sshd.Server.StrangerKeyPath));

        var error = await FailAsync(Options(key));

        Assert.Equal(SftpErrorCode.AuthenticationFailed, error.Code);
        Assert.Contains("publickey", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_key_file_is_tried_beside_the_key_given_as_text()
    {
        using var key = new Secret(await File.ReadAllTextAsync(sshd.Server.StrangerKeyPath));

        await using var connection = await TestTransports.Get(transport).ConnectAsync(
            Options(key) with { KeyFilePaths = [sshd.Server.UserKeyPath] });

        Assert.True(connection.IsConnected);
    }

    private async Task<SftpException> FailAsync(SshConnectionOptions options) =>
        await Assert.ThrowsAsync<SftpException>(() => TestTransports.Get(transport).ConnectAsync(options).WaitAsync(TimeSpan.FromSeconds(30)));

    private SshConnectionOptions Options(Secret key) => sshd.ConnectionOptions() with { KeyFilePaths = [], PrivateKey = key };

    // A new key that the server accepts, as text.
    private string MakeKey(string format, string passphrase)
    {
        var path = sshd.Server.File($"text_{Guid.NewGuid():N}");
        string[] kind = format switch
        {
            "openssh" => ["-t", "ed25519"],
            "pkcs1" => ["-t", "rsa", "-b", "2048", "-m", "PEM"],
            "pkcs8" => ["-t", "rsa", "-b", "2048", "-m", "PKCS8"],
            _ => ["-t", "ecdsa", "-b", "256", "-m", "PEM"],
        };
        SshdServer.Run("ssh-keygen", ["-q", .. kind, "-N", passphrase, "-f", path]);
        File.AppendAllText(sshd.Server.File("authorized_keys"), File.ReadAllText(path + ".pub"));
        var text = File.ReadAllText(path);
        File.Delete(path);
        return text.TrimEnd();
    }
}
