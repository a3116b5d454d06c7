namespace AcodeSftp.OpenSsh.Tests;

public sealed class OpenSshProgramTests
{
    [Theory]
    [InlineData("OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025", "OpenSSH_9.2p1", 9, 2)]
    [InlineData("OpenSSH_10.0p2, OpenSSL 3.5.0", "OpenSSH_10.0p2", 10, 0)]
    [InlineData("OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2", "OpenSSH_for_Windows_9.5p1", 9, 5)]
    [InlineData("OpenSSH_8.4, LibreSSL 3.2", "OpenSSH_8.4", 8, 4)]
    public void Versions_are_read(string text, string name, int major, int minor)
    {
        var parsed = OpenSshProgram.ParseVersion(text);

        Assert.Equal((name, new Version(major, minor)), parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sun_SSH_2.4")]
    [InlineData("PuTTY plink 0.8")]
    public void What_is_not_OpenSSH_is_not_taken_for_it(string text) => Assert.Null(OpenSshProgram.ParseVersion(text));

    [Fact]
    public void Only_the_directories_of_the_path_are_looked_at_and_never_the_current_one()
    {
        var asked = new List<string>();

        var found = OpenSshProgram.Locate(":.:bin:/usr/local/bin:/usr/bin", null, path =>
        {
            asked.Add(path);
            return path == "/usr/bin/ssh";
        });

        Assert.Equal("/usr/bin/ssh", found);
        Assert.Equal(["/usr/local/bin/ssh", "/usr/bin/ssh"], asked);
    }

    [Fact]
    public void A_program_that_is_no_ssh_is_unavailable_with_the_reason()
    {
        var availability = new OpenSshTransport(new OpenSshOptions { SshPath = "/nowhere/ssh" }).Availability;

        Assert.False(availability.IsAvailable);
        Assert.Contains("/nowhere/ssh", availability.Detail, StringComparison.Ordinal);
        Assert.Contains("Install OpenSSH", availability.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connecting_without_an_ssh_is_unavailable_for_good()
    {
        var transport = new OpenSshTransport(new OpenSshOptions { SshPath = "/nowhere/ssh" });

        var error = await Assert.ThrowsAsync<SftpException>(() =>
            transport.ConnectAsync(new Connections.SshConnectionOptions { HostName = "h" }));

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public void The_configuration_that_ssh_prints_is_read()
    {
        var target = SshTarget.Parse("user me\nhostname box.example.org\nport 2222\nhostkeyalias box\nciphers a,b\nport 9\n", "box");

        Assert.Equal(("box.example.org", 2222, "me"), (target.HostName, target.Port, target.UserName));
        Assert.Equal(("box", "a,b"), (target.HostKeyAlias, target.Ciphers));
    }
}
