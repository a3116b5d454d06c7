using AcodeSftp.Connections;
using AcodeSftp.OpenSsh;
#if SSHNET
using AcodeSftp.SshNet;
#endif

namespace AcodeSftp.IntegrationTests.Servers;

/// <summary>The transports to real servers that this build has.</summary>
public static class TestTransports
{
    /// <summary>The system's OpenSSH client; further channels go over its control socket.</summary>
    public const string OpenSsh = "OpenSsh";

    /// <summary>The system's OpenSSH client where it cannot multiplex: each channel is a process of its own.</summary>
    public const string OpenSshProcesses = "OpenSsh, a process for each channel";

    /// <summary>SSH.NET; built with -p:SshNet=true only.</summary>
    public const string SshNet = "SshNet";

    /// <summary>Makes a transport.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="environment">Reads an environment variable; null for those of this process.</param>
    /// <returns>The transport.</returns>
    public static ISshTransport Get(string name, Func<string, string?>? environment = null) => name switch
    {
        OpenSsh or OpenSshProcesses => new OpenSshTransport(new OpenSshOptions
        {
            Multiplexing = name == OpenSsh,
            ReadEnvironment = environment ?? Environment.GetEnvironmentVariable,
        }),
#if SSHNET
        SshNet => new SshNetTransport(null, environment),
#endif
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
