namespace AcodeSftp.Diagnostics;

/// <summary>What the meter <see cref="SftpDiagnostics.MeterName"/> measures.</summary>
public static class SftpMetricNames
{
    /// <summary>
    /// Transfers that ended, a counter; by <see cref="SftpTagNames.Direction"/>, <see cref="SftpTagNames.Protocol"/>,
    /// <see cref="SftpTagNames.Outcome"/> and <see cref="SftpTagNames.Resumption"/>.
    /// </summary>
    public const string Transfers = "sftp.client.transfers";

    /// <summary>Transfers that are under way, an up-down counter; by direction and protocol.</summary>
    public const string ActiveTransfers = "sftp.client.active_transfers";

    /// <summary>How long transfers took, in seconds, a histogram; by direction, protocol and outcome.</summary>
    public const string TransferDuration = "sftp.client.transfer.duration";

    /// <summary>
    /// How fast transfers were that moved anything, in bytes per second from beginning to end, a histogram; by direction
    /// and protocol.
    /// </summary>
    public const string TransferRate = "sftp.client.transfer.rate";

    /// <summary>
    /// Files that arrived, a counter; by direction, protocol, <see cref="SftpTagNames.Verification"/> and
    /// <see cref="SftpTagNames.Resumption"/>.
    /// </summary>
    public const string Files = "sftp.client.files";

    /// <summary>
    /// Bytes that were moved for files that arrived, a counter; by direction and protocol. What a resumed file already
    /// had at its destination is not among them.
    /// </summary>
    public const string Bytes = "sftp.client.io";

    /// <summary>
    /// Bytes that did not have to be moved again because their file was resumed, a counter; by direction and protocol.
    /// </summary>
    public const string ResumedBytes = "sftp.client.resumed.io";

    /// <summary>
    /// Files and directories that did not arrive, a counter; by direction, protocol and <see cref="SftpTagNames.ErrorType"/>.
    /// </summary>
    public const string Errors = "sftp.client.errors";

    /// <summary>
    /// Connections of sessions that were made or could not be, a counter; by <see cref="SftpTagNames.Transport"/>,
    /// <see cref="SftpTagNames.Reconnect"/>, outcome and, where it failed, error type.
    /// </summary>
    public const string Connections = "sftp.client.connections";

    /// <summary>How long connecting took, retries included, in seconds, a histogram; by the same as connections.</summary>
    public const string ConnectDuration = "sftp.client.connect.duration";
}
