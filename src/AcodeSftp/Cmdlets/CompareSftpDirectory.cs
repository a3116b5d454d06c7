using System.Management.Automation;
using AcodeSftp.FileTransfer.Mirror;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Compares a local and a remote directory and writes what Sync-SftpDirectory with the same parameters would do, as it is
/// found. Nothing is changed.
/// </summary>
[Cmdlet(VerbsData.Compare, "SftpDirectory", DefaultParameterSetName = "Path")]
[OutputType(typeof(MirrorAction))]
public sealed class CompareSftpDirectoryCommand : MirrorCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = ResolveSession();
        var options = ResolveOptions(session);
        Run(async (output, cancellationToken) =>
        {
            var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = channel.ConfigureAwait(false);
            var plan = new DirectoryMirror(channel, options).CompareAsync(error => output.ErrorAsync(error), cancellationToken);
            await foreach (var action in plan.ConfigureAwait(false))
                await output.WriteAsync(action).ConfigureAwait(false);
        });
    }
}
