using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>A remote file that a command works on.</summary>
/// <param name="Session">The session it is reached through.</param>
/// <param name="Channel">The server's files.</param>
/// <param name="Path">Its absolute path.</param>
/// <param name="Attributes">What it is, a link not followed.</param>
internal sealed record RemoteItem(SftpSession Session, ISftpChannel Channel, RemotePath Path, RemoteFileAttributes Attributes)
{
    /// <summary>Whether it is a directory, rather than a link to one.</summary>
    public bool IsDirectory => Attributes.FileType == RemoteFileType.Directory;

    /// <summary>It as a URL, which is how a person is asked about it.</summary>
    public string Url => $"sftp://{Session.Authority}{Path.Value}";
}
