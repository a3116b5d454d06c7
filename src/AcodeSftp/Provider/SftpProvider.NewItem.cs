using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Files.Content;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Shell.Provider;

/// <content>What New-Item makes.</content>
public sealed partial class SftpProvider
{
    private const string FileType = "File";
    private const string DirectoryType = "Directory";
    private const string SymbolicLinkType = "SymbolicLink";
    private const string HardLinkType = "HardLink";

    private static readonly string[] ItemTypes = [FileType, DirectoryType, SymbolicLinkType, HardLinkType];

    /// <inheritdoc/>
    protected override void NewItem(string path, string itemTypeName, object newItemValue)
    {
        var item = Locate(path);
        // As on disk, the beginning of a type will do.
        var type = string.IsNullOrEmpty(itemTypeName) ? FileType : ItemTypes.FirstOrDefault(known =>
            known.StartsWith(itemTypeName, StringComparison.OrdinalIgnoreCase));
        if (type is null)
        {
            WriteError(Refusal(
                "SftpDriveItemTypeInvalid",
                $"'{TerminalText.Clean(itemTypeName)}' is not a type of item here; use one of {string.Join(", ", ItemTypes)}.",
                item));
            return;
        }

        var value = $"{newItemValue}";
        var existing = type == HardLinkType ? Locate(SessionState.Path.GetUnresolvedProviderPathFromPSPath(value)) : null;
        if (!ShouldProcess(item.Url, $"Create {type}"))
            return;
        var isDone = Try(item, async (channel, _, cancellationToken) =>
        {
            if (Force || type == DirectoryType)
                await channel.CreateDirectoryAsync(item.Path.Parent.Value, cancellationToken: cancellationToken).ConfigureAwait(false);
            var links = new RemoteLinks(channel.FileSystem);
            await (type switch
            {
                DirectoryType => channel.CreateDirectoryAsync(item.Path.Value, Force, cancellationToken: cancellationToken),
                SymbolicLinkType => links.CreateSymbolicAsync(item.Path, value, Force, cancellationToken),
                HardLinkType => links.CreateHardAsync(item.Path, existing!.Path, Force, cancellationToken),
                _ => CreateFileAsync(channel, item.Path, value, cancellationToken),
            }).ConfigureAwait(false);
        });
        if (isDone)
            GetItem(path);
    }

    private async Task CreateFileAsync(ISftpChannel channel, RemotePath path, string text, CancellationToken cancellationToken)
    {
        var mode = Force ? RemoteWriteMode.Replace : RemoteWriteMode.CreateNew;
        var writer = await RemoteContentWriter.OpenAsync(channel.FileSystem, path, mode, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteAsync(TextEncoding.Default.GetBytes(text), cancellationToken).ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
