using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Provider;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Pipeline;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Provider;

/// <summary>
/// Drives of remote files: <c>New-PSDrive -Name web -PSProvider Sftp -Root /var/www -Session $session</c>, then
/// <c>cd web:</c> and PowerShell's own commands for items and their content. PowerShell creates an instance for each
/// command or more; nothing is kept in it but whether it was stopped.
/// </summary>
[CmdletProvider("Sftp", ProviderCapabilities.Filter | ProviderCapabilities.ShouldProcess)]
[SuppressMessage("Design", "CA1001", Justification = "PowerShell disposes of no provider, and the source has no timer to dispose of.")]
public sealed partial class SftpProvider : NavigationCmdletProvider
{
    private readonly CancellationTokenSource _stop = new();

    // Whoever waits for the token may go on right in the call that sets it, and PowerShell waits for this one to return.
    /// <inheritdoc/>
    protected override void StopProcessing() => _ = _stop.CancelAsync();

    /// <inheritdoc/>
    protected override object NewDriveDynamicParameters() => new NewDriveParameters();

    /// <inheritdoc/>
    protected override PSDriveInfo NewDrive(PSDriveInfo drive)
    {
        ArgumentNullException.ThrowIfNull(drive);
        var session = (DynamicParameters as NewDriveParameters)?.Session ?? DefaultSession();
        var root = Await(session, async (channel, cancellationToken) =>
        {
            var path = await new RemotePathResolver(channel.FileSystem).ToAbsoluteAsync(drive.Root, cancellationToken)
                .ConfigureAwait(false);
            var attributes = await channel.FileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false);
            return attributes.FileType is RemoteFileType.Directory or RemoteFileType.Unknown ? path : throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"'{TerminalText.Clean(path.Value)}' is not a directory.")
            {
                Path = path.Value,
                Host = session.HostName,
                Advice = "The root of a drive is a directory on the server.",
            };
        });
        var item = new DriveItem(session, root);
        return new PSDriveInfo(drive.Name, ProviderInfo, DrivePath.Join(item.ProviderPath, ""), drive.Description, drive.Credential, item.Url);
    }

    /// <inheritdoc/>
    protected override bool IsValidPath(string path) => DrivePath.TryParse(path, out _, out _);

    /// <inheritdoc/>
    protected override string MakePath(string parent, string child) => DrivePath.Join(parent ?? "", child ?? "");

    /// <inheritdoc/>
    protected override string GetParentPath(string path, string root) => DrivePath.ParentOf(path, root ?? PSDriveInfo?.Root);

    /// <inheritdoc/>
    protected override string GetChildName(string path) => DrivePath.NameOf(path);

    // PowerShell would take an exception for the answer that nothing is there, and scripts act on that. What comes after the
    // answer that something is there fails for the same reason.
    /// <inheritdoc/>
    protected override bool ItemExists(string path) =>
        Ask(() => Find(Locate(path), static (files, path, token) => files.LStatAsync(path, token)) is not null, otherwise: true);

    // An exception would leave Set-Location half done.
    /// <inheritdoc/>
    protected override bool IsItemContainer(string path) => Ask(() => IsDirectory(Locate(path)), otherwise: false);

    /// <summary>What a path leads to. Where that is nothing, the command ends with an error.</summary>
    /// <param name="path">The path as PowerShell gives it.</param>
    /// <returns>The item, of which it is not known whether it exists.</returns>
    private DriveItem Locate(string path)
    {
        if (!DrivePath.TryParse(path, out var id, out var remote))
            End(SftpErrorRecord.Create(
                "SftpDrivePathInvalid",
                ErrorCategory.InvalidArgument,
                $"'{TerminalText.Clean(path)}' is not a path of this provider.",
                path,
                "Reach the server through a drive: New-PSDrive -Name web -PSProvider Sftp -Root / -Session $session."));
        if (ModuleSessions.Registry.Find(id) is { } session)
            return new DriveItem(session, remote);
        var problem = SessionResolver.NotFound(id, ModuleSessions.Registry.Sessions);
        End((problem with { Advice = "Make the drive again with a session that is open." }).ToErrorRecord(path));
        return null!;
    }

    // PowerShell takes what ends a command of a provider for the exception in it, and makes an error of that anew. Where the
    // exception brings its error, that is the one.
    private void End(ErrorRecord error)
    {
        var bearer = new RuntimeException(error.Exception.Message, error.Exception, error);
        ThrowTerminatingError(new ErrorRecord(bearer, error.FullyQualifiedErrorId, error.CategoryInfo.Category, error.TargetObject)
        {
            ErrorDetails = error.ErrorDetails,
        });
    }

    private bool Ask(Func<bool> question, bool otherwise)
    {
        try
        {
            return question();
        }
        catch (ProviderInvocationException e)
        {
            TryWriteError(new ErrorRecord(e.ErrorRecord, e));
            return otherwise;
        }
    }

    private void TryWriteError(ErrorRecord error)
    {
        try
        {
            WriteError(error);
        }
        catch (RuntimeException)
        {
            // -ErrorAction Stop, which PowerShell does not look for here.
        }
    }

    private SftpSession DefaultSession()
    {
        var (session, problem) = SessionResolver.Default(ModuleSessions.Registry.Sessions);
        if (problem is not null)
            End(problem.ToErrorRecord());
        return session!;
    }

    private bool IsDirectory(DriveItem item) =>
        Find(item, static (files, path, token) => files.StatAsync(path, token)) is { FileType: RemoteFileType.Directory };

    // Null where nothing is there. To go on without knowing would be to take what cannot be reached for what is not there.
    private RemoteFileAttributes? Find(
        DriveItem item,
        Func<IRemoteFileSystem, RemotePath, CancellationToken, Task<RemoteFileAttributes>> look) =>
        Await(item.Session, async (channel, cancellationToken) =>
        {
            try
            {
                return await look(channel.FileSystem, item.Path, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
            {
                return null;
            }
        });

    /// <summary>Set when the pipeline is being stopped.</summary>
    internal CancellationToken StopToken => _stop.Token;

    /// <summary>Waits for work, which Ctrl+C does not have to wait for.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="work">The work; run on a thread of the pool unless it has ended when it returns.</param>
    /// <returns>What came of it; the default where the pipeline was stopped.</returns>
    /// <exception cref="SftpException">It failed.</exception>
    internal T? Wait<T>(Func<Task<T>> work)
    {
        T? result = default;
        using var pump = new PipelinePump(StopToken);
        using var hosting = ScriptHost.Enter(pump);
        pump.Start(async _ => result = await work().ConfigureAwait(false));
        Finish(pump);
        return result;
    }

    /// <summary>Runs work off the pipeline thread and waits for what comes of it. An error ends the command.</summary>
    private T? Await<T>(SftpSession session, Func<ISftpChannel, CancellationToken, Task<T>> work)
    {
        T? result = default;
        try
        {
            Run(session, async (channel, _, cancellationToken) => result = await work(channel, cancellationToken).ConfigureAwait(false));
        }
        catch (SftpException e)
        {
            End(SftpErrorRecord.From(e));
        }

        return result;
    }

    /// <summary>Runs work off the pipeline thread. An error is written.</summary>
    private bool Try(DriveItem item, Func<ISftpChannel, DriveOutput, CancellationToken, Task> work)
    {
        try
        {
            Run(item.Session, work);
            return !StopToken.IsCancellationRequested;
        }
        catch (SftpException e)
        {
            WriteError(SftpErrorRecord.From(e, item.ProviderPath));
            return false;
        }
    }

    private void Run(SftpSession session, Func<ISftpChannel, DriveOutput, CancellationToken, Task> work)
    {
        using var pump = new PipelinePump(StopToken);
        using var hosting = ScriptHost.Enter(pump);
        var output = new DriveOutput(this, pump);
        pump.Start(async cancellationToken =>
        {
            var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
            await using (channel.ConfigureAwait(false))
                await work(channel, output, cancellationToken).ConfigureAwait(false);
        });
        Finish(pump);
    }

    private void Finish(PipelinePump pump)
    {
        try
        {
            pump.Finish();
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            // PowerShell knows that it stopped the pipeline.
        }
    }
}
