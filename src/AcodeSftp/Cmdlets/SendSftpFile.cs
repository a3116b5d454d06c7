using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Sends files and directories to a server, or to several at the same time, and writes the remote files as they are finished.
/// </summary>
[Cmdlet(VerbsCommunications.Send, "SftpFile", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileInfo), typeof(TransferResult))]
public sealed class SendSftpFileCommand : TransferCmdlet
{
    private bool _pathIsBound;
    private bool _literalPathIsBound;
    private List<(SftpSession Session, DestinationPlanner Planner)>? _routes;

    /// <summary>Local files and directories, with wildcards.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [LocalPathArgument]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Local files and directories, taken as they are.</summary>
    [Parameter(
        Mandatory = true,
        ParameterSetName = LiteralPathSet,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "The local path, taken as it is.")]
    [Alias("PSPath", "LP")]
    [LocalPathArgument]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Local files and directories, as Get-ChildItem and Get-Item write them.</summary>
    [Parameter(ParameterSetName = PathSet, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public FileSystemInfo[] InputObject { get; set; } = [];

    /// <summary>
    /// Where they go: a remote directory, existing or with a slash at its end, or the new name of the one source. Default:
    /// the directory that the session starts in.
    /// </summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [RemotePathArgument]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>Gives the files the owner and group of the local ones, by number.</summary>
    [Parameter]
    public SwitchParameter PreserveOwner { get; set; }

    private protected override TransferDirection Direction => TransferDirection.Upload;

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
        var local = new LocalPaths(this);
        List<string> sources = [.. InputObject.Select(item => item.FullName)];
        sources.AddRange(TakeOnce(Path, _pathIsBound, HasInputObject).SelectMany(local.Resolve));
        sources.AddRange(TakeOnce(LiteralPath, _literalPathIsBound, isTakenAlready: false).Select(local.ResolveLiteral).OfType<string>());
        if (!MyInvocation.ExpectingInput && Path.Length + LiteralPath.Length + InputObject.Length == 0)
            ThrowNoSource();

        foreach (var source in sources)
            Plan(source);
    }

    private void Plan(string source)
    {
        var isDirectory = System.IO.Directory.Exists(source);
        var name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(source));
        if (!IsWanted(source, name, isDirectory))
            return;
        foreach (var (session, planner) in _routes ??= FindRoutes())
            Plan(session, planner, source, name, isDirectory);
    }

    // What the destination is has to be asked of each host. One that does not answer does not keep the others from going on.
    private List<(SftpSession Session, DestinationPlanner Planner)> FindRoutes()
    {
        var answers = Await(cancellationToken => Task.WhenAll(Sessions.Select(session => TryCreateAsync(session, cancellationToken))));
        var routes = new List<(SftpSession Session, DestinationPlanner Planner)>();
        foreach (var (session, planner, error) in answers ?? [])
        {
            if (planner is not null)
                routes.Add((session, planner));
            else
                Fail(session, error!, target: null, endsCommand: !IsFleet);
        }

        return routes;
    }

    private async Task<(SftpSession Session, DestinationPlanner? Planner, SftpException? Error)> TryCreateAsync(
        SftpSession session,
        CancellationToken cancellationToken)
    {
        try
        {
            return (session, await CreatePlannerAsync(session, cancellationToken).ConfigureAwait(false), null);
        }
        catch (SftpException e)
        {
            return (session, null, e);
        }
    }

    private async Task<DestinationPlanner> CreatePlannerAsync(SftpSession session, CancellationToken cancellationToken)
    {
        var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
            return await DestinationPlanner.CreateAsync(channel, Destination ?? ".", cancellationToken).ConfigureAwait(false);
    }
}
