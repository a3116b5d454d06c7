using System.Management.Automation;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Display;

/// <summary>How the views show a session. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class SftpSessionDisplay
{
    /// <summary>The name.</summary>
    /// <param name="item">The session.</param>
    /// <returns>The text.</returns>
    public static string NameText(PSObject item) => TerminalText.Clean(((SftpSession)item.BaseObject).Name);

    /// <summary>The host.</summary>
    /// <param name="item">The session.</param>
    /// <returns>The text.</returns>
    public static string HostNameText(PSObject item) => TerminalText.Clean(((SftpSession)item.BaseObject).HostName);

    /// <summary>The account.</summary>
    /// <param name="item">The session.</param>
    /// <returns>The text.</returns>
    public static string UserNameText(PSObject item) => TerminalText.Clean(((SftpSession)item.BaseObject).UserName);

    /// <summary>Why it is in its state.</summary>
    /// <param name="item">The session.</param>
    /// <returns>The text.</returns>
    public static string StateReasonText(PSObject item) => TerminalText.Clean(((SftpSession)item.BaseObject).StateReason);

    /// <summary>The server's software.</summary>
    /// <param name="item">The session.</param>
    /// <returns>The text.</returns>
    public static string ServerVersionText(PSObject item) => TerminalText.Clean(((SftpSession)item.BaseObject).ServerVersion ?? "");

    /// <summary>Why SCP is used; empty where SFTP is.</summary>
    /// <param name="item">The session.</param>
    /// <returns>The text.</returns>
    public static string FileProtocolReasonText(PSObject item) => TerminalText.Clean(((SftpSession)item.BaseObject).FileProtocolReason ?? "");

    /// <summary>How the host key is judged.</summary>
    /// <param name="item">The session.</param>
    /// <returns>The text.</returns>
    public static string HostKeyPolicyText(PSObject item) => TerminalText.Clean(((SftpSession)item.BaseObject).Options.HostKeyPolicy.ToString());
}
