using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Copies remote files and directories to another place on the same server, with their permissions and times. The server
/// copies them itself where it can; otherwise their content passes through this machine. A link that is named is followed,
/// links in a directory are copied as links.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "SftpItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class CopySftpItemCommand : RelocationCmdlet
{
    /// <summary>Also directories, with all that is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Leaves existing files alone: each is an error instead of being replaced.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    private protected override string Action => "Copy";

    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        if (item.Attributes.FileType == RemoteFileType.SymbolicLink)
            item = item with { Attributes = await item.Channel.FileSystem.StatAsync(item.Path, cancellationToken).ConfigureAwait(false) };
        if (item.IsDirectory && !Recurse)
        {
            await output.ErrorAsync(SftpErrorRecord.Create(
                "SftpSourceIsDirectory",
                ErrorCategory.InvalidArgument,
                $"'{TerminalText.Clean(item.Path.Value)}' is a directory.",
                item.Path.Value,
                "Use -Recurse to copy it with all that is in it.")).ConfigureAwait(false);
            return;
        }

        await base.ProcessItemAsync(item, output, cancellationToken).ConfigureAwait(false);
    }

    private protected override Task RelocateAsync(
        RemoteItem item,
        string destination,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        var overwrite = !NoClobber;
        return item.IsDirectory
            ? item.Channel.CopyDirectoryAsync(item.Path.Value, destination, overwrite, error => output.ErrorAsync(error), cancellationToken)
            : item.Channel.CopyAsync(item.Path.Value, destination, overwrite, cancellationToken);
    }
}
