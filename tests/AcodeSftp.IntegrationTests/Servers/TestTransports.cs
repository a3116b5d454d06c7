using AcodeSftp.Connections;
using AcodeSftp.OpenSsh;
#if SSHNET
using AcodeSftp.SshNet;
#endif

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>The transports to real servers that this build has.</summary>
public static class TestTransports
{
    /// <summary>The system's OpenSSH client.</summary>
    public const string OpenSsh = "OpenSsh";

    /// <summary>SSH.NET; built with -p:SshNet=true only.</summary>
    public const string SshNet = "SshNet";

    /// <summary>Makes a transport.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="multiplexing">Whether OpenSSH's further channels go over its control socket.</param>
    /// <returns>The transport.</returns>
    public static ISshTransport Get(string name, bool multiplexing = true) => name switch
    {
        OpenSsh => new OpenSshTransport(new OpenSshOptions { Multiplexing = multiplexing }),
#if SSHNET
        SshNet => new SshNetTransport(),
#endif
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
