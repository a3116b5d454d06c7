namespace AcodeSftp.OpenSsh.Tests;

public sealed class SshDiagnosticsTests
{
    private const string Changed = """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
        The fingerprint for the ED25519 key sent by the remote host is
        SHA256:abc.
        Please contact your system administrator.
        Add correct host key in /home/me/.ssh/known_hosts to get rid of this message.
        Offending ECDSA key in /home/me/.ssh/known_hosts:12
        Host key for [h]:2222 has changed and you have requested strict checking.
        Host key verification failed.
        """;

    private const string OpenKeyFile = """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        @         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        Permissions 0644 for '/home/me/key' are too open.
        It is required that your private key files are NOT accessible by others.
        This private key will be ignored.
        Load key "/home/me/key": bad permissions
        me@h: Permission denied (publickey).
        """;

    [Theory]
    [InlineData(Changed, SftpErrorCode.HostKeyRejected, "/home/me/.ssh/known_hosts line 12")]
    [InlineData("No ED25519 host key is known for [h]:22 and you have requested strict checking.\nHost key verification failed.", SftpErrorCode.HostKeyRejected, "not known (ED25519, [h]:22)")]
    [InlineData("Host key verification failed.", SftpErrorCode.HostKeyRejected, "refused")]
    [InlineData("@       WARNING: REVOKED HOST KEY DETECTED!               @\nHost key verification failed.", SftpErrorCode.HostKeyRejected, "revoked")]
    [InlineData("ssh: Could not resolve hostname nowhere: Name or service not known", SftpErrorCode.Unavailable, "no host named nowhere")]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Connection refused", SftpErrorCode.Unavailable, "refused the connection on port 22")]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Connection timed out", SftpErrorCode.Timeout, "did not answer on port 22")]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Operation timed out", SftpErrorCode.Timeout, "did not answer on port 22")]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: No route to host", SftpErrorCode.Unavailable, "No route to host")]
    [InlineData("ssh: connect to host 10.0.0.1 port 22: Network is unreachable", SftpErrorCode.Unavailable, "Network is unreachable")]
    [InlineData("Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out", SftpErrorCode.Timeout, "did not answer as an SSH server")]
    [InlineData("banner exchange: Connection to 10.0.0.1 port 80: invalid format", SftpErrorCode.Unavailable, "not an SSH server")]
    [InlineData("kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 22", SftpErrorCode.Unavailable, "before login began")]
    [InlineData("kex_exchange_identification: read: Connection reset by peer", SftpErrorCode.Unavailable, "Connection reset by peer")]
    [InlineData("Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss", SftpErrorCode.Unavailable, "no host key type in common. The server offers ssh-rsa,ssh-dss")]
    [InlineData("Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: 3des-cbc", SftpErrorCode.Unavailable, "no cipher in common")]
    [InlineData("Unable to negotiate with 10.0.0.1 port 22: no matching key exchange method found. Their offer: x", SftpErrorCode.Unavailable, "no key exchange method in common")]
    [InlineData("command-line: line 0: Bad configuration option: foo", SftpErrorCode.InvalidArgument, "no option named 'foo'")]
    [InlineData("command-line line 0: Bad port '99999'.", SftpErrorCode.InvalidArgument, "Bad port")]
    [InlineData("/home/me/c: line 3: Bad configuration option: foo\n/home/me/c: terminating, 1 bad configuration options", SftpErrorCode.InvalidArgument, "configuration file /home/me/c")]
    [InlineData("Can't open user config file /home/me/c: No such file or directory", SftpErrorCode.NotFound, "/home/me/c cannot be read")]
    [InlineData("Bad owner or permissions on /home/me/.ssh/config", SftpErrorCode.InvalidArgument, "/home/me/.ssh/config")]
    [InlineData(OpenKeyFile, SftpErrorCode.AuthenticationFailed, "/home/me/key was not used")]
    [InlineData("Load key \"/home/me/key\": invalid format\nme@h: Permission denied (publickey).", SftpErrorCode.AuthenticationFailed, "/home/me/key cannot be used: invalid format")]
    [InlineData("Load key \"/home/me/key\": error in libcrypto\nme@h: Permission denied (publickey).", SftpErrorCode.AuthenticationFailed, "error in libcrypto")]
    [InlineData("Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.1 port 22", SftpErrorCode.AuthenticationFailed, "too many tries")]
    [InlineData("me@h: Permission denied (publickey,password).", SftpErrorCode.AuthenticationFailed, "allows: publickey,password")]
    [InlineData("sign_and_send_pubkey: signing failed for ED25519 \"/key\" from agent: agent refused operation\nme@h: Permission denied (publickey).", SftpErrorCode.AuthenticationFailed, "could not sign")]
    [InlineData("Connection closed by 10.0.0.1 port 22", SftpErrorCode.Unavailable, "during login")]
    [InlineData("Connection closed by UNKNOWN port 65535", SftpErrorCode.Unavailable, "during login")]
    [InlineData("something new", SftpErrorCode.Unavailable, "something new")]
    [InlineData("", SftpErrorCode.Unavailable, "ssh closed the connection")]
    public void Messages_before_the_login_are_understood(string text, SftpErrorCode code, string message) =>
        AssertExplained(new SshFailure("h", text), code, message);

    [Theory]
    [InlineData("subsystem request failed on channel 0", SftpErrorCode.Unavailable, "no SFTP subsystem")]
    [InlineData("channel 0: open failed: administratively prohibited: open failed", SftpErrorCode.Unavailable, "refused a channel")]
    [InlineData("Timeout, server 10.0.0.1 not responding.", SftpErrorCode.ConnectionLost, "no longer answers")]
    [InlineData("Connection to h closed by remote host.", SftpErrorCode.ConnectionLost, "closed by remote host")]
    [InlineData("Read from remote host h: Connection reset by peer", SftpErrorCode.ConnectionLost, "Connection reset by peer")]
    [InlineData("Received disconnect from 10.0.0.1 port 22:11: shutting down", SftpErrorCode.ConnectionLost, "shutting down")]
    [InlineData("client_loop: send disconnect: Broken pipe", SftpErrorCode.ConnectionLost, "Broken pipe")]
    [InlineData("", SftpErrorCode.ConnectionLost, "ssh ended with exit code 255")]
    public void Messages_after_the_login_are_understood(string text, SftpErrorCode code, string message) =>
        AssertExplained(new SshFailure("h", text) { WasAuthenticated = true, Exit = "exit code 255" }, code, message);

    [Fact]
    public void A_warning_about_a_key_file_is_not_the_cause_where_the_login_worked() => AssertExplained(
        new SshFailure("h", "Load key \"/k\": invalid format\nConnection to h closed by remote host.") { WasAuthenticated = true },
        SftpErrorCode.ConnectionLost,
        "closed by remote host");

    [Fact]
    public void An_unknown_option_in_a_file_that_ssh_passes_over_is_not_the_cause() => AssertExplained(
        new SshFailure("h", "/etc/ssh/ssh_config line 50: Unsupported option \"gssapiauthentication\"\nssh: connect to host h port 22: Connection refused"),
        SftpErrorCode.Unavailable,
        "refused the connection");

    [Fact]
    public void A_rejected_host_key_shows_the_fingerprint_of_the_key() => AssertExplained(
        new SshFailure("h", "Host key verification failed.") { HostKey = "ssh-ed25519 SHA256:abc" },
        SftpErrorCode.HostKeyRejected,
        "ssh-ed25519 SHA256:abc");

    [Fact]
    public void A_key_that_the_server_wanted_and_ssh_could_not_use_means_a_missing_or_wrong_passphrase()
    {
        var failure = new SshFailure("h", "me@h: Permission denied (publickey).") { AcceptedKey = "/k" };

        AssertExplained(failure, SftpErrorCode.AuthenticationFailed, "encrypted (/k)");
        AssertExplained(failure with { HadPassphrase = true }, SftpErrorCode.AuthenticationFailed, "passphrase given does not open");
    }

    [Fact]
    public void Text_of_the_server_cannot_drive_the_terminal()
    {
        var error = SshDiagnostics.Explain(new SshFailure("h", "evil \x1b[2J banner"));

        Assert.DoesNotContain('\x1b', error.Message);
    }

    [Theory]
    [InlineData(SftpErrorCode.AuthenticationFailed, "me@h: Permission denied (publickey).")]
    [InlineData(SftpErrorCode.HostKeyRejected, "Host key verification failed.")]
    [InlineData(SftpErrorCode.Unavailable, "subsystem request failed on channel 0")]
    [InlineData(SftpErrorCode.Unavailable, "Unable to negotiate with h port 22: no matching cipher found. Their offer: x")]
    public void What_a_second_try_cannot_mend_is_not_transient(SftpErrorCode code, string text)
    {
        var error = SshDiagnostics.Explain(new SshFailure("h", text));

        Assert.Equal(code, error.Code);
        Assert.False(error.IsTransient);
        Assert.NotNull(error.Advice);
    }

    private static void AssertExplained(SshFailure failure, SftpErrorCode code, string message)
    {
        var error = SshDiagnostics.Explain(failure with { Text = failure.Text.ReplaceLineEndings("\n") });

        Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal("h", error.Host);
        Assert.DoesNotContain("{", error.Message + error.Advice, StringComparison.Ordinal);
    }
}
