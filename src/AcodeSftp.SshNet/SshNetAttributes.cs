using AcodeSftp.Files;
using Renci.SshNet.Sftp;

namespace AcodeSftp.SshNet;

/// <summary>
/// Attributes of SSH.NET's and ours. SSH.NET shows the type and the nine permission bits; set-user-id, set-group-id and
/// sticky it keeps to itself.
/// </summary>
internal static class SshNetAttributes
{
    private const uint SpecialBits = 0xE00;

    /// <summary>What SSH.NET read.</summary>
    /// <param name="read">Its attributes.</param>
    /// <returns>Ours.</returns>
    public static RemoteFileAttributes From(SftpFileAttributes read) => new()
    {
        Size = read.Size,
        UserId = unchecked((uint)read.UserId),
        GroupId = unchecked((uint)read.GroupId),
        Mode = TypeOf(read) | PermissionsOf(read),
        Accessed = new DateTimeOffset(DateTime.SpecifyKind(read.LastAccessTimeUtc, DateTimeKind.Utc)),
        Modified = new DateTimeOffset(DateTime.SpecifyKind(read.LastWriteTimeUtc, DateTimeKind.Utc)),
    };

    /// <summary>Makes changes, for SSH.NET to send what differs.</summary>
    /// <param name="attributes">The attributes as they are.</param>
    /// <param name="changes">What to change.</param>
    /// <param name="host">The host concerned.</param>
    /// <param name="path">The path concerned.</param>
    /// <exception cref="SftpException">SSH.NET cannot set some of it.</exception>
    public static void Change(SftpFileAttributes attributes, RemoteFileAttributes changes, string host, string path)
    {
        if (changes.Permissions is { } permissions)
        {
            if ((permissions & SpecialBits) != 0)
                throw SshNetErrors.Unsupported("set the set-user-id, set-group-id and sticky bits", host, path);
            attributes.OwnerCanRead = (permissions & 0x100) != 0;
            attributes.OwnerCanWrite = (permissions & 0x80) != 0;
            attributes.OwnerCanExecute = (permissions & 0x40) != 0;
            attributes.GroupCanRead = (permissions & 0x20) != 0;
            attributes.GroupCanWrite = (permissions & 0x10) != 0;
            attributes.GroupCanExecute = (permissions & 0x8) != 0;
            attributes.OthersCanRead = (permissions & 0x4) != 0;
            attributes.OthersCanWrite = (permissions & 0x2) != 0;
            attributes.OthersCanExecute = (permissions & 0x1) != 0;
        }

        if (changes is { UserId: { } user, GroupId: { } group })
            (attributes.UserId, attributes.GroupId) = (unchecked((int)user), unchecked((int)group));
        if (changes is { Accessed: { } accessed, Modified: { } modified })
            (attributes.LastAccessTimeUtc, attributes.LastWriteTimeUtc) = (accessed.UtcDateTime, modified.UtcDateTime);
        if (changes.Size is { } size)
            attributes.Size = size;
    }

    private static uint TypeOf(SftpFileAttributes read) => read switch
    {
        { IsSocket: true } => 0xC000,
        { IsSymbolicLink: true } => 0xA000,
        { IsRegularFile: true } => 0x8000,
        { IsBlockDevice: true } => 0x6000,
        { IsDirectory: true } => 0x4000,
        { IsCharacterDevice: true } => 0x2000,
        { IsNamedPipe: true } => 0x1000,
        _ => 0,
    };

    private static uint PermissionsOf(SftpFileAttributes read)
    {
        ReadOnlySpan<bool> bits =
        [
            read.OwnerCanRead, read.OwnerCanWrite, read.OwnerCanExecute,
            read.GroupCanRead, read.GroupCanWrite, read.GroupCanExecute,
            read.OthersCanRead, read.OthersCanWrite, read.OthersCanExecute,
        ];
        var permissions = 0u;
        foreach (var bit in bits)
            permissions = (permissions << 1) | (bit ? 1u : 0u);
        return permissions;
    }
}
