using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// What can be done with a server that runs <c>scp</c> and nothing else: look at what may be read, and create directories.
/// </summary>
internal sealed class ScpOnlyFileSystem(RemoteShell shell) : CommandFileSystem(shell)
{
    /// <summary>
    /// Has <c>scp</c> announce a file or directory, and takes nothing of it. What may not be read is not announced.
    /// </summary>
    public override async Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default)
    {
        using var timer = Limit(cancellationToken);
        try
        {
            var program = await StartAsync(ScpCommandLines.Source(path, preserve: true, recursive: true), path, timer.Token).ConfigureAwait(false);
            await using var _ = program.ConfigureAwait(false);
            return await new ScpReceiver(program).NextAsync(timer.Token).ConfigureAwait(false) switch
            {
                ScpFile file => Attributes(UnixMode.RegularFile | file.Permissions, file.Size, file.Times),
                ScpDirectory directory => Attributes(UnixMode.Directory | directory.Permissions, null, directory.Times),
                ScpWarning warning => throw program.Refusal(warning.Message),
                null => throw await program.DescribeEndAsync().ConfigureAwait(false),
                _ => throw ScpRecord.Violation("something else than it was asked for"),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Shell.TimedOut(path.Value);
        }
    }

    /// <summary>As <see cref="StatAsync"/>: <c>scp</c> always follows links.</summary>
    public override Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        StatAsync(path, cancellationToken);

    /// <summary>Sends an empty directory. One that is there already is taken for a new one.</summary>
    public override Task CreateDirectoryAsync(
        RemotePath path,
        uint? permissions = null,
        CancellationToken cancellationToken = default) =>
        SendDirectoryAsync(path, permissions ?? SftpDefaults.DirectoryPermissions, null, cancellationToken);

    /// <summary>Sends a directory again, with other permissions and times. Nothing else can be changed.</summary>
    public override Task SetAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        if (attributes.Permissions is not { } permissions || attributes.Size is not null || attributes.UserId is not null)
            throw Unsupported("change these attributes", path);
        var times = attributes.Modified is { } modified ? new ScpTimes(modified, attributes.Accessed ?? modified) : null;
        return SendDirectoryAsync(path, permissions, times, cancellationToken);
    }

    /// <summary>The path as it is; nothing can be asked about it.</summary>
    public override Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        Task.FromResult(path);

    private async Task SendDirectoryAsync(
        RemotePath path,
        uint permissions,
        ScpTimes? times,
        CancellationToken cancellationToken)
    {
        if (path.IsRoot || path.Name is "." or "..")
            return;
        using var timer = Limit(cancellationToken);
        try
        {
            var commandLine = ScpCommandLines.Sink(path.Parent, preserve: true, recursive: true, intoDirectory: true);
            var program = await StartAsync(commandLine, path, timer.Token).ConfigureAwait(false);
            await using var _ = program.ConfigureAwait(false);
            var sender = new ScpSender(program);
            await sender.BeginDirectoryAsync(new ScpDirectory(permissions, path.Name) { Times = times }, timer.Token).ConfigureAwait(false);
            if (await sender.EndDirectoryAsync(timer.Token).ConfigureAwait(false) is { } complaint)
                throw program.Refusal(complaint);
            await program.EndAsync(timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Shell.TimedOut(path.Value);
        }
    }

    private Task<RemoteProgram> StartAsync(string commandLine, RemotePath path, CancellationToken cancellationToken) =>
        Shell.StartScpAsync(commandLine, path.Value, cancellationToken);

    private CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(Shell.Timeout);
        return timer;
    }

    private static RemoteFileAttributes Attributes(uint mode, long? size, ScpTimes? times) => new()
    {
        Mode = mode,
        Size = size,
        Modified = times?.Modified,
        Accessed = times?.Accessed,
    };
}
