using System.Globalization;
using System.Management.Automation;
using AcodeSftp.Files;

namespace AcodeSftp.Shell.Display;

/// <summary>How the views show the room on a file system. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class SftpDriveDisplay
{
    /// <summary>The size for a person.</summary>
    /// <param name="item">The description.</param>
    /// <returns>The text, such as <c>4.0K</c> or <c>12M</c>.</returns>
    public static string SizeString(PSObject item) => SftpFileDisplay.Size(Drive(item).Size);

    /// <summary>What is in use, for a person.</summary>
    /// <param name="item">The description.</param>
    /// <returns>The text.</returns>
    public static string UsedString(PSObject item) => SftpFileDisplay.Size(Drive(item).Used);

    /// <summary>What may still be used, for a person.</summary>
    /// <param name="item">The description.</param>
    /// <returns>The text.</returns>
    public static string AvailableString(PSObject item) => SftpFileDisplay.Size(Drive(item).Available);

    /// <summary>How much is in use, in percent.</summary>
    /// <param name="item">The description.</param>
    /// <returns>The text, such as <c>42%</c>.</returns>
    public static string UsedPercentString(PSObject item) => Drive(item).UsedPercent.ToString("0", CultureInfo.CurrentCulture) + "%";

    /// <summary>The path that was asked about.</summary>
    /// <param name="item">The description.</param>
    /// <returns>The text.</returns>
    public static string LocationText(PSObject item) => TerminalText.Clean(Drive(item).Location);

    /// <summary>The account and server.</summary>
    /// <param name="item">The description.</param>
    /// <returns>The text.</returns>
    public static string AuthorityText(PSObject item) => TerminalText.Clean(Drive(item).Authority);

    private static SftpDriveInfo Drive(PSObject item) => (SftpDriveInfo)item.BaseObject;
}
