using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Mirror;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Paths;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What comparing and mirroring directories share: which two, and what makes files differ.</summary>
public abstract class MirrorCmdlet : SessionCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>Which way: <c>Upload</c> from a local directory to a remote one, <c>Download</c> the other way.</summary>
    [Parameter(Mandatory = true, HelpMessage = "Upload from here to the server, or Download from the server to here.")]
    [ValidateSet(nameof(TransferDirection.Upload), nameof(TransferDirection.Download), IgnoreCase = true)]
    public string Direction { get; set; } = "";

    /// <summary>The source directory, local or remote as -Direction says. Wildcards in it have to match one.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, HelpMessage = "The directory to make a mirror of.")]
    [ArgumentCompleter(typeof(MirrorPathCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public object? Path { get; set; }

    /// <summary>The source directory, its path taken as it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "The directory to make a mirror of.")]
    [ArgumentCompleter(typeof(MirrorPathCompleter))]
    [ValidateNotNullOrEmpty]
    public object? LiteralPath { get; set; }

    /// <summary>The directory that is to be like it, on the other side; it need not exist.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The directory that is to be like it, on the other side.")]
    [ArgumentCompleter(typeof(MirrorPathCompleter))]
    [ValidateNotNullOrEmpty]
    public object Destination { get; set; } = "";

    /// <summary>
    /// What makes files differ: <c>SizeAndTime</c>, <c>Checksum</c> (SHA-256, where the sizes are the same), or <c>Size</c>.
    /// Default: SizeAndTime.
    /// </summary>
    [Parameter]
    [ValidateSet(nameof(MirrorCompare.SizeAndTime), nameof(MirrorCompare.Checksum), nameof(MirrorCompare.Size), IgnoreCase = true)]
    public string Compare { get; set; } = nameof(MirrorCompare.SizeAndTime);

    /// <summary>
    /// Deletes at the destination what the source does not have, and what is in the way of something of another kind. What
    /// -Include and -Exclude leave out stays.
    /// </summary>
    [Parameter]
    public SwitchParameter Delete { get; set; }

    /// <summary>Patterns such as <c>*.dll</c> or <c>lib/**</c>, one of which a file must match.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Include { get; set; } = [];

    /// <summary>Patterns of files and directories to leave out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Exclude { get; set; } = [];

    /// <summary>Whether the destination is remote.</summary>
    private protected bool IsUpload => string.Equals(Direction, nameof(TransferDirection.Upload), StringComparison.OrdinalIgnoreCase);

    /// <summary>What to make a mirror of. An error ends the command.</summary>
    /// <param name="session">The session.</param>
    /// <returns>The options.</returns>
    private protected MirrorOptions ResolveOptions(SftpSession session)
    {
        var local = new LocalPaths(this);
        var given = LiteralPath ?? Path;
        var isLiteral = LiteralPath is not null;
        var here = LocalText(IsUpload ? given! : Destination);
        var there = RemoteText(IsUpload ? Destination : given!);
        var localPath = IsUpload && !isLiteral ? local.LocateOneOrEnd(here) : local.LocateOrEnd(here);
        var remotePath = Await(async cancellationToken =>
        {
            var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
            await using (channel.ConfigureAwait(false))
                return await FindAsync(new RemotePathResolver(channel.FileSystem), there, isLiteral || IsUpload, cancellationToken).ConfigureAwait(false);
        });
        return new MirrorOptions
        {
            Direction = IsUpload ? TransferDirection.Upload : TransferDirection.Download,
            LocalPath = localPath,
            RemotePath = remotePath.Value,
            Compare = Enum.Parse<MirrorCompare>(Compare, ignoreCase: true),
            Delete = Delete,
            Include = Include,
            Exclude = Exclude,
        };
    }

    private static async Task<RemotePath> FindAsync(
        RemotePathResolver resolver,
        string path,
        bool isLiteral,
        CancellationToken cancellationToken)
    {
        if (isLiteral || !RemoteWildcard.IsPattern(path))
            return await resolver.ToAbsoluteAsync(isLiteral ? path : RemoteWildcard.Unescape(path), cancellationToken).ConfigureAwait(false);
        var found = new List<RemotePath>();
        await foreach (var (match, _) in resolver.ExpandAsync(path, cancellationToken).ConfigureAwait(false))
            found.Add(match);
        return found is [var only]
            ? only
            : throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"'{TerminalText.Clean(path)}' matches {found.Count} remote paths; one is needed.")
            {
                Path = path,
                Advice = "Use -LiteralPath where the name itself has a wildcard character.",
            };
    }

    private string LocalText(object given) => Unwrap(given) switch
    {
        SftpFileInfo remote => Refuse($"'{TerminalText.Clean(remote.ToString())}' is a remote file, and a local path is needed here.", remote),
        FileSystemInfo local => IsUpload && LiteralPath is null ? WildcardPattern.Escape(local.FullName) : local.FullName,
        var text => text.ToString()!,
    };

    private string RemoteText(object given) => Unwrap(given) switch
    {
        FileSystemInfo local => Refuse($"'{local.FullName}' is a local file or directory, and a remote path is needed here.", local),
        SftpFileInfo remote => !IsUpload && LiteralPath is null ? RemoteWildcard.EscapeText(remote.FullPath) : remote.FullPath,
        var text => text.ToString()!,
    };

    private string Refuse(string message, object target)
    {
        ThrowTerminatingError(SftpErrorRecord.Create("SftpInvalidArgument", ErrorCategory.InvalidArgument, message, target));
        return "";
    }

    private static object Unwrap(object value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
