using System.Management.Automation;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.Paths;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What the commands share that look at or change known_hosts files. They need no session and no server.</summary>
public abstract class KnownHostCmdlet : PSCmdlet
{
    /// <summary>The known_hosts file. Default: the user's own.</summary>
    [Parameter]
    [Alias("KnownHostsFile")]
    [ValidateNotNullOrEmpty]
    public string? KnownHostsPath { get; set; }

    /// <summary>The file that was named, or the user's own.</summary>
    private protected IReadOnlyList<string> UserFiles =>
        KnownHostsPath is null ? KnownHostsFile.UserFiles : [new LocalPaths(this).LocateOrEnd(KnownHostsPath)];

    /// <summary>A host and its port as messages name them.</summary>
    /// <param name="hostName">The host.</param>
    /// <param name="port">The port.</param>
    /// <returns>The text.</returns>
    private protected static string Named(string hostName, int port) =>
        TerminalText.Clean(port == 22 ? hostName : $"[{hostName}]:{port}");
}
