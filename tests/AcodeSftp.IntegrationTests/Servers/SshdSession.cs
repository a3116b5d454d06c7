using AcodeSftp.Connections;
using AcodeSftp.OpenSsh;
using AcodeSftp.Sessions;

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>Sessions to a test server over the OpenSSH transport.</summary>
public static class SshdSession
{
    /// <summary>A session that its first use connects.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="settings">How it behaves; null for the defaults.</param>
    /// <param name="multiplexing">Whether further channels go over the control socket or get a process each.</param>
    /// <returns>The session.</returns>
    public static SftpSession New(SshConnectionOptions options, SftpSessionSettings? settings = null, bool multiplexing = true) =>
        new(
            1,
            null,
            options,
            new SshTransportChoice(new OpenSshTransport(new OpenSshOptions { Multiplexing = multiplexing }), "test"),
            settings);
}
