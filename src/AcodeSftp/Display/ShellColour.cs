using System.Management.Automation;

namespace AcodeSftp.Shell.Display;

/// <summary>
/// The colours of <c>$PSStyle.FileInfo</c>, which the user may have changed. PowerShellStandard, which the module is
/// compiled against, is older than $PSStyle, so it is reached by reflection. PowerShell takes the sequences out where
/// output is not a terminal.
/// </summary>
internal static class ShellColour
{
    private static readonly object? FileInfo = Get(
        typeof(PSObject).Assembly.GetType("System.Management.Automation.PSStyle")?.GetProperty("Instance")?.GetValue(null),
        "FileInfo");

    /// <summary>Starts the colour of directories; empty for none.</summary>
    public static string Directory => Sequence(nameof(Directory));

    /// <summary>Starts the colour of links.</summary>
    public static string SymbolicLink => Sequence(nameof(SymbolicLink));

    /// <summary>Starts the colour of executable files.</summary>
    public static string Executable => Sequence(nameof(Executable));

    /// <summary>Ends any colour.</summary>
    public static string Reset => "\e[0m";

    private static string Sequence(string property) => Get(FileInfo, property) as string ?? "";

    private static object? Get(object? instance, string property) =>
        instance?.GetType().GetProperty(property)?.GetValue(instance);
}
