using AcodeSftp.Shell.Display;

namespace AcodeSftp.Tests.Display;

public sealed class DisplayTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1023, "1023")]
    [InlineData(1024, "1.0K")]
    [InlineData(10189, "10K")]
    [InlineData(1048576, "1.0M")]
    [InlineData(12 * 1048576, "12M")]
    [InlineData(long.MaxValue, "8.0E")]
    public void Sizes_are_short(long bytes, string text) => Assert.Equal(text, SftpFileDisplay.Size(bytes));

    [Theory]
    [InlineData("one\ntwo\n", "one\ntwo")]
    [InlineData("one\r\ntwo", "one\ntwo")]
    [InlineData("a\tb", "a\tb")]
    [InlineData("\e[2Jgone\a", "\\x1b[2Jgone\\x07")]
    [InlineData("", "")]
    public void Output_keeps_its_lines_and_loses_its_commands_to_the_terminal(string output, string shown) =>
        Assert.Equal(shown, SshCommandDisplay.CleanLines(output));
}
