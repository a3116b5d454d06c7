using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Writes what is known of remote files and directories. Links are not followed.</summary>
[Cmdlet(VerbsCommon.Get, "SftpItem", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class GetSftpItemCommand : RemotePathCmdlet
{
    /// <summary>The remote paths, with wildcards.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ParameterSetName = PathSet,
        ValueFromPipeline = true,
        HelpMessage = "The remote path; *, ? and [...] are wildcards.")]
    [RemotePathArgument(LeavesFiles = true)]
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
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Remote files to look at again, as this and other commands wrote them.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ParameterSetName = InputObjectSet,
        ValueFromPipeline = true,
        HelpMessage = "A remote file, as Get-SftpItem writes it.")]
    [ValidateNotNullOrEmpty]
    public SftpFileInfo[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var (session, path) in Sources(Path, LiteralPath, InputObject))
            Run((output, cancellationToken) => WriteAsync(session, path, ParameterSetName != PathSet, output, cancellationToken));
    }

    private static async Task WriteAsync(
        SftpSession session,
        string path,
        bool isLiteral,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        try
        {
            var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
            await using (channel.ConfigureAwait(false))
            {
                await foreach (var (found, attributes) in ExpandAsync(channel, path, isLiteral, cancellationToken).ConfigureAwait(false))
                {
                    var target = attributes.FileType == RemoteFileType.SymbolicLink
                        ? await channel.ReadLinkAsync(found.Value, cancellationToken).ConfigureAwait(false)
                        : null;
                    await output.WriteAsync(Describe(session, found, attributes, target)).ConfigureAwait(false);
                }
            }
        }
        catch (SftpException e)
        {
            await output.ErrorAsync(e, path).ConfigureAwait(false);
        }
    }
}
