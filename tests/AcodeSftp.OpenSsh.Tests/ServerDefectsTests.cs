namespace AcodeSftp.OpenSsh.Tests;

public class ServerDefectsTests
{
    [Theory]
    [InlineData("dropbear_2022.82", true)]
    [InlineData("dropbear_2022.83", true)]
    [InlineData("dropbear_2024.85", true)]
    [InlineData("dropbear_2020.81", false)]
    [InlineData("dropbear_2022.81", false)]
    [InlineData("dropbear_2024.86", false)]
    [InlineData("dropbear_0.52", false)]
    [InlineData("dropbear", false)]
    [InlineData("OpenSSH_9.2p1", false)]
    [InlineData(null, false)]
    public void Only_the_dropbears_that_lose_connections_are_named(string? version, bool expected) =>
        Assert.Equal(expected, ServerDefects.LosesConnectionWithConcurrentChannels(version));
}
