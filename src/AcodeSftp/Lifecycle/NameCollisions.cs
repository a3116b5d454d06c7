using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace AcodeSftp.Shell.Lifecycle;

/// <summary>
/// Other modules that export commands of the same names, as Posh-SSH and Transferetto do; upper and lower case are alike to
/// PowerShell. One of them wins without a word, and means other things by the name: Get-SFTPItem of Posh-SSH downloads. So it
/// is told once for each such module: at the import of this one, or by a command of this one after the import of the other.
/// </summary>
internal static class NameCollisions
{
    private const string OwnName = "AcodeSftp";

    /// <summary>How long loaded modules are not looked at again, in milliseconds.</summary>
    private const long Pause = 1000;

    private static readonly HashSet<string> Told = new(StringComparer.OrdinalIgnoreCase);
    private static readonly Lazy<HashSet<string>> OwnCommands = new(ReadOwnCommands);
    private static long _nextLook;

    /// <summary>Tells at import.</summary>
    public static void WarnAtImport()
    {
        if (Runspace.DefaultRunspace is null)
            return;
        _nextLook = 0;
        // There is no cmdlet to write through: the command is Import-Module.
        foreach (var warning in Find())
            ScriptBlock.Create("Write-Warning $args[0]").Invoke(warning);
        _nextLook = 0;
    }

    /// <summary>What has not been told yet.</summary>
    /// <returns>The warnings.</returns>
    public static IReadOnlyList<string> Find()
    {
        lock (Told)
        {
            if (Environment.TickCount64 < _nextLook)
                return [];
            _nextLook = Environment.TickCount64 + Pause;
            return [.. ScriptBlock.Create("Get-Module").Invoke()
                .Select(module => module.BaseObject)
                .OfType<PSModuleInfo>()
                .Where(module => module.Name != OwnName && !Told.Contains(module.Name))
                .Select(Describe)
                .OfType<string>()];
        }
    }

    // Null where nothing collides.
    private static string? Describe(PSModuleInfo module)
    {
        var names = module.ExportedCommands.Keys.Where(IsLikely).Where(OwnCommands.Value.Contains).Order(StringComparer.OrdinalIgnoreCase).ToList();
        if (names.Count == 0)
            return null;
        Told.Add(module.Name);
        return $"The module {module.Name} has commands of the same names as {OwnName}: {string.Join(", ", names)}. A name alone "
            + $"runs a function before a cmdlet, and otherwise what was imported last. Write {OwnName}\\{OwnCommands.Value.First(name => name.Equals(names[0], StringComparison.OrdinalIgnoreCase))} "
            + $"and so on to be sure, or import one of the two with -Prefix.";
    }

    // Most modules have nothing of the kind, and need not be compared name by name.
    private static bool IsLikely(string name) =>
        name.Contains("-Sftp", StringComparison.OrdinalIgnoreCase) || name.Contains("-Ssh", StringComparison.OrdinalIgnoreCase);

    private static HashSet<string> ReadOwnCommands() => typeof(NameCollisions).Assembly.GetExportedTypes()
        .Select(type => type.GetCustomAttribute<CmdletAttribute>())
        .OfType<CmdletAttribute>()
        .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}")
        .ToHashSet(StringComparer.OrdinalIgnoreCase);
}
