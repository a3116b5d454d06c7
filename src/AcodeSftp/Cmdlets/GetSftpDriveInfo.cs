using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Tells how much room there is on the file systems that hold remote paths, as <c>df</c> does.</summary>
[Cmdlet(VerbsCommon.Get, "SftpDriveInfo", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpDriveInfo))]
public sealed class GetSftpDriveInfoCommand : RemotePathCmdlet
{
    /// <summary>Remote paths, with wildcards. Default: the directory that the session starts in.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [RemotePathArgument(LeavesFiles = true)]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = ["."];

    /// <summary>Remote paths, taken as they are.</summary>
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

    /// <summary>Remote files, as Get-SftpItem writes them.</summary>
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

    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        var statistics = await item.Channel.FileSystem.GetStatisticsAsync(item.Path, cancellationToken).ConfigureAwait(false);
        await output.WriteAsync(SftpDriveInfo.From(item.Path, statistics) with
        {
            Authority = item.Session.Authority,
            SessionId = item.Session.Id,
        }).ConfigureAwait(false);
    }
}
