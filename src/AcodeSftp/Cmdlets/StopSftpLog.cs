using System.Management.Automation;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Ends log files. Everything that was logged until then is in them.</summary>
[Cmdlet(VerbsLifecycle.Stop, "SftpLog", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(void))]
public sealed class StopSftpLogCommand : LocalFileCmdlet
{
    /// <summary>The file. Default: all that were started.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string? Path { get; set; }

    /// <summary>The file, its name taken as it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "The log file, taken as it is.")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string? LiteralPath { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var isNamed = Path is not null || LiteralPath is not null;
        foreach (var path in isNamed ? [Locate(Path, LiteralPath)] : ModuleDiagnostics.Running)
        {
            if (ShouldProcess(path, "Stop the log"))
                Stop(path, isNamed);
        }
    }

    private void Stop(string path, bool isNamed)
    {
        if (ModuleDiagnostics.Stop(path) is not { } file)
        {
            // Without a name, another runspace was quicker.
            if (isNamed)
                WriteError(SftpErrorRecord.Create(
                    "SftpLogNotFound",
                    ErrorCategory.ObjectNotFound,
                    $"No log is being written to '{TerminalText.Clean(path)}'.",
                    path));
            return;
        }

        if (file.LinesLost > 0)
            WriteWarning($"{file.LinesLost} lines are missing from '{TerminalText.Clean(path)}'. {file.Failure?.Message}".TrimEnd());
    }
}
