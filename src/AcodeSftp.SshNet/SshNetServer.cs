using AcodeSftp.Files;
using Renci.SshNet;

namespace AcodeSftp.SshNet;

/// <summary>Finds out which extensions the server announced, of those that SSH.NET can use: it keeps the list to itself.</summary>
internal static class SshNetServer
{
    private const int Version = 3;

    /// <summary>Asks.</summary>
    /// <param name="connection">Whom.</param>
    /// <returns>What the server has.</returns>
    public static async Task<SftpServerInfo> AskAsync(SshNetConnection connection)
    {
        var nothing = $"/.acode-sftp-{Guid.NewGuid():N}";
        var asked = await Task.WhenAll(
            HasAsync(connection, SftpExtensions.PosixRename, sftp => sftp.RenameFile(nothing, nothing, isPosix: true)),
            HasAsync(connection, SftpExtensions.StatVfs, sftp => sftp.GetStatus("/"))).ConfigureAwait(false);
        return new SftpServerInfo
        {
            ProtocolVersion = Version,
            Extensions = asked.OfType<string>().ToDictionary(name => name, _ => "", StringComparer.Ordinal),
        };
    }

    // Whatever else the server says to a request that can do nothing, it knows it.
    private static async Task<string?> HasAsync(SshNetConnection connection, string extension, Action<SftpClient> use)
    {
        try
        {
            await connection.CallAsync(
                "ask for extensions",
                null,
                sftp =>
                {
                    use(sftp);
                    return true;
                },
                CancellationToken.None).ConfigureAwait(false);
            return extension;
        }
        catch (SftpException e) when (e.Code is not (SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout))
        {
            return e.Code == SftpErrorCode.Unsupported ? null : extension;
        }
    }
}
