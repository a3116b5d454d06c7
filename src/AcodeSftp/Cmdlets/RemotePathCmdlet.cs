using System.Management.Automation;
using System.Runtime.CompilerServices;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Pipeline;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What the cmdlets that take remote paths do with them.</summary>
public abstract class RemotePathCmdlet : SessionCmdlet
{
    private readonly Dictionary<int, PipelineChannels.Share> _channels = [];

    /// <summary>The parameter set with wildcards.</summary>
    private protected const string PathSet = "Path";

    /// <summary>The parameter set without.</summary>
    private protected const string LiteralPathSet = "LiteralPath";

    /// <summary>The parameter set for remote files that another command wrote.</summary>
    private protected const string InputObjectSet = "InputObject";

    /// <summary>The session to reach a remote file through: the one named, or else the one it was seen through.</summary>
    /// <param name="item">The remote file.</param>
    /// <returns>The session. Where there is none the command ends with an error.</returns>
    private protected SftpSession SessionOf(SftpFileInfo item) =>
        Session is not null ? ResolveSession() : FindSession(this, item);

    /// <summary>The session that a remote file was seen through, or the only one that is open where it does not say.</summary>
    /// <param name="cmdlet">The command, which ends with an error where there is none.</param>
    /// <param name="item">The remote file.</param>
    /// <returns>The session.</returns>
    internal static SftpSession FindSession(Cmdlet cmdlet, SftpFileInfo item)
    {
        if (item.SessionId == 0)
            return ResolveDefault(cmdlet);
        if (ModuleSessions.Registry.Find(item.SessionId) is { } session)
            return session;
        var problem = SessionResolver.NotFound(item.SessionId, ModuleSessions.Registry.Sessions);
        cmdlet.ThrowTerminatingError(SftpErrorRecord.Create(
            problem.Id, ErrorCategory.ObjectNotFound, problem.Message, item, "Name the session to use with -Session."));
        return null!;
    }

    /// <summary>What this record is about: what the parameter set in use has.</summary>
    /// <param name="path">Paths with wildcards.</param>
    /// <param name="literalPath">Paths without.</param>
    /// <param name="items">Remote files.</param>
    /// <returns>Paths and the sessions to reach them through.</returns>
    private protected IEnumerable<(SftpSession Session, string Path)> Sources(
        string[] path,
        string[] literalPath,
        SftpFileInfo[] items) => ParameterSetName switch
        {
            InputObjectSet => items.Select(item => (SessionOf(item), item.FullPath)),
            LiteralPathSet => literalPath.Select(literal => (ResolveSession(), literal)),
            _ => path.Select(pattern => (ResolveSession(), pattern)),
        };

    /// <summary>
    /// Does what the command does, to each of what a record is about. What goes wrong with one is written as an error, and the
    /// others go on.
    /// </summary>
    /// <param name="path">Paths with wildcards.</param>
    /// <param name="literalPath">Paths without.</param>
    /// <param name="items">Remote files.</param>
    private protected void ProcessEach(string[] path, string[] literalPath, SftpFileInfo[] items)
    {
        var runspace = PipelineChannels.Here;
        foreach (var (session, source) in Sources(path, literalPath, items))
            Run((output, cancellationToken) => TryProcessAsync(session, runspace, source, output, cancellationToken));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => GiveBackChannels();

    /// <summary>Gives back the channels of a pipeline that was cut short.</summary>
    /// <param name="disposing">Always true: there is no finalizer.</param>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        GiveBackChannels();
    }

    /// <summary>Whether wildcards are ordinary characters in what is given now.</summary>
    private protected bool IsLiteral => ParameterSetName != PathSet;

