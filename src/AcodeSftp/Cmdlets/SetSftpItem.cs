using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Changes permissions, owner, group and time of remote files. Links that are named are followed; with -Recurse, links in a
/// directory are left alone.
/// </summary>
[Cmdlet(VerbsCommon.Set, "SftpItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class SetSftpItemCommand : RemoteItemCmdlet
{
    private readonly Dictionary<int, RemoteAttributeChange> _changes = [];

    /// <summary>The permission bits, in octal (<c>0644</c>), or a change of them (<c>u+x,go-w</c>, <c>a=rX</c>).</summary>
    [Parameter]
    [Alias("Mode")]
    [PermissionArgument]
    [ValidateNotNull]
    public PermissionChange? Permission { get; set; }

    /// <summary>The numeric owner.</summary>
    [Parameter]
    public uint? UserId { get; set; }

    /// <summary>The numeric group.</summary>
    [Parameter]
    public uint? GroupId { get; set; }

    /// <summary>The owner by name, as far as the server can resolve it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    /// <summary>The group by name, as far as the server can resolve it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Group { get; set; }

    /// <summary>The time of the last change of the content. Servers keep whole seconds.</summary>
    [Parameter]
    public DateTimeOffset? LastWriteTime { get; set; }

    /// <summary>Also all that is in directories.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Writes what was changed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        var doubled = (UserId is not null && Owner is not null) || (GroupId is not null && Group is not null);
        if (doubled)
            ThrowInvalid("Give an owner or a group by number or by name, not both.");
        if (Permission is null && UserId is null && GroupId is null && Owner is null && Group is null && LastWriteTime is null)
            ThrowInvalid("There is nothing to change: give -Permission, -Owner, -Group, -UserId, -GroupId or -LastWriteTime.");
    }

    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        var isTree = Recurse && item.IsDirectory;
        if (!await output.ShouldProcessAsync(item.Url, Describe(isTree)).ConfigureAwait(false))
            return;
        if (!_changes.TryGetValue(item.Session.Id, out var change))
            _changes[item.Session.Id] = change = await ResolveAsync(item.Session, cancellationToken).ConfigureAwait(false);
        var changer = new RemoteAttributeChanger(item.Channel.FileSystem);
        if (isTree)
            await changer.ChangeTreeAsync(item.Path, change, error => output.ErrorAsync(error), cancellationToken).ConfigureAwait(false);
        else
            await changer.ChangeAsync(item.Path, change, cancellationToken).ConfigureAwait(false);
        if (PassThru)
            await output.WriteAsync(
                await LookAsync(item.Session, item.Channel, item.Path, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task<RemoteAttributeChange> ResolveAsync(SftpSession session, CancellationToken cancellationToken)
    {
        var owners = new RemoteOwners(session);
        return new RemoteAttributeChange
        {
            Permissions = Permission,
            UserId = Owner is null ? UserId : await owners.FindUserAsync(Owner, cancellationToken).ConfigureAwait(false),
            GroupId = Group is null ? GroupId : await owners.FindGroupAsync(Group, cancellationToken).ConfigureAwait(false),
            Modified = LastWriteTime,
        };
    }

    private string Describe(bool isTree)
    {
        var parts = new List<string>();
        if (Permission is not null)
            parts.Add($"permissions {Permission}");
        if ((Owner ?? UserId?.ToString(null, null)) is { } owner)
            parts.Add($"owner {TerminalText.Clean(owner)}");
        if ((Group ?? GroupId?.ToString(null, null)) is { } group)
            parts.Add($"group {TerminalText.Clean(group)}");
        if (LastWriteTime is { } time)
            parts.Add($"time {time.LocalDateTime:yyyy-MM-dd HH:mm:ss}");
        return $"Set {string.Join(", ", parts)}{(isTree ? ", with all that is in it" : "")}";
    }

    private void ThrowInvalid(string message) =>
        ThrowTerminatingError(SftpErrorRecord.Create("SftpInvalidArgument", ErrorCategory.InvalidArgument, message, target: null));
}
