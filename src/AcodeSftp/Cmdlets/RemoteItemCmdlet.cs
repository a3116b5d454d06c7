using System.Management.Automation;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What the cmdlets share that do one thing to each of the remote files they are given, and have to be given one.</summary>
public abstract class RemoteItemCmdlet : RemoteInputCmdlet
{
    /// <summary>The remote paths, with wildcards.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ParameterSetName = PathSet,
        ValueFromPipeline = true,
        HelpMessage = "The remote path; *, ? and [...] are wildcards.")]
    [RemotePathArgument(LeavesFiles = true)]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ProcessEach(Path, LiteralPath, InputObject);
}
