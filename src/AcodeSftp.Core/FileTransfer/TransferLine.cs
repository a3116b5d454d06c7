using AcodeSftp.Files;
using AcodeSftp.Sessions;

namespace AcodeSftp.FileTransfer;

/// <summary>What a transfer knows of the line it runs over: whether it stands, and whether it is worth being made again.</summary>
internal sealed class TransferLine(SftpSession session, IRemoteFileSystem fileSystem)
{
    private readonly int _closings = session.Closings;

    /// <summary>How often, and how soon, something is tried again.</summary>
    public SessionRetryPolicy Retry { get; } = session.Retry;

    /// <summary>
    /// Whether the line stands or can be made again. Not once the session could not be connected, for that was tried as
    /// often as it should be; nor once somebody closed it, for that ends what runs on it.
    /// </summary>
    public bool IsReachable =>
        fileSystem.IsConnected && session.State != SftpSessionState.Failed && session.Closings == _closings;

    /// <summary>
    /// Whether the line stands at this moment. Tidying up is done where it does and left where it does not: a transfer that
    /// was given up must not connect again.
    /// </summary>
    public bool IsStanding => fileSystem is SessionFileSystem files
        ? files.IsStanding
        : fileSystem.IsConnected && session.IsStanding;
}
