using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// What the cmdlets share that take remote files by paths as they are and as objects. Each has a -Path with wildcards of its
/// own, for in some it may be left out.
/// </summary>
public abstract class RemoteInputCmdlet : RemotePathCmdlet
{
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
}
