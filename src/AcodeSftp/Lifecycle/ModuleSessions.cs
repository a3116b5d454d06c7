using AcodeSftp.Connections;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Lifecycle;

/// <summary>
/// The sessions of the process, shared by all its runspaces.
/// </summary>
internal static class ModuleSessions
{
    // Closing is waited for, so that no ssh process outlives the module, but a server that does not answer is not.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    /// <summary>The embedded hosts, which live as long as the process.</summary>
    public static MemoryTransport Embedded { get; } = new();

    /// <summary>The open sessions.</summary>
    public static SftpSessionRegistry Registry { get; } = new(
        new SshTransportSelector(
            ModuleTransports.All(Embedded),
            transport => transport != Embedded,
            reservation: (transport, options) => ModuleTransports.Reservation(transport, options, OperatingSystem.IsWindows())),
        new SftpSessionSettings().LoggingTo(ModuleDiagnostics.Log));

    /// <summary>
    /// Closes all sessions. The only place that blocks on asynchronous work off the pipeline thread: PowerShell and the
    /// runtime call it synchronously and end when it returns.
    /// </summary>
    public static void CloseAll() => Task.Run(() => Registry.DisposeAsync().AsTask()).Wait(CloseLimit);
}
