using System.Collections;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Tests.Sessions;

public sealed class SshOptionTableTests
{
    [Fact]
    public void Values_become_what_ssh_config_has_for_them()
    {
        var options = SshOptionTable.Read(new Hashtable { ["Compression"] = true, ["ProxyJump"] = "a,b", ["ServerAliveCountMax"] = 5 });
        Assert.Equal("yes", options["compression"]);
        Assert.Equal("a,b", options["ProxyJump"]);
        Assert.Equal("5", options["ServerAliveCountMax"]);
    }

    [Fact]
    public void No_table_is_no_options() => Assert.Empty(SshOptionTable.Read(null));

    [Theory]
    [InlineData("Proxy Command", "x")]
    [InlineData("-oProxyCommand", "x")]
    [InlineData("", "x")]
    [InlineData("User", "a\nProxyCommand evil")]
    public void What_could_smuggle_another_option_is_refused(string keyword, string value) =>
        Assert.Throws<SftpException>(() => SshOptionTable.Read(new Hashtable { [keyword] = value }));
}
