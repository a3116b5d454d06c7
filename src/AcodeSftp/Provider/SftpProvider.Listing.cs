using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Cmdlets;

namespace AcodeSftp.Shell.Provider;

/// <content>What is read of directories. As on disk, names that start with a dot are listed with -Force only.</content>
public sealed partial class SftpProvider
{
    /// <inheritdoc/>
    protected override object GetChildItemsDynamicParameters(string path, bool recurse) => new ChildItemParameters();

    /// <inheritdoc/>
    protected override object GetChildNamesDynamicParameters(string path) => new ChildItemParameters();

    /// <inheritdoc/>
    protected override void GetItem(string path)
    {
        var item = Locate(path);
        Try(item, async (channel, output, cancellationToken) =>
        {
            var file = await RemotePathCmdlet.LookAsync(item.Session, channel, item.Path, cancellationToken).ConfigureAwait(false);
            await output.FileAsync(file).ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    protected override void GetChildItems(string path, bool recurse) => GetChildItems(path, recurse, uint.MaxValue);

    /// <inheritdoc/>
    protected override void GetChildItems(string path, bool recurse, uint depth)
    {
        var levels = recurse ? (int)Math.Min(depth, int.MaxValue) : 0;
        List(Locate(path), levels, file => IsWanted(file, evenContainers: true), static (output, file) => output.FileAsync(file));
    }

    /// <inheritdoc/>
    protected override void GetChildNames(string path, ReturnContainers returnContainers) => List(
        Locate(path),
        levels: 0,
        file => IsWanted(file, returnContainers == ReturnContainers.ReturnMatchingContainers),
        static (output, file) => output.NameAsync(file));

    /// <inheritdoc/>
    protected override bool HasChildItems(string path)
    {
        var item = Locate(path);
        return Await(item.Session, async (channel, cancellationToken) =>
        {
            try
            {
                await foreach (var _ in channel.FileSystem.ReadDirectoryAsync(item.Path, cancellationToken).ConfigureAwait(false))
                    return true;
            }
            catch (SftpException e) when (e.Code is not (SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout))
            {
                // No directory, or one that shows nobody what is in it.
            }

            return false;
        });
    }

    private void List(DriveItem item, int levels, Func<SftpFileInfo, bool> isWanted, Func<DriveOutput, SftpFileInfo, ValueTask> write) =>
        Try(item, async (channel, output, cancellationToken) =>
        {
            var tree = new RemoteTree(channel.FileSystem) { Enters = directory => IsShown(directory.Name) };
            await foreach (var entry in tree.ListAsync(item.Path, levels, cancellationToken).ConfigureAwait(false))
            {
                var found = item with { Path = entry.Path };
                if (entry.Error is { } error)
                    await output.ErrorAsync(error).ConfigureAwait(false);
                else if (!DrivePath.CanHold(found.Path.Name) || !DrivePath.IsReachable(found.ProviderPath, PSDriveInfo?.Root))
                    await output.ErrorAsync(CannotBeReached(found.Path)).ConfigureAwait(false);
                else if (RemotePathCmdlet.Describe(item.Session, found.Path, entry.Attributes, entry.LinkTarget) is var file && isWanted(file))
                    await write(output, file).ConfigureAwait(false);
            }
        });

    private bool IsShown(string name) => Force || name[0] != '.';

    private bool IsWanted(SftpFileInfo file, bool evenContainers)
    {
        if (!IsShown(file.Name))
            return false;
        var asked = DynamicParameters as ChildItemParameters;
        if ((asked?.File == true && file.IsDirectory) || (asked?.Directory == true && !file.IsDirectory))
            return false;
        return string.IsNullOrEmpty(Filter) || (file.IsDirectory && !evenContainers) || RemoteWildcard.IsMatch(Filter, file.Name);
    }

    private static SftpException CannotBeReached(RemotePath path) => new(
        SftpErrorCode.Unsupported,
        $"'{TerminalText.Clean(path.Value)}' has a name that PowerShell takes for something else on a drive.")
    {
        Path = path.Value,
        Advice = "Get-SftpChildItem and the other commands of this module reach it.",
    };
}
