using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Lists remote directories as the entries arrive. Links are listed, not followed.</summary>
[Cmdlet(VerbsCommon.Get, "SftpChildItem", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo))]
public sealed class GetSftpChildItemCommand : RemoteInputCmdlet
{
    /// <summary>The remote directories, with wildcards. Default: the directory that the session starts in.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    [RemotePathArgument(LeavesFiles = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = ["."];

    /// <summary>Only entries whose name matches. Directories are descended into whatever their name.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string? Filter { get; set; }

    /// <summary>Also what is in the directories beneath.</summary>
    [Parameter]
    [Alias("s")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>How many levels of directories to descend.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? Depth { get; set; }

    /// <summary>Only what is not a directory.</summary>
    [Parameter]
    public SwitchParameter File { get; set; }

    /// <summary>Only directories.</summary>
    [Parameter]
    public SwitchParameter Directory { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ProcessEach(Path, LiteralPath, InputObject);

    private protected override async Task ProcessPathAsync(
        SftpSession session,
        ISftpChannel channel,
        string path,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        if (IsLiteral || !RemoteWildcard.IsPattern(path))
        {
            var resolver = new RemotePathResolver(channel.FileSystem);
            var literal = IsLiteral ? path : RemoteWildcard.Unescape(path);
            var directory = await resolver.ToAbsoluteAsync(literal, cancellationToken).ConfigureAwait(false);
            await ListDirectoryAsync(session, channel, directory, output, cancellationToken).ConfigureAwait(false);
            return;
        }

        // As with Get-ChildItem, what a pattern finds is listed itself, and its content only with -Recurse.
        await foreach (var (found, attributes) in ExpandAsync(channel, path, isLiteral: false, cancellationToken).ConfigureAwait(false))
        {
            await WriteAsync(session, found, attributes, null, output).ConfigureAwait(false);
            if (LevelsBeneath > 0 && attributes.FileType == RemoteFileType.Directory)
                await ListDirectoryAsync(session, channel, found, output, cancellationToken, levelsTaken: 1).ConfigureAwait(false);
        }
    }

    private int LevelsBeneath => Depth ?? (Recurse ? int.MaxValue : 0);

    private async Task ListDirectoryAsync(
        SftpSession session,
        ISftpChannel channel,
        RemotePath directory,
        CmdletOutput output,
        CancellationToken cancellationToken,
        int levelsTaken = 0)
    {
        try
        {
            var entries = new RemoteTree(channel.FileSystem).ListAsync(directory, LevelsBeneath - levelsTaken, cancellationToken);
            await foreach (var entry in entries.ConfigureAwait(false))
            {
                if (entry.Error is { } error)
                    await output.ErrorAsync(error).ConfigureAwait(false);
                else
                    await WriteAsync(session, entry.Path, entry.Attributes, entry.LinkTarget, output).ConfigureAwait(false);
            }
        }
        catch (SftpException e) when (e.Code is not (SftpErrorCode.ConnectionLost or SftpErrorCode.PermissionDenied))
        {
            // A file is listed as itself. Servers differ in how they refuse to list one, so it is looked at afterwards.
            var attributes = await channel.FileSystem.StatAsync(directory, cancellationToken).ConfigureAwait(false);
            if (attributes.FileType is RemoteFileType.Directory or RemoteFileType.Unknown)
                throw;
            await WriteAsync(session, directory, attributes, null, output).ConfigureAwait(false);
        }
    }

    private ValueTask WriteAsync(
        SftpSession session,
        RemotePath path,
        RemoteFileAttributes attributes,
        string? linkTarget,
        CmdletOutput output)
    {
        var isDirectory = attributes.FileType == RemoteFileType.Directory;
        var wanted = (!File || !isDirectory) && (!Directory || isDirectory) &&
            (Filter is null || RemoteWildcard.IsMatch(Filter, path.Name));
        return wanted ? output.WriteAsync(Describe(session, path, attributes, linkTarget)) : ValueTask.CompletedTask;
    }
}
