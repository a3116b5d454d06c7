namespace AcodeSftp.Diagnostics;

/// <summary>The tags of metrics and spans.</summary>
public static class SftpTagNames
{
    /// <summary><c>upload</c> or <c>download</c>.</summary>
    public const string Direction = "sftp.direction";

    /// <summary><c>sftp</c> or <c>scp</c>.</summary>
    public const string Protocol = "network.protocol.name";

    /// <summary>
    /// <c>success</c>; <c>partial</c> where some files arrived and others did not; <c>failure</c>; or <c>cancelled</c>.
    /// </summary>
    public const string Outcome = "sftp.outcome";

    /// <summary><c>full</c>, or <c>resumed</c> where a file was continued where an earlier transfer broke off.</summary>
    public const string Resumption = "sftp.resumption";

    /// <summary><c>none</c>, <c>size</c> or <c>checksum</c>.</summary>
    public const string Verification = "sftp.verification";

    /// <summary>A name of <see cref="SftpErrorCode"/>, or the name of an exception's type.</summary>
    public const string ErrorType = "error.type";

    /// <summary>The name of the transport.</summary>
    public const string Transport = "sftp.transport";

    /// <summary>Whether the session had been connected before.</summary>
    public const string Reconnect = "sftp.reconnect";

    /// <summary>The id of a transfer, which is also in its log lines and events. Of spans only.</summary>
    public const string TransferId = "sftp.transfer.id";

    /// <summary>What is transferred. Of spans only.</summary>
    public const string Source = "sftp.transfer.source";

    /// <summary>Where to. Of spans only.</summary>
    public const string Destination = "sftp.transfer.destination";

    /// <summary>How many files arrived. Of spans only.</summary>
    public const string FileCount = "sftp.transfer.files";

    /// <summary>How many files and directories did not arrive. Of spans only.</summary>
    public const string FailedCount = "sftp.transfer.failed";

    /// <summary>Bytes of the files that arrived. Of spans only.</summary>
    public const string ByteCount = "sftp.transfer.bytes";

    /// <summary>The server's host name. Of spans only.</summary>
    public const string ServerAddress = "server.address";

    /// <summary>The server's port. Of spans only.</summary>
    public const string ServerPort = "server.port";
}
