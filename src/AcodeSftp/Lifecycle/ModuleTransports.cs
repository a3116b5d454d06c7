using AcodeSftp.Connections;
using AcodeSftp.OpenSsh;
#if SSHNET
using AcodeSftp.SshNet;
#endif

namespace AcodeSftp.Shell.Lifecycle;

/// <summary>The one place where the transports are put together, and the rule by which one is chosen.</summary>
internal static class ModuleTransports
{
    /// <summary>The transports that there are, in order of preference.</summary>
    /// <param name="embedded">The embedded hosts.</param>
    /// <returns>The transports.</returns>
    public static IReadOnlyList<ISshTransport> All(ISshTransport embedded) =>
        [OpenSshTransport.LoggingTo(ModuleDiagnostics.Log), SshNet, embedded];

    // Not built everywhere: the package is not served by every registry.
    private static ISshTransport SshNet =>
#if SSHNET
        SshNetTransport.LoggingTo(ModuleDiagnostics.Log);
#else
        new AbsentTransport(
            "SshNet",
            "This module was built without the package SSH.NET. Run ./build.ps1 where it can be restored, or dotnet build -p:SshNet=true.");
#endif

    /// <summary>Why a transport is not the first to take for some options.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="options">What it is for.</param>
    /// <param name="isWindows">Whether this is Windows.</param>
    /// <returns>Why; null where it is as good as any.</returns>
    public static string? Reservation(ISshTransport transport, SshConnectionOptions options, bool isWindows) =>
        isWindows
        && transport is OpenSshTransport
        && options is { Password: not null, JumpHosts.Count: 0, SshOptions.Count: 0, SshConfigPath: null }
            ? "the OpenSSH of Windows cannot be relied on to take a password."
            : null;
}
