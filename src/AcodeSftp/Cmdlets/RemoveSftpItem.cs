using System.Management.Automation;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Removes remote files, links and directories. Of a link it removes the link. A directory that is not empty needs -Recurse,
/// and is asked about unless -Force or -Confirm:$false says not to.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "SftpItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(void))]
public sealed class RemoveSftpItemCommand : RemoteItemCmdlet
{
    private readonly Confirmation _confirmation;

    /// <summary>Creates the command.</summary>
    public RemoveSftpItemCommand() => _confirmation = new Confirmation(this);

    /// <summary>Also directories with what is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Does not ask about directories that are not empty.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        if (item.Path.IsRoot)
            throw new SftpException(SftpErrorCode.InvalidArgument, "The root directory of a server is never removed.")
            {
                Path = item.Path.Value,
            };
        var isFull = item.IsDirectory && await IsFullAsync(item, cancellationToken).ConfigureAwait(false);
        if (isFull && !Recurse)
            throw new SftpException(SftpErrorCode.NotEmpty, $"The directory '{TerminalText.Clean(item.Path.Value)}' is not empty.")
            {
                Path = item.Path.Value,
                Advice = "Use -Recurse to remove it with all that is in it.",
            };

        var action = item.IsDirectory ? isFull ? "Remove the directory with all that is in it" : "Remove the directory" : "Remove";
        if (!await output.ShouldProcessAsync(item.Url, action).ConfigureAwait(false))
            return;
        var question = $"Remove '{TerminalText.Clean(item.Url)}' with all that is in it?";
        if (isFull && !await output.InvokeAsync(() => _confirmation.Ask(Force, question, item.Path.Value)).ConfigureAwait(false))
            return;
        await item.Channel.DeleteAsync(item.Path.Value, isFull, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> IsFullAsync(RemoteItem item, CancellationToken cancellationToken)
    {
        await foreach (var _ in item.Channel.FileSystem.ReadDirectoryAsync(item.Path, cancellationToken).ConfigureAwait(false))
            return true;
        return false;
    }
}
