using System.Management.Automation;
using AcodeSftp.Diagnostics;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Begins to write what the module does to a file, as JSON, one object for each line.</summary>
[Cmdlet(VerbsLifecycle.Start, "SftpLog", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(void))]
public sealed class StartSftpLogCommand : LocalFileCmdlet
{
    /// <summary>The file. It is created for its owner only, or appended to.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, HelpMessage = "The log file.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string Path { get; set; } = "";

    /// <summary>The file, its name taken as it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "The log file, taken as it is.")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string? LiteralPath { get; set; }

    /// <summary>Lines below this are left out.</summary>
    [Parameter]
    [ValidateSet("Trace", "Debug", "Information", "Warning", "Error", IgnoreCase = true)]
    public string Level { get; set; } = "Information";

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var path = Locate(Path, LiteralPath);
        if (!ShouldProcess(path, "Start the log"))
            return;
        try
        {
            ModuleDiagnostics.Start(path, Enum.Parse<SftpLogLevel>(Level, ignoreCase: true));
        }
        catch (SftpException e)
        {
            ThrowTerminatingError(SftpErrorRecord.From(e));
        }
    }
}
