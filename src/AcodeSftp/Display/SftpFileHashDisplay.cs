using System.Management.Automation;
using AcodeSftp.Files;

namespace AcodeSftp.Shell.Display;

/// <summary>How the views show the hash of a file. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class SftpFileHashDisplay
{
    /// <summary>The file's path.</summary>
    /// <param name="item">The hash.</param>
    /// <returns>The text.</returns>
    public static string FullPathText(PSObject item) => TerminalText.Clean(((SftpFileHash)item.BaseObject).FullPath);

    /// <summary>The account and server.</summary>
    /// <param name="item">The hash.</param>
    /// <returns>The text.</returns>
    public static string AuthorityText(PSObject item) => TerminalText.Clean(((SftpFileHash)item.BaseObject).Authority);
}
