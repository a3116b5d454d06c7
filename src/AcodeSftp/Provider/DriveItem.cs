using AcodeSftp.Files;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Provider;

/// <summary>Something on a server as a drive leads to it.</summary>
/// <param name="Session">The session that reaches it.</param>
/// <param name="Path">Its absolute path.</param>
internal sealed record DriveItem(SftpSession Session, RemotePath Path)
{
    /// <summary>The path as the provider gives it to PowerShell.</summary>
    public string ProviderPath => DrivePath.Format(Session.Id, Path);

    /// <summary>It as a URL, safe to print, which is how a person is asked about it.</summary>
    public string Url => TerminalText.Clean($"sftp://{Session.Authority}{Path.Value}");

    /// <summary>Something in it.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The item.</returns>
    public DriveItem Child(string name) => this with { Path = Path.Combine(name) };
}
