using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Tests.Sessions;

public sealed class HostTargetTests
{
    [Theory]
    [InlineData("web1", "web1", null, null)]
    [InlineData("  web1 ", "web1", null, null)]
    [InlineData("deploy@web1", "web1", "deploy", null)]
    [InlineData("deploy@web1:2222", "web1", "deploy", 2222)]
    [InlineData("web1:2222", "web1", null, 2222)]
    [InlineData("jane@corp.example@web1", "web1", "jane@corp.example", null)]
    [InlineData(@"CORP\jane@web1", "web1", @"CORP\jane", null)]
    [InlineData("::1", "::1", null, null)]
    [InlineData("root@fe80::1", "fe80::1", "root", null)]
    [InlineData("[::1]", "::1", null, null)]
    [InlineData("root@[::1]:2222", "::1", "root", 2222)]
    [InlineData("ssh://deploy@web1:2222", "web1", "deploy", 2222)]
    [InlineData("SFTP://web1/", "web1", null, null)]
    [InlineData("ssh://jane%40corp@[2001:db8::1]:22", "2001:db8::1", "jane@corp", 22)]
    public void Hosts_are_read_as_people_write_them(string text, string host, string? user, int? port) =>
        Assert.Equal(new HostTarget(host, user, port), HostTarget.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("deploy@")]
    [InlineData("@web1")]
    [InlineData("web1:0")]
    [InlineData("web1:65536")]
    [InlineData("web1:ssh")]
    [InlineData("[::1]22")]
    [InlineData("ssh://web1/srv")]
    [InlineData("ssh://jane:geheim@web1")]
    public void What_cannot_be_read_is_refused_with_advice(string text)
    {
        var error = Assert.Throws<SftpException>(() => HostTarget.Parse(text));
        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.NotNull(error.Advice);
        Assert.DoesNotContain("geheim", error.Message, StringComparison.Ordinal);
    }
}
