using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Receives files and directories from a server, or from several at the same time, and writes the remote files as they are
/// finished. Where several sessions are named, the files of each go into a directory of its own at the destination.
/// </summary>
[Cmdlet(VerbsCommunications.Receive, "SftpFile", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo), typeof(TransferResult))]
public sealed class ReceiveSftpFileCommand : TransferCmdlet
{
    private bool _pathIsBound;
    private bool _literalPathIsBound;
    private DestinationPlanner? _planner;
    private Dictionary<int, DestinationPlanner>? _planners;

    /// <summary>Remote files and directories, with wildcards.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    [RemotePathArgument(LeavesFiles = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Remote files and directories, taken as they are.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "The remote path, taken as it is.")]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [Alias("FullPath", "RemotePath", "LP")]
    [RemotePathArgument]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Remote files and directories, as Get-SftpChildItem and Get-SftpItem write them.</summary>
    [Parameter(ParameterSetName = PathSet, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public SftpFileInfo[] InputObject { get; set; } = [];

    /// <summary>
    /// Where they go: a local directory, existing or with a slash at its end, or the new name of the one source. Default: the
    /// current location. Where several sessions are named, what each has goes into a directory there that is named after the
    /// session, or after its host where the session was given no name.
    /// </summary>
    [Parameter(Position = 1)]
    [LocalPathArgument]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    private protected override TransferDirection Direction => TransferDirection.Download;

    private protected override bool HasInputObject => InputObject.Length > 0;

    private protected override (string[] Path, string? Destination) Given
    {
        get => (Path, Destination);
        set => (Path, Destination) = value;
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _pathIsBound = Path.Length > 0;
        _literalPathIsBound = LiteralPath.Length > 0;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!MyInvocation.ExpectingInput && Path.Length + LiteralPath.Length + InputObject.Length == 0)
            ThrowNoSource();
        foreach (var item in InputObject)
        {
            // Of the sessions that are named, or else of the one it was seen through.
            foreach (var session in Session is null ? [RemotePathCmdlet.FindSession(this, item)] : Sessions)
                Plan(session, item.FullPath, item.IsDirectory);
        }

        foreach (var path in TakeOnce(Path, _pathIsBound, HasInputObject))
            Expand(path, isLiteral: false);
        foreach (var path in TakeOnce(LiteralPath, _literalPathIsBound, isTakenAlready: false))
            Expand(path, isLiteral: true);
    }

    private void Expand(string path, bool isLiteral)
    {
        var answers = Await(cancellationToken =>
            Task.WhenAll(Sessions.Select(session => TryFindAsync(session, path, isLiteral, cancellationToken))));
        foreach (var (session, sources, error) in answers ?? [])
        {
            if (error is not null)
                Fail(session, error, path);
            foreach (var (found, isDirectory) in sources)
                Plan(session, found, isDirectory);
        }
    }

    private static async Task<(SftpSession Session, List<(string Path, bool IsDirectory)> Sources, SftpException? Error)> TryFindAsync(
        SftpSession session,
        string path,
        bool isLiteral,
        CancellationToken cancellationToken)
    {
        try
        {
            return (session, await FindAsync(session, path, isLiteral, cancellationToken).ConfigureAwait(false), null);
        }
        catch (SftpException e)
        {
            return (session, [], e);
        }
    }

    // A link named as a source stands for what it leads to, as with cp and scp.
    private static async Task<List<(string Path, bool IsDirectory)>> FindAsync(
        SftpSession session,
        string path,
        bool isLiteral,
        CancellationToken cancellationToken)
    {
        var sources = new List<(string Path, bool IsDirectory)>();
        var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            await foreach (var (found, attributes) in RemotePathCmdlet.ExpandAsync(channel, path, isLiteral, cancellationToken).ConfigureAwait(false))
            {
                var isDirectory = attributes.FileType == RemoteFileType.SymbolicLink
                    ? await channel.IsDirectoryAsync(found.Value, cancellationToken).ConfigureAwait(false)
                    : attributes.FileType == RemoteFileType.Directory;
                sources.Add((found.Value, isDirectory));
            }
        }

        return sources;
    }

    private void Plan(SftpSession session, string source, bool isDirectory)
    {
        if (!IsWanted(source, new RemotePath(source).Name, isDirectory))
            return;
        try
        {
            Plan(session, PlannerOf(session), source, LocalName(source), isDirectory);
        }
        catch (SftpException e)
        {
            Fail(session, e, source);
        }
    }

    // One for all where sessions are not named, so that files of one name do not replace each other, wherever they come from.
    private DestinationPlanner PlannerOf(SftpSession session)
    {
        if (!IsFleet)
            return _planner ??= CreatePlanner(folder: null);
        _planners ??= HostFolders.For(Sessions).ToDictionary(pair => pair.Key, pair => CreatePlanner(pair.Value));
        return _planners[session.Id];
    }

    private DestinationPlanner CreatePlanner(string? folder)
    {
        var given = Destination ?? ".";
        var full = new LocalPaths(this).LocateOrEnd(given);
        var isDirectory = folder is not null || System.IO.Path.EndsInDirectorySeparator(given) || System.IO.Directory.Exists(full);
        return new DestinationPlanner(
            folder is null ? full : System.IO.Path.Combine(full, folder),
            isDirectory,
            System.IO.Path.Combine,
            OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
    }

    // The name is the server's, so it may be anything; here it must be one component and no more.
    private static string LocalName(string source)
    {
        var name = new RemotePath(source).Name;
        return RemotePath.IsSafeName(name) && name.AsSpan().IndexOfAny(System.IO.Path.GetInvalidFileNameChars()) < 0
            ? name
            : name == "/" ? "" : throw new SftpException(
                SftpErrorCode.ProtocolViolation,
                $"'{TerminalText.Clean(name)}' cannot be the name of a local file.")
            {
                Path = source,
                Advice = "Receive it on its own, under another name.",
            };
    }
}