    /// <summary>Finds what a path stands for, and processes each.</summary>
    /// <param name="session">The session.</param>
    /// <param name="channel">The server's files.</param>
    /// <param name="path">The path as it was given.</param>
    /// <param name="output">Has the pipeline thread write.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A task that ends when all are done.</returns>
    /// <exception cref="SftpException">It could not be done, which is written as an error.</exception>
    private protected virtual async Task ProcessPathAsync(
        SftpSession session,
        ISftpChannel channel,
        string path,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        await foreach (var (found, attributes) in ExpandAsync(channel, path, IsLiteral, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await ProcessItemAsync(new RemoteItem(session, channel, found, attributes), output, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e)
            {
                await output.ErrorAsync(e, found.Value).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Does what the command does to one file; nothing where it does something with the whole path instead.</summary>
    /// <param name="item">The file, looked at just now.</param>
    /// <param name="output">Has the pipeline thread write.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A task that ends when it is done.</returns>
    /// <exception cref="SftpException">It could not be done, which is written as an error.</exception>
    private protected virtual Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    private void GiveBackChannels()
    {
        var held = _channels.Values.ToArray();
        _channels.Clear();
        GiveBack(held);
    }

    private async Task TryProcessAsync(
        SftpSession session,
        Guid runspace,
        string path,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        try
        {
            // One for all records: what a channel has found out and started, such as a shell for checksums, serves them all.
            if (!_channels.TryGetValue(session.Id, out var share))
                _channels[session.Id] = share = await PipelineChannels.TakeAsync(session, runspace, cancellationToken).ConfigureAwait(false);
            await ProcessPathAsync(session, share.Channel, path, output, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            await output.ErrorAsync(e, path).ConfigureAwait(false);
        }
    }

    /// <summary>What is known of a remote file, in the form that is written.</summary>
    /// <param name="session">The session it was seen through.</param>
    /// <param name="path">Its path.</param>
    /// <param name="attributes">What the server said of it.</param>
    /// <param name="linkTarget">The text it holds where it is a link.</param>
    /// <returns>The description.</returns>
    internal static SftpFileInfo Describe(
        SftpSession session,
        RemotePath path,
        RemoteFileAttributes attributes,
        string? linkTarget = null) =>
        SftpFileInfo.From(path, attributes) with
        {
            Authority = session.Authority,
            SessionId = session.Id,
            LinkTarget = linkTarget,
        };

    /// <summary>What is known of a remote file as it is now, in the form that is written.</summary>
    /// <param name="session">The session.</param>
    /// <param name="channel">The server's files.</param>
    /// <param name="path">The file's path; a link is not followed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The description.</returns>
    internal static async Task<SftpFileInfo> LookAsync(
        SftpSession session,
        ISftpChannel channel,
        RemotePath path,
        CancellationToken cancellationToken)
    {
        var attributes = await channel.FileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false);
        return await DescribeAsync(new RemoteItem(session, channel, path, attributes), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is known of a remote file, with the target of a link.</summary>
    /// <param name="item">The file.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The description.</returns>
    private protected static async Task<SftpFileInfo> DescribeAsync(RemoteItem item, CancellationToken cancellationToken)
    {
        var target = item.Attributes.FileType == RemoteFileType.SymbolicLink
            ? await item.Channel.ReadLinkAsync(item.Path.Value, cancellationToken).ConfigureAwait(false)
            : null;
        return Describe(item.Session, item.Path, item.Attributes, target);
    }

    /// <summary>What a path stands for.</summary>
    /// <param name="channel">The server's files.</param>
    /// <param name="path">The path.</param>
    /// <param name="isLiteral">Whether wildcards are ordinary characters.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>Absolute paths and what is there, links not followed.</returns>
    internal static async IAsyncEnumerable<(RemotePath Path, RemoteFileAttributes Attributes)> ExpandAsync(
        ISftpChannel channel,
        string path,
        bool isLiteral,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resolver = new RemotePathResolver(channel.FileSystem);
        if (isLiteral)
        {
            var absolute = await resolver.ToAbsoluteAsync(path, cancellationToken).ConfigureAwait(false);
            yield return (absolute, await channel.FileSystem.LStatAsync(absolute, cancellationToken).ConfigureAwait(false));
            yield break;
        }

        await foreach (var match in resolver.ExpandAsync(path, cancellationToken).ConfigureAwait(false))
            yield return match;
    }
}
