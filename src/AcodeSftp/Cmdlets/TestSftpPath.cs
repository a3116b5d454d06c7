using System.Management.Automation;
using AcodeSftp.FileTransfer;
using AcodeSftp.Files;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What Test-SftpPath looks for.</summary>
public enum SftpPathType
{
    /// <summary>Anything.</summary>
    Any,

    /// <summary>A directory.</summary>
    Container,

    /// <summary>Anything that is not a directory.</summary>
    Leaf,
}

/// <summary>Tells whether remote paths exist. Links are followed: one that leads nowhere does not exist.</summary>
[Cmdlet(VerbsDiagnostic.Test, "SftpPath", DefaultParameterSetName = PathSet)]
[OutputType(typeof(bool))]
public sealed class TestSftpPathCommand : RemoteItemCmdlet
{
    /// <summary>What has to be there: anything, a directory (Container), or anything else (Leaf). Default: Any.</summary>
    [Parameter]
    [Alias("Type")]
    public SftpPathType PathType { get; set; }

    private protected override async Task ProcessPathAsync(
        SftpSession session,
        ISftpChannel channel,
        string path,
        CmdletOutput output,
        CancellationToken cancellationToken) =>
        await output.WriteAsync(await AnyAsync(channel, path, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task<bool> AnyAsync(ISftpChannel channel, string path, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (found, attributes) in ExpandAsync(channel, path, IsLiteral, cancellationToken).ConfigureAwait(false))
            {
                if (await IsWantedAsync(channel, found, attributes, cancellationToken).ConfigureAwait(false))
                    return true;
            }
        }
        catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
        {
            // That is the answer.
        }

        return false;
    }

    private async Task<bool> IsWantedAsync(
        ISftpChannel channel,
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken)
    {
        if (attributes.FileType == RemoteFileType.SymbolicLink)
        {
            if (!await channel.ExistsAsync(path.Value, cancellationToken).ConfigureAwait(false))
                return false;
            attributes = await channel.FileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false);
        }

        return PathType switch
        {
            SftpPathType.Container => attributes.FileType == RemoteFileType.Directory,
            SftpPathType.Leaf => attributes.FileType != RemoteFileType.Directory,
            _ => true,
        };
    }
}
