using System.Text;

namespace AcodeSftp.OpenSsh.Tests;

public sealed class SshLogTests
{
    [Fact]
    public void Facts_are_taken_from_debug_messages_and_the_messages_are_dropped()
    {
        var log = new SshLog();

        log.Add("debug1: Connecting to h [10.0.0.1] port 22.\r\n");
        Assert.False(log.IsReached);
        log.Add("debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1 Debian-2+deb12u7\r\n");
        log.Add("debug1: Server host key: ssh-ed25519 SHA256:abc/+\r\n");
        log.Add("debug1: Server accepts key: /home/my key ED25519 SHA256:xyz explicit\r\n");
        Assert.True(log.IsReached);
        Assert.False(log.IsAuthenticated);
        log.Add("Authenticated to h ([10.0.0.1]:22) using \"publickey\".\r\n");

        Assert.Equal("OpenSSH_9.2p1", log.ServerVersion);
        Assert.Equal("ssh-ed25519 SHA256:abc/+", log.HostKey);
        Assert.Equal("/home/my key", log.AcceptedKey);
        Assert.True(log.IsAuthenticated);
        Assert.Equal("", log.Text);
    }

    [Fact]
    public void What_a_user_of_ssh_would_see_is_kept_and_lines_may_come_in_pieces()
    {
        var log = new SshLog();

        log.Add("debug1: x\r\nme@h: Permis");
        log.Add("sion denied (publickey).\r\ndebug2: y\r\n");

        Assert.Equal("me@h: Permission denied (publickey).", log.Text);
    }

    [Fact]
    public void Text_that_the_server_prints_after_the_login_changes_no_fact()
    {
        var log = new SshLog();
        log.Add("debug1: Remote protocol version 2.0, remote software version dropbear_2022.83\n");
        log.Add("Authenticated to h ([10.0.0.1]:22) using \"none\".\n");

        log.Add("debug1: Server host key: ssh-ed25519 SHA256:forged\n");

        Assert.Equal("dropbear_2022.83", log.ServerVersion);
        Assert.Null(log.HostKey);
    }

    [Fact]
    public void Only_the_end_of_a_long_text_is_kept()
    {
        var log = new SshLog();
        for (var i = 0; i < 5000; i++)
            log.Add($"line {i}\n");
        log.Add(new string('x', 100_000) + "\n");
        log.Add("the end\n");

        Assert.InRange(log.Text.Length, 1000, SshLog.MaxKept);
        Assert.EndsWith("the end", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_read_to_its_end_with_its_last_line_unfinished()
    {
        var log = new SshLog();

        await log.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes("ü\nlast words")));

        Assert.Equal("ü\nlast words", log.Text);
    }
}
