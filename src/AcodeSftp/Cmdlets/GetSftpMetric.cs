using System.Management.Automation;
using AcodeSftp.Diagnostics;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Writes what was measured in this process: transfers, files, bytes, durations, rates, errors and connections.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SftpMetric")]
[OutputType(typeof(SftpMetric))]
public sealed class GetSftpMetricCommand : PSCmdlet
{
    /// <summary>The names of the metrics. Default: all that were measured.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var patterns = Name.Select(static name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase)).ToList();
        WriteObject(
            ModuleDiagnostics.Metrics.Snapshot().Metrics.Where(metric => patterns.Exists(pattern => pattern.IsMatch(metric.Name))),
            enumerateCollection: true);
    }
}
