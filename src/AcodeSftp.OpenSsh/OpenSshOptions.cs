using AcodeSftp.OpenSsh.Mux;

namespace AcodeSftp.OpenSsh;

/// <summary>How <see cref="OpenSshTransport"/> works.</summary>
public sealed record OpenSshOptions
{
    /// <summary>
    /// The <c>ssh</c> to run; null for the one on PATH, on Windows preferably the system's own
    /// (<c>%SystemRoot%\System32\OpenSSH\ssh.exe</c>). Never one in the current directory.
    /// </summary>
    public string? SshPath { get; init; }

    /// <summary>
    /// Whether channels beside the first go through the control socket of the session's <c>ssh</c> where it can have one;
    /// otherwise, and always on Windows, each is an <c>ssh</c> of its own, which logs in anew.
    /// </summary>
    public bool Multiplexing { get; init; } = true;

    /// <summary>
    /// How many bytes a server may send on a multiplexed channel before they are read. More carries more over long
    /// distances, and less where there is none: 2 MiB, like OpenSSH's own, is best at no distance.
    /// </summary>
    public int ChannelWindow { get; init; } = SshChannelSettings.DefaultWindow;

    /// <summary>Reads an environment variable; for tests, which share one environment.</summary>
    internal Func<string, string?> ReadEnvironment { get; init; } = Environment.GetEnvironmentVariable;
}
