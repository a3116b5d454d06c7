using AcodeSftp.Files;

namespace AcodeSftp.Core.Tests.Files;

public class PermissionChangeTests
{
    // What GNU chmod makes of it with umask 0.
    [Theory]
    [InlineData("0644", "0777", false, "0644")]
    [InlineData("7", "0777", false, "0007")]
    [InlineData("02755", "0000", true, "2755")]
    [InlineData("u+x", "0644", false, "0744")]
    [InlineData("go-rwx", "0755", false, "0700")]
    [InlineData("u+x,go-w", "0666", false, "0744")]
    [InlineData("a=rX", "0751", false, "0555")]
    [InlineData("a=rX", "0640", false, "0444")]
    [InlineData("a=rX", "0640", true, "0555")]
    [InlineData("u=rwX,go=", "0777", true, "0700")]
    [InlineData("+X", "0640", false, "0640")]
    [InlineData("+X", "0740", false, "0751")]
    [InlineData("g=u", "0741", false, "0771")]
    [InlineData("o=g-w", "0764", false, "0764")]
    [InlineData("go+u", "0400", false, "0444")]
    [InlineData("=", "0777", false, "0000")]
    [InlineData("u+s,g+s,+t", "0755", false, "7755")]
    [InlineData("u-s", "6755", false, "2755")]
    [InlineData("ug+rw-x", "0111", false, "0661")]
    [InlineData("u=rw", "4755", false, "0655")]
    public void It_changes_bits_as_chmod_does(string change, string before, bool isDirectory, string after) =>
        Assert.Equal(Octal(after), PermissionChange.Parse(change).Apply(Octal(before), isDirectory));

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("8")]
    [InlineData("0648")]
    [InlineData("17777")]
    [InlineData("u+q")]
    [InlineData("rwx")]
    [InlineData("u+x,")]
    [InlineData("-rw-r--r--")]
    [InlineData("0x1FF")]
    public void What_is_no_change_is_refused(string text)
    {
        var error = Assert.Throws<SftpException>(() => PermissionChange.Parse(text));
        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.NotNull(error.Advice);
    }

    private static uint Octal(string digits) => Convert.ToUInt32(digits, 8);
}
