using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Moves remote files and directories to another place on the same server.</summary>
[Cmdlet(VerbsCommon.Move, "SftpItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class MoveSftpItemCommand : RelocationCmdlet
{
    /// <summary>Replaces files that are at the destination. Without it each is an error.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Action => Force ? "Move, replacing what is there" : "Move";

    private protected override Task RelocateAsync(
        RemoteItem item,
        string destination,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        if (item.IsDirectory && new RemotePath(destination) is var target && target != item.Path && target.IsWithin(item.Path))
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"'{TerminalText.Clean(item.Path.Value)}' cannot be moved into itself, to '{TerminalText.Clean(destination)}'.")
            {
                Path = item.Path.Value,
            };
        return item.Channel.RenameAsync(item.Path.Value, destination, Force, cancellationToken);
    }
}
