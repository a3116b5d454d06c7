using AcodeSftp.Connections;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>The files of a server that are reached without SFTP, and why.</summary>
internal sealed class ScpAccess
{
    /// <summary>Describes the access.</summary>
    /// <param name="connection">Where the commands run.</param>
    /// <param name="reason">Why SFTP is not used, for a person.</param>
    /// <param name="hasShell">Whether the server runs scripts, and not only <c>scp</c>.</param>
    /// <param name="operationTimeout">How long one operation may take.</param>
    public ScpAccess(ISshConnection connection, string reason, bool hasShell, TimeSpan operationTimeout)
    {
        (Reason, HasShell) = (reason, hasShell);
        Shell = new RemoteShell(connection, operationTimeout);
        Files = hasShell ? new ShellFileSystem(Shell) : new ScpOnlyFileSystem(Shell);
    }

    /// <summary>Why SFTP is not used, for a person.</summary>
    public string Reason { get; }

    /// <summary>
    /// Whether the server runs scripts, and not only <c>scp</c>. Without them a file cannot be renamed, so it is written in
    /// place.
    /// </summary>
    public bool HasShell { get; }

    public RemoteShell Shell { get; }

    /// <summary>The file operations that are possible.</summary>
    public IRemoteFileSystem Files { get; }

    /// <summary>Why a channel could not be opened, where that means that there is no SFTP; null where it does not.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="connection">The connection it was tried on.</param>
    /// <param name="isRepeated">Whether this was the second attempt in a row.</param>
    /// <returns>The reason, for a person.</returns>
    public static string? WhyNoSftp(SftpException failure, ISshConnection connection, bool isRepeated) => failure switch
    {
        { Code: SftpErrorCode.Unavailable, IsTransient: false } => failure.Message,
        { Code: SftpErrorCode.Unsupported } => failure.Message,
        // Some servers start the subsystem though the program behind it is missing: it ends before it said a word. Once
        // may be an accident.
        { Code: SftpErrorCode.ConnectionLost } when isRepeated && connection.IsConnected => failure.Message,
        _ => null,
    };
}
