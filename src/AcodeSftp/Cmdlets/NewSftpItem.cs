using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Files.Content;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What New-SftpItem creates.</summary>
public enum SftpItemType
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A further name of a file.</summary>
    HardLink,
}

/// <summary>Creates remote files, directories and links.</summary>
[Cmdlet(VerbsCommon.New, "SftpItem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class NewSftpItemCommand : RemotePathCmdlet
{
    /// <summary>The paths of what is created. There are no wildcards in them, for nothing is there yet.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ParameterSetName = PathSet,
        ValueFromPipeline = true,
        HelpMessage = "The remote path of what is created.")]
    [RemotePathArgument]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The same as -Path, for scripts that use it everywhere.</summary>
    [Parameter(
        Mandatory = true,
        ParameterSetName = LiteralPathSet,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "The remote path of what is created.")]
    [Alias("FullPath", "RemotePath")]
    [RemotePathArgument]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What is created. Default: a file.</summary>
    [Parameter]
    [Alias("Type")]
    public SftpItemType ItemType { get; set; }

    /// <summary>
    /// What a symbolic link holds, relative to its directory or absolute; the file that a hard link is another name of; or the
    /// text in a file, as UTF-8.
    /// </summary>
    [Parameter(Position = 1)]
    [Alias("Target")]
    [RemotePathArgument]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [AllowEmptyString]
    public string Value { get; set; } = "";

    /// <summary>
    /// Creates missing parent directories, accepts a directory that is there, and replaces a file or link that is there, in one
    /// step. Directories get their parents without it.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ProcessEach(Path, LiteralPath, []);

    private protected override async Task ProcessPathAsync(
        SftpSession session,
        ISftpChannel channel,
        string path,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        var resolver = new RemotePathResolver(channel.FileSystem);
        var absolute = await resolver.ToAbsoluteAsync(path, cancellationToken).ConfigureAwait(false);
        if (!await output.ShouldProcessAsync($"sftp://{session.Authority}{absolute.Value}", Action).ConfigureAwait(false))
            return;
        await CreateAsync(channel, resolver, absolute, cancellationToken).ConfigureAwait(false);
        await output.WriteAsync(await LookAsync(session, channel, absolute, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private string Action => ItemType switch
    {
        SftpItemType.Directory => "Create a directory",
        SftpItemType.SymbolicLink => $"Create a symbolic link to '{TerminalText.Clean(Value)}'",
        SftpItemType.HardLink => $"Create a hard link to '{TerminalText.Clean(Value)}'",
        _ => Force ? "Create a file, replacing what is there" : "Create a file",
    };

    private async Task CreateAsync(ISftpChannel channel, RemotePathResolver resolver, RemotePath path, CancellationToken cancellationToken)
    {
        if (Force || ItemType == SftpItemType.Directory)
            await channel.CreateDirectoryAsync(path.Parent.Value, cancellationToken: cancellationToken).ConfigureAwait(false);
        switch (ItemType)
        {
            case SftpItemType.Directory:
                await channel.CreateDirectoryAsync(path.Value, Force, cancellationToken: cancellationToken).ConfigureAwait(false);
                break;
            case SftpItemType.File:
                var mode = Force ? RemoteWriteMode.Replace : RemoteWriteMode.CreateNew;
                var writer = await RemoteContentWriter.OpenAsync(channel.FileSystem, path, mode, cancellationToken).ConfigureAwait(false);
                await using (writer.ConfigureAwait(false))
                {
                    await writer.WriteAsync(TextEncoding.Default.GetBytes(Value), cancellationToken).ConfigureAwait(false);
                    await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
                }

                break;
            default:
                await CreateLinkAsync(new RemoteLinks(channel.FileSystem), resolver, path, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async Task CreateLinkAsync(RemoteLinks links, RemotePathResolver resolver, RemotePath path, CancellationToken cancellationToken)
    {
        if (Value.Length == 0)
            throw new SftpException(SftpErrorCode.InvalidArgument, "A link needs something to lead to.")
            {
                Path = path.Value,
                Advice = "Give it with -Value.",
            };
        if (ItemType == SftpItemType.SymbolicLink)
        {
            await links.CreateSymbolicAsync(path, Value, Force, cancellationToken).ConfigureAwait(false);
            return;
        }

        var existing = await resolver.ToAbsoluteAsync(Value, cancellationToken).ConfigureAwait(false);
        await links.CreateHardAsync(path, existing, Force, cancellationToken).ConfigureAwait(false);
    }
}
