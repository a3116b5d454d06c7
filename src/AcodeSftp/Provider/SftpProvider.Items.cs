using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Shell.Provider;

/// <content>What changes items.</content>
public sealed partial class SftpProvider
{
    /// <inheritdoc/>
    protected override void RemoveItem(string path, bool recurse)
    {
        var item = Locate(path);
        if (Look(item) is not { } attributes)
            return;
        if (item.Path.IsRoot)
            WriteError(Refusal("SftpDriveRootProtected", "The root directory of a server is never removed.", item));
        else if (ShouldProcess(item.Url, $"Remove {KindOf(attributes)}"))
            Try(item, (channel, _, cancellationToken) => channel.DeleteAsync(item.Path.Value, recurse, cancellationToken));
    }

    /// <inheritdoc/>
    protected override void RenameItem(string path, string newName)
    {
        var item = Locate(path);
        // As on disk, a name that completion wrote as a path of this directory is one.
        var name = newName.StartsWith("./", StringComparison.Ordinal) ? newName[2..] : newName;
        if (!RemotePath.IsSafeName(name) || !DrivePath.CanHold(name))
        {
            WriteError(Refusal("SftpDriveNameInvalid", $"'{TerminalText.Clean(newName)}' is not a name; use Move-Item to move to another directory.", item));
            return;
        }

        if (Look(item) is { } attributes)
            Move(item, item with { Path = item.Path.Parent.Combine(name) }, attributes, "Rename", overwrite: false);
    }

    /// <inheritdoc/>
    protected override void MoveItem(string path, string destination)
    {
        if (Destination(path, destination) is var (item, target, attributes))
            Move(item, target, attributes, "Move", Force);
    }

    /// <inheritdoc/>
    protected override void CopyItem(string path, string copyPath, bool recurse)
    {
        if (Destination(path, copyPath) is not var (item, target, attributes))
            return;
        if (attributes.FileType == RemoteFileType.SymbolicLink && IsDirectory(item))
            attributes = attributes with { Mode = UnixMode.Directory };
        var isDirectory = attributes.FileType == RemoteFileType.Directory;
        if (!ShouldProcess($"Item: {item.Url} Destination: {target.Url}", $"Copy {KindOf(attributes)}"))
            return;
        var isDone = Try(item, (channel, output, cancellationToken) => !isDirectory
            ? channel.CopyAsync(item.Path.Value, target.Path.Value, overwrite: true, cancellationToken)
            : recurse
                ? channel.CopyDirectoryAsync(item.Path.Value, target.Path.Value, overwrite: true, output.ErrorAsync, cancellationToken)
                : channel.CreateDirectoryAsync(target.Path.Value, recursive: true, cancellationToken: cancellationToken));
        if (isDone)
            GetItem(target.ProviderPath);
    }

    private void Move(DriveItem item, DriveItem target, RemoteFileAttributes attributes, string verb, bool overwrite)
    {
        if (!ShouldProcess($"Item: {item.Url} Destination: {target.Url}", $"{verb} {KindOf(attributes)}"))
            return;
        if (Try(item, (channel, _, cancellationToken) => channel.RenameAsync(item.Path.Value, target.Path.Value, overwrite, cancellationToken)))
            GetItem(target.ProviderPath);
    }

    // Where something is moved or copied to: into a directory that is there, or to the path itself. Null after an error.
    private (DriveItem Item, DriveItem Target, RemoteFileAttributes Attributes)? Destination(string path, string destination)
    {
        var item = Locate(path);
        var target = Locate(destination);
        if (item.Session != target.Session)
        {
            WriteError(Refusal(
                "SftpDriveOtherSession",
                $"'{target.Url}' is on another session than '{item.Url}'. Use Receive-SftpFile and Send-SftpFile between them.",
                item));
            return null;
        }

        if (Look(item) is not { } attributes)
            return null;
        if (IsDirectory(target))
            target = target.Child(item.Path.Name);
        if (target.Path != item.Path)
            return (item, target, attributes);
        WriteError(Refusal("SftpDriveSameItem", $"'{item.Url}' cannot be put in the place of itself.", item));
        return null;
    }

    // What is there, links not followed; null after an error.
    private RemoteFileAttributes? Look(DriveItem item)
    {
        RemoteFileAttributes? found = null;
        Try(item, async (channel, _, cancellationToken) =>
            found = await channel.FileSystem.LStatAsync(item.Path, cancellationToken).ConfigureAwait(false));
        return found;
    }

    private static string KindOf(RemoteFileAttributes attributes) =>
        attributes.FileType == RemoteFileType.Directory ? "Directory" : "File";

    private static ErrorRecord Refusal(string id, string message, DriveItem item) =>
        SftpErrorRecord.Create(id, ErrorCategory.InvalidArgument, message, item.ProviderPath);
}
