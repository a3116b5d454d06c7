using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Takes temporary files away where something has failed.</summary>
internal static class TemporaryFiles
{
    /// <summary>Removes a file. That it cannot be is not told: what failed before is what there is to tell.</summary>
    /// <param name="fileSystem">The server's files.</param>
    /// <param name="temporary">The file.</param>
    /// <returns>A task that ends when the server has answered.</returns>
    public static async Task RemoveAsync(IRemoteFileSystem fileSystem, RemotePath temporary)
    {
        try
        {
            await fileSystem.RemoveFileAsync(temporary, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // As the summary says.
        }
    }
}
