using AcodeSftp.Connections;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>Sessions to a test server.</summary>
public static class SshdSession
{
    /// <summary>A session that its first use connects.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="settings">How it behaves; null for the defaults.</param>
    /// <param name="transport">The transport's name.</param>
    /// <returns>The session.</returns>
    public static SftpSession New(
        SshConnectionOptions options,
        SftpSessionSettings? settings = null,
        string transport = TestTransports.OpenSsh) =>
        new(
            1,
            null,
            options,
            new SshTransportChoice(TestTransports.Get(transport), "test"),
            settings);
}
