using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>
/// What an embedded host is like. The defaults are those of a Linux server with OpenSSH; the rest makes it as limited or
/// as faulty as servers are met in the field. Changes take effect on the next request.
/// </summary>
public sealed class EmbeddedHostOptions
{
    /// <summary>Time on the host.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>The account's numeric user; 0 may do everything.</summary>
    public uint UserId { get; set; } = 1000;

    /// <summary>The account's numeric group.</summary>
    public uint GroupId { get; set; } = 1000;

    /// <summary>The account's name where the connection names none.</summary>
    public string UserName { get; set; } = "user";

    /// <summary>The directory a session starts in. Exists from the start.</summary>
    public string HomeDirectory { get; set; } = "/home/user";

    /// <summary>Permission bits that new files do not get.</summary>
    public uint Umask { get; set; } = 0x12;

    /// <summary>The extensions announced, with their versions.</summary>
    public IDictionary<string, string> Extensions { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [SftpExtensions.PosixRename] = "1",
        [SftpExtensions.StatVfs] = "2",
        [SftpExtensions.FStatVfs] = "2",
        [SftpExtensions.HardLink] = "1",
        [SftpExtensions.FSync] = "1",
        [SftpExtensions.LSetStat] = "1",
        [SftpExtensions.Limits] = "1",
        [SftpExtensions.ExpandPath] = "1",
        [SftpExtensions.CopyData] = "1",
        [SftpExtensions.HomeDirectory] = "1",
        [SftpExtensions.UsersGroupsById] = "1",
    };

    /// <summary>What <c>limits@openssh.com</c> answers.</summary>
    public SftpServerLimits Limits { get; set; } = new(256 * 1024, 255 * 1024, 255 * 1024, 1000);

    /// <summary>Room for file contents, in bytes. What does not fit is refused as on a full disk.</summary>
    public long Capacity { get; set; } = 1L << 40;

    /// <summary>Whether everything that changes something is refused.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Most handles open at once on a channel; more are refused.</summary>
    public int MaxOpenHandles { get; set; } = 1000;

    /// <summary>Largest answer to a read, in bytes; smaller than asked for makes reads short.</summary>
    public int MaxReadAnswer { get; set; } = int.MaxValue;

    /// <summary>Whether attributes cannot be changed, as on some cloud storage.</summary>
    public bool RefuseSetAttributes { get; set; }

    /// <summary>Most channels that one connection may have open at a time (OpenSSH's MaxSessions).</summary>
    public int MaxChannels { get; set; } = int.MaxValue;

    /// <summary>Whether there is no SFTP subsystem.</summary>
    public bool RefuseSftp { get; set; }

    /// <summary>Whether no commands can be run.</summary>
    public bool RefuseCommands { get; set; }

    /// <summary>How long each request takes at least, as on a distant server; requests in flight wait together.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>
    /// Seen before each request is carried out, with its packet type's number and its path where it has one. May throw
    /// <see cref="IOException"/> to break the connection, and may change the host. Null for nothing.
    /// </summary>
    public Action<EmbeddedRequest>? OnRequest { get; set; }

    /// <summary>May change the names in listings, to be a server that lies about them. Null for nothing.</summary>
    public Func<string, string>? OnListedName { get; set; }

    /// <summary>
    /// Seen after each request that was carried out, before its answer is sent. May throw <see cref="IOException"/> to break
    /// the connection, so that the answer is lost. Null for nothing.
    /// </summary>
    public Action<EmbeddedRequest>? OnDone { get; set; }

    /// <summary>May change the data of a write before it is stored, to be a disk that spoils it. Null for nothing.</summary>
    public Action<string, long, Memory<byte>>? OnWrite { get; set; }
}

/// <summary>A request that an embedded host is about to carry out, or has carried out.</summary>
/// <param name="PacketType">The packet type's number (draft-ietf-secsh-filexfer-02, section 3).</param>
/// <param name="Name">The packet type's name, such as <c>Open</c>, or the extension's name.</param>
/// <param name="Path">The first path in it, or the path its handle was opened by; null where it has none.</param>
public sealed record EmbeddedRequest(byte PacketType, string Name, string? Path)
{
    /// <summary>The channel it came on: the first that the host opened is 1.</summary>
    public int Channel { get; init; }
}
