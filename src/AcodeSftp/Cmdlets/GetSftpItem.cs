using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Writes what is known of remote files and directories. Links are not followed.</summary>
[Cmdlet(VerbsCommon.Get, "SftpItem", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class GetSftpItemCommand : RemoteItemCmdlet
{
    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken) =>
        await output.WriteAsync(await DescribeAsync(item, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
}
