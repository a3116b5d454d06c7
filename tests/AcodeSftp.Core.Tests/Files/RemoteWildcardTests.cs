using AcodeSftp.Files;

namespace AcodeSftp.Core.Tests.Files;

public sealed class RemoteWildcardTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("*.log", "a.log", true)]
    [InlineData("*.log", "a.log.gz", false)]
    [InlineData("*.LOG", "a.log", false)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("a*b*c", "aXbYbZ", false)]
    [InlineData("?", "", false)]
    [InlineData("?.txt", "é.txt", true)]
    [InlineData("[a-c]1", "b1", true)]
    [InlineData("[a-c]1", "d1", false)]
    [InlineData("[xyz]", "y", true)]
    [InlineData("[]]", "]", true)]
    [InlineData("[-a]", "-", true)]
    [InlineData("a[", "a[", true)]
    [InlineData("`[a`]", "[a]", true)]
    [InlineData("`*", "x", false)]
    [InlineData("a`", "a`", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void Names_match_as_in_PowerShell_but_for_case(string pattern, string name, bool matches) =>
        Assert.Equal(matches, RemoteWildcard.IsMatch(pattern, name));

    [Theory]
    [InlineData("plain", false)]
    [InlineData("a*", true)]
    [InlineData("a?", true)]
    [InlineData("[a", true)]
    [InlineData("a`*`?`[", false)]
    [InlineData("a`", false)]
    public void A_pattern_is_told_from_a_name(string text, bool isPattern) =>
        Assert.Equal(isPattern, RemoteWildcard.IsPattern(text));

    [Theory]
    [InlineData("plain")]
    [InlineData("a [1] #x.txt")]
    [InlineData("what*?`")]
    public void An_escaped_name_matches_itself_only(string name)
    {
        var pattern = RemoteWildcard.EscapeText(name);
        Assert.False(RemoteWildcard.IsPattern(pattern));
        Assert.True(RemoteWildcard.IsMatch(pattern, name));
        Assert.False(RemoteWildcard.IsMatch(pattern, name + "x"));
        Assert.Equal(name, RemoteWildcard.Unescape(pattern));
    }

    [Fact]
    public void A_pattern_of_many_stars_takes_no_time() =>
        Assert.False(RemoteWildcard.IsMatch(string.Concat(Enumerable.Repeat("*a", 50)) + "b", new string('a', 5000)));
}
