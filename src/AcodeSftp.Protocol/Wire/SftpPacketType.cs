namespace AcodeSftp.Protocol.Wire;

/// <summary>Packet types of draft-ietf-secsh-filexfer-02, section 3.</summary>
internal enum SftpPacketType : byte
{
    Init = 1,
    Version = 2,
    Open = 3,
    Close = 4,
    Read = 5,
    Write = 6,
    LStat = 7,
    FStat = 8,
    SetStat = 9,
    FSetStat = 10,
    OpenDir = 11,
    ReadDir = 12,
    Remove = 13,
    MkDir = 14,
    RmDir = 15,
    RealPath = 16,
    Stat = 17,
    Rename = 18,
    ReadLink = 19,
    SymLink = 20,
    Status = 101,
    Handle = 102,
    Data = 103,
    Name = 104,
    Attrs = 105,
    Extended = 200,
    ExtendedReply = 201,
}

/// <summary>
/// Status codes of draft-ietf-secsh-filexfer-02, section 7. Those from 10 on belong to later versions of the draft, but
/// servers of version 3 are known to send them.
/// </summary>
internal enum SftpStatusCode : uint
{
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    NoConnection = 6,
    ConnectionLost = 7,
    OpUnsupported = 8,
    NoSuchPath = 10,
    FileAlreadyExists = 11,
    WriteProtect = 12,
    NoSpaceOnFilesystem = 14,
    QuotaExceeded = 15,
    DirNotEmpty = 18,
    NotADirectory = 19,
    InvalidFilename = 20,
    LinkLoop = 21,
    FileIsADirectory = 24,
}

/// <summary>Sizes that both ends of the protocol keep to.</summary>
internal static class SftpSizes
{
    /// <summary>The version of the protocol spoken: 3.</summary>
    public const uint ProtocolVersion = 3;

    /// <summary>Largest packet OpenSSH sends or takes (SFTP_MAX_MSG_LENGTH), in bytes after the length field.</summary>
    public const int MaxPacketLength = 256 * 1024;

    /// <summary>Read and write size for servers that report no limits; every server takes it (draft, section 3).</summary>
    public const int SafeRequestLength = 32 * 1024;

    /// <summary>Longest handle a server may give (draft, section 6.3), in bytes.</summary>
    public const int MaxHandleLength = 256;
}
