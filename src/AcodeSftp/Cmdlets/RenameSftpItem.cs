using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Gives remote files and directories another name in the directory they are in. Nothing is replaced by it.</summary>
[Cmdlet(VerbsCommon.Rename, "SftpItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class RenameSftpItemCommand : RemoteItemCmdlet
{
    /// <summary>The new name, without a directory. A script block works it out from the file: <c>{ $_.Name + '.old' }</c>.</summary>
    [Parameter(
        Mandatory = true,
        Position = 1,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "The new name, without a directory.")]
    [ValidateNotNullOrEmpty]
    public string NewName { get; set; } = "";

    /// <summary>Writes what was renamed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        if (!RemotePath.IsSafeName(NewName))
            throw new SftpException(SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(NewName)}' is no name of a file.")
            {
                Path = item.Path.Value,
                Advice = "Give the name alone, or use Move-SftpItem for another directory.",
            };
        var destination = item.Path.Parent.Combine(NewName);
        if (!await output.ShouldProcessAsync($"{item.Url} -> {NewName}", "Rename").ConfigureAwait(false))
            return;
        await item.Channel.RenameAsync(item.Path.Value, destination.Value, overwrite: false, cancellationToken).ConfigureAwait(false);
        if (PassThru)
            await output.WriteAsync(
                await LookAsync(item.Session, item.Channel, destination, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
