using System.Management.Automation;
using AcodeSftp.FileTransfer.Mirror;

namespace AcodeSftp.Shell.Display;

/// <summary>How the views show the steps of a mirror. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class MirrorActionDisplay
{
    /// <summary>Why it is done.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text.</returns>
    public static string ReasonText(PSObject item) => Describe(Step(item).Reason);

    /// <summary>The size of the file that is transferred or deleted, for a person; empty for a directory.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text, such as <c>812</c>, <c>4.0K</c> or <c>12M</c>.</returns>
    public static string SizeString(PSObject item) => (Step(item).SourceSize ?? Step(item).DestinationSize) is { } size ? SftpFileDisplay.Size(size) : "";

    /// <summary>The path below the directories that are compared, with a slash at its end for a directory.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text.</returns>
    public static string RelativePathText(PSObject item) => TerminalText.Clean(Step(item).RelativePath) + (Step(item).IsDirectory ? "/" : "");

    /// <summary>The path at the source.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text.</returns>
    public static string SourceText(PSObject item) => TerminalText.Clean(Step(item).Source);

    /// <summary>The path at the destination.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text.</returns>
    public static string DestinationText(PSObject item) => TerminalText.Clean(Step(item).Destination);

    /// <summary>What is done and why, for a person who is asked.</summary>
    /// <param name="action">The step.</param>
    /// <returns>The text.</returns>
    internal static string Describe(MirrorAction action) => action.Action switch
    {
        MirrorActionKind.CreateDirectory => "Create directory",
        MirrorActionKind.Add => "Add file",
        MirrorActionKind.Update => $"Update file ({Describe(action.Reason)})",
        _ => $"Delete {(action.IsDirectory ? "directory" : "file")} ({Describe(action.Reason)})",
    };

    /// <summary>A reason in words.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>The text.</returns>
    internal static string Describe(MirrorReason reason) => reason switch
    {
        MirrorReason.Missing => "missing",
        MirrorReason.SizeDiffers => "size differs",
        MirrorReason.SourceNewer => "source is newer",
        MirrorReason.SourceOlder => "source is older",
        MirrorReason.ContentDiffers => "content differs",
        MirrorReason.NotInSource => "not in source",
        MirrorReason.KindDiffers => "kind differs",
        MirrorReason.SymbolicLink => "symbolic link",
        _ => "special file",
    };

    private static MirrorAction Step(PSObject item) => (MirrorAction)item.BaseObject;
}
