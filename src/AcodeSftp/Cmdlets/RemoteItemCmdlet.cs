using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// What the cmdlets share that do one thing to each of the remote files they are given: by paths with wildcards, by paths
/// that are taken as they are, or as objects.
/// </summary>
public abstract class RemoteItemCmdlet : RemotePathCmdlet
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

    /// <summary>The remote paths, taken as they are.</summary>
    [Parameter(
        Mandatory = true,
        ParameterSetName = LiteralPathSet,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "The remote path, taken as it is.")]
    [Alias("FullPath", "RemotePath")]
    [RemotePathArgument]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Remote files, as Get-SftpItem, Get-SftpChildItem and other commands write them.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ParameterSetName = InputObjectSet,
        ValueFromPipeline = true,
        HelpMessage = "A remote file, as Get-SftpItem writes it.")]
    [ValidateNotNullOrEmpty]
    public SftpFileInfo[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ProcessEach(Path, LiteralPath, InputObject);
}
