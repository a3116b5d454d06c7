using System.Management.Automation;
using System.Security.Cryptography;
using AcodeSftp.Files;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Computes hashes of remote files, as Get-FileHash does of local ones. The server computes them where it has a tool for it;
/// otherwise the content is read.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SftpFileHash", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SftpFileHash))]
public sealed class GetSftpFileHashCommand : RemoteItemCmdlet
{
    /// <summary>The algorithm. Default: SHA256.</summary>
    [Parameter]
    [ValidateSet("SHA1", "SHA256", "SHA384", "SHA512", "MD5", IgnoreCase = true)]
    public string Algorithm { get; set; } = "SHA256";

    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        var algorithm = new HashAlgorithmName(Algorithm.ToUpperInvariant());
        var hash = await item.Channel.ComputeHashAsync(item.Path.Value, algorithm, cancellationToken).ConfigureAwait(false);
        await output.WriteAsync(new SftpFileHash
        {
            Algorithm = algorithm.Name!,
            Hash = hash.Hash.ToUpperInvariant(),
            FullPath = item.Path.Value,
            IsFromServer = hash.IsFromServer,
            Authority = item.Session.Authority,
            SessionId = item.Session.Id,
        }).ConfigureAwait(false);
    }
}
