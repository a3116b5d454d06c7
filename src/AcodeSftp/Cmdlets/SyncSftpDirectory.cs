using System.Management.Automation;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Configuration;
using AcodeSftp.FileTransfer.Mirror;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Display;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Pipeline;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Makes a remote directory like a local one, or a local one like a remote one: only what differs is transferred. Writes each
/// step that is done. -WhatIf shows the whole plan. What -Delete deletes is asked about unless -Force or -Confirm:$false says
/// not to. Symbolic links are left alone.
/// </summary>
[Cmdlet(VerbsData.Sync, "SftpDirectory", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
[OutputType(typeof(MirrorAction))]
public sealed class SyncSftpDirectoryCommand : MirrorCmdlet
{
    private readonly Confirmation _confirmation;

    /// <summary>Creates the command.</summary>
    public SyncSftpDirectoryCommand() => _confirmation = new Confirmation(this);

    /// <summary>Does not ask about deletions.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Options of the transfer, as New-SftpTransferOption makes them.</summary>
    [Parameter]
    [ValidateNotNull]
    public TransferConfiguration Option { get; set; } = TransferConfiguration.Empty;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = ResolveSession();
        var options = ResolveOptions(session);
        var found = new List<MirrorAction>();
        Run(async (output, cancellationToken) =>
        {
            var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = channel.ConfigureAwait(false);
            var plan = new DirectoryMirror(channel, options).CompareAsync(error => output.ErrorAsync(error), cancellationToken);
            await foreach (var action in plan.ConfigureAwait(false))
                found.Add(action);
        });

        var plan = found.OrderBy(static action => action.RelativePath, StringComparer.Ordinal).Where(action => IsToBeDone(session, action)).ToList();
        var deletions = plan.Count(static action => action.Action == MirrorActionKind.Delete);
        var place = IsUpload ? $"sftp://{session.Authority}{options.RemotePath}" : options.LocalPath;
        var question = $"Delete {deletions} {(deletions == 1 ? "file or directory" : "files and directories")} in '{TerminalText.Clean(place)}'?";
        if (deletions > 0 && !_confirmation.Ask(Force, question, place))
            plan.RemoveAll(static action => action.Action == MirrorActionKind.Delete);
        if (plan.Count > 0)
            Apply(session, options, plan);
    }

    private bool IsToBeDone(SftpSession session, MirrorAction action)
    {
        var reason = MirrorActionDisplay.Describe(action.Reason);
        if (action.Action != MirrorActionKind.Skip)
        {
            var target = IsUpload ? $"sftp://{session.Authority}{action.Destination}" : action.Destination;
            return ShouldProcess(TerminalText.Clean(target), MirrorActionDisplay.Describe(action));
        }

        if (action.Reason == MirrorReason.KindDiffers)
            WriteError(SftpErrorRecord.From(
                new SftpException(
                    SftpErrorCode.AlreadyExists,
                    $"'{TerminalText.Clean(action.Destination)}' is a directory where the source has a file, or the other way round.")
                {
                    Path = action.Destination,
                    Advice = "Use -Delete to have it make way.",
                },
                action));
        else
            WriteVerbose($"Leaving out '{TerminalText.Clean(action.Source)}': {reason}.");
        return false;
    }

    private void Apply(SftpSession session, MirrorOptions options, List<MirrorAction> plan)
    {
        TransferOptions transfer = IsUpload
            ? Option.Apply(new UploadOptions { ParallelTransfers = TransferRun.FilesAtOnce, Timeout = Timeout.InfiniteTimeSpan })
            : Option.Apply(new DownloadOptions { ParallelTransfers = TransferRun.FilesAtOnce, Timeout = Timeout.InfiniteTimeSpan });
        var progress = new TransferProgressBar(this, IsUpload ? $"Sending to {session.Authority}" : $"Receiving from {session.Authority}");
        try
        {
            Run(
                async (output, cancellationToken) =>
                {
                    var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
                    await using var _ = channel.ConfigureAwait(false);
                    var result = await new DirectoryMirror(channel, options)
                        .ApplyAsync(plan, new Report(output), transfer, progress, cancellationToken).ConfigureAwait(false);
                    foreach (var warning in result?.Warnings ?? [])
                        await output.WarningAsync(warning).ConfigureAwait(false);
                },
                progress.Show);
        }
        finally
        {
            progress.Complete();
        }
    }

    private sealed class Report(CmdletOutput output) : IMirrorObserver
    {
        public ValueTask DoneAsync(MirrorAction action) => output.WriteAsync(action);

        public ValueTask FailedAsync(MirrorAction action, SftpException exception) => output.ErrorAsync(exception, action);
    }
}
