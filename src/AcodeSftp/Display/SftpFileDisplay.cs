using System.Globalization;
using System.Management.Automation;
using AcodeSftp.Files;

namespace AcodeSftp.Shell.Display;

/// <summary>How the views show a remote file. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class SftpFileDisplay
{
    private const string Units = "KMGTPE";

    /// <summary>The name, with a link's target, in the colour that Get-ChildItem would give it.</summary>
    /// <param name="item">The file.</param>
    /// <returns>The text.</returns>
    public static string NameString(PSObject item)
    {
        var file = (SftpFileInfo)item.BaseObject;
        var name = TerminalText.Clean(file.Name);
        var colour = file switch
        {
            { IsDirectory: true } => ShellColour.Directory,
            { IsSymlink: true } => ShellColour.SymbolicLink,
            { FileType: RemoteFileType.RegularFile } when (file.Permissions & 0b001_001_001) != 0 => ShellColour.Executable,
            _ => "",
        };
        var shown = colour.Length == 0 ? name : colour + name + ShellColour.Reset;
        return file.LinkTarget is null ? shown : $"{shown} -> {TerminalText.Clean(file.LinkTarget)}";
    }

    /// <summary>The directory it is in, as a URL.</summary>
    /// <param name="item">The file.</param>
    /// <returns>The text.</returns>
    public static string DirectoryString(PSObject item)
    {
        var file = (SftpFileInfo)item.BaseObject;
        return TerminalText.Clean($"sftp://{file.Authority}{file.ParentPath}");
    }

    /// <summary>When it was changed, in local time, as Get-ChildItem shows times.</summary>
    /// <param name="item">The file.</param>
    /// <returns>The text.</returns>
    public static string ModifiedString(PSObject item)
    {
        var time = ((SftpFileInfo)item.BaseObject).Modified.LocalDateTime;
        return string.Create(CultureInfo.CurrentCulture, $"{time:d} {time:HH:mm}");
    }

    /// <summary>Its size for a person; empty for a directory.</summary>
    /// <param name="item">The file.</param>
    /// <returns>The text, such as <c>812</c>, <c>4.0K</c> or <c>12M</c>.</returns>
    public static string SizeString(PSObject item)
    {
        var file = (SftpFileInfo)item.BaseObject;
        return file.IsDirectory ? "" : Size(file.Size);
    }

    /// <summary>The name.</summary>
    /// <param name="item">The file.</param>
    /// <returns>The text.</returns>
    public static string NameText(PSObject item) => TerminalText.Clean(((SftpFileInfo)item.BaseObject).Name);

    /// <summary>The path.</summary>
    /// <param name="item">The file.</param>
    /// <returns>The text.</returns>
    public static string FullPathText(PSObject item) => TerminalText.Clean(((SftpFileInfo)item.BaseObject).FullPath);

    /// <summary>The target of a link.</summary>
    /// <param name="item">The file.</param>
    /// <returns>The text; empty where there is none.</returns>
    public static string LinkTargetText(PSObject item) => TerminalText.Clean(((SftpFileInfo)item.BaseObject).LinkTarget ?? "");

    /// <summary>A number of bytes in units of 1024, in four characters or five.</summary>
    /// <param name="bytes">The number.</param>
    /// <returns>The text.</returns>
    internal static string Size(long bytes)
    {
        if (bytes < 1024)
            return bytes.ToString(CultureInfo.CurrentCulture);
        double value = bytes;
        var unit = -1;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(value < 9.95 ? "0.0" : "0", CultureInfo.CurrentCulture) + Units[unit];
    }
}
