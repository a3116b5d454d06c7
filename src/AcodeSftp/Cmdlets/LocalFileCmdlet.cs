using System.Management.Automation;
using AcodeSftp.Shell.Paths;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What the commands share that name one local file.</summary>
public abstract class LocalFileCmdlet : PSCmdlet
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";

    /// <summary>The full path of the one file that is meant. An error ends the command.</summary>
    /// <param name="path">A path, which may have wildcards as long as they match one file; null for none.</param>
    /// <param name="literalPath">A path that is taken as it is; null for none.</param>
    /// <returns>The full path.</returns>
    private protected string Locate(string? path, string? literalPath)
    {
        var local = new LocalPaths(this);
        return literalPath is not null ? local.LocateOrEnd(literalPath) : local.LocateOneOrEnd(path!);
    }
}
