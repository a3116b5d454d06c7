using System.Text;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Scp;

namespace AcodeSftp.Core.Tests.FileTransfer.Scp;

/// <summary>Command lines and records, by themselves.</summary>
public class ScpProtocolTests
{
    [Theory]
    [InlineData("/a/b", "'/a/b'")]
    [InlineData("a", "'./a'")]
    [InlineData("-rf", "'./-rf'")]
    [InlineData("it's; rm -rf $HOME", "'./it'\\''s; rm -rf $HOME'")]
    [InlineData(".", "'.'")]
    [Trait("Requirement", "FR-030C-68")]
    [Trait("Requirement", "UT-030C-11")]
    public void Command_lines_quote_the_path(string path, string quoted)
    {
        var remote = new RemotePath(path);

        Assert.Equal($"scp -p -t -- {quoted}", ScpCommandLines.Sink(remote, preserve: true));
        Assert.Equal($"scp -r -p -d -t -- {quoted}", ScpCommandLines.Sink(remote, preserve: true, recursive: true, intoDirectory: true));
        Assert.Equal($"scp -f -- {quoted}", ScpCommandLines.Source(remote, preserve: false));
        Assert.Equal($"scp -r -p -f -- {quoted}", ScpCommandLines.Source(remote, preserve: true, recursive: true));
    }

    [Fact]
    public void A_script_gets_its_arguments_as_they_are() =>
        Assert.Equal(
            "sh -c 'echo \"$1\" '\\''$2'\\''' sh 'a b' '$(id)'",
            ScpCommandLines.Script("echo \"$1\" '$2'", "a b", "$(id)"));

    [Fact]
    public void Records_are_read()
    {
        var file = Assert.IsType<ScpFile>(ScpRecord.Parse("C4755 12345678901 a b"u8));
        Assert.Equal((Convert.ToUInt32("4755", 8), 12345678901L, "a b"), (file.Permissions, file.Size, file.Name));
        var directory = Assert.IsType<ScpDirectory>(ScpRecord.Parse("D0755 0 d"u8));
        Assert.Equal((Convert.ToUInt32("755", 8), "d"), (directory.Permissions, directory.Name));
        var times = Assert.IsType<ScpTimesRecord>(ScpRecord.Parse("T1183828267 0 1183828266 999999"u8)).Times;
        Assert.Equal((1183828267L, 1183828266L), (times.Modified.ToUnixTimeSeconds(), times.Accessed.ToUnixTimeSeconds()));
        Assert.IsType<ScpEnd>(ScpRecord.Parse("E"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("X")]
    [InlineData("E ")]
    [InlineData("C")]
    [InlineData("C0644")]
    [InlineData("C0644 ")]
    [InlineData("C0644 1")]
    [InlineData("C00644 1 a")]
    [InlineData("C 644 1 a")]
    [InlineData("C0644  1 a")]
    [InlineData("C0644 +1 a")]
    [InlineData("C0644 0x1 a")]
    [InlineData("C0644 9223372036854775808 a")]
    [InlineData("D0755 d")]
    [InlineData("T1 0 1")]
    [InlineData("T1 0 1 0 ")]
    [InlineData("T-1 0 1 0")]
    [InlineData("T1 0 9223372036854775807 0")]
    public void What_is_no_record_is_refused(string line)
    {
        var error = Assert.Throws<SftpException>(() => ScpRecord.Parse(Encoding.UTF8.GetBytes(line)));

        Assert.Equal(SftpErrorCode.ProtocolViolation, error.Code);
    }

    [Fact]
    public void Records_are_written_as_they_are_read()
    {
        var times = new ScpTimes(DateTimeOffset.FromUnixTimeSeconds(5), DateTimeOffset.FromUnixTimeSeconds(-5));

        Assert.Equal("T5 0 0 0\nC0007 3 a b\n"u8.ToArray(), ScpSender.Header('C', 7, 3, "a b", times));
        Assert.Equal("D4755 0 d\n"u8.ToArray(), ScpSender.Header('D', Convert.ToUInt32("4755", 8), 0, "d", null));
        Assert.Throws<SftpException>(() => ScpSender.Header('C', 0, 0, "a\nb", null));
    }

    [Fact]
    public void Bytes_that_are_no_text_never_become_a_name_that_can_be_used() =>
        Assert.Equal("a\uDCFF", ScpText.Decode([(byte)'a', 0xFF]));

    [Theory]
    [InlineData("-rwsr-x--T 1 1000 100 42 Jan  1 00:00 -rw-r--r-- 1 0 0 7 x", "100000", "5750", 42L)]
    [InlineData("drwxrwsrwt+ 12 0 4294967294 4096 2020-01-01 x", "40000", "3777", 4096L)]
    [InlineData("lrwxrwxrwx. 1 0 0 3 Jan 1 x -> y", "120000", "777", 3L)]
    [InlineData("crw-rw-rw- 1 0 0 1, 3 Jan 1 null", "20000", "666", null)]
    public void The_fields_of_ls_before_the_date_are_read(string line, string type, string permissions, long? size)
    {
        var found = ListedAttributes.Parse(line, "77\n", new RemotePath("x"));

        Assert.Equal(Convert.ToUInt32(type, 8) | Convert.ToUInt32(permissions, 8), found.Mode);
        Assert.Equal(size, found.Size);
        Assert.Equal(77, found.Modified!.Value.ToUnixTimeSeconds());
    }

    [Theory]
    [InlineData("total 5")]
    [InlineData("-rw-r--r-- 1 root root 5 Jan 1 x")]
    [InlineData("")]
    public void What_ls_should_not_say_is_not_guessed_at(string line) =>
        Assert.Throws<SftpException>(() => ListedAttributes.Parse(line, "", new RemotePath("x")));
}
