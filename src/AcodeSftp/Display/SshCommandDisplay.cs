using System.Management.Automation;
using AcodeSftp.Commands;

namespace AcodeSftp.Shell.Display;

/// <summary>How the views show what a command did. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class SshCommandDisplay
{
    /// <summary>The command line.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text.</returns>
    public static string CommandText(PSObject item) => CleanLines(((SshCommandResult)item.BaseObject).Command);

    /// <summary>The signal that ended it.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text; empty for none.</returns>
    public static string SignalText(PSObject item) => TerminalText.Clean(((SshCommandResult)item.BaseObject).Signal ?? "");

    /// <summary>Its output.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text.</returns>
    public static string StandardOutputText(PSObject item) => CleanLines(((SshCommandResult)item.BaseObject).StandardOutput);

    /// <summary>Its error output.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text.</returns>
    public static string StandardErrorText(PSObject item) => CleanLines(((SshCommandResult)item.BaseObject).StandardError);

    /// <summary>A line of output, after its host.</summary>
    /// <param name="item">The line.</param>
    /// <returns>The text.</returns>
    public static string LineText(PSObject item)
    {
        var line = (SshOutputLine)item.BaseObject;
        return $"{TerminalText.Clean(line.HostName)}: {CleanLines(line.Text)}";
    }

    /// <summary>Makes a text of several lines safe to print. Line ends and tabs stay, except line ends at its end.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text.</returns>
    internal static string CleanLines(string text) => string.Join(
        '\n',
        text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')
            .Select(line => string.Join('\t', line.Split('\t').Select(TerminalText.Clean))));
}
