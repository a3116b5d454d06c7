using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Tells how much room there is on the file systems that hold remote paths, as <c>df</c> does.</summary>
[Cmdlet(VerbsCommon.Get, "SftpDriveInfo", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpDriveInfo))]
public sealed class GetSftpDriveInfoCommand : RemoteInputCmdlet
{
    /// <summary>Remote paths, with wildcards. Default: the directory that the session starts in.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [RemotePathArgument(LeavesFiles = true)]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = ["."];

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
