using System.Management.Automation.Provider;
using AcodeSftp.Files;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Provider;

/// <summary>What the work of the provider writes through: each call has the pipeline thread write.</summary>
internal sealed class DriveOutput(CmdletProvider provider, PipelinePump pump)
{
    /// <summary>Writes what is known of a file.</summary>
    /// <param name="file">The file.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask FileAsync(SftpFileInfo file) => WriteAsync(file, file);

    /// <summary>Writes the name of a file.</summary>
    /// <param name="file">The file.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask NameAsync(SftpFileInfo file) => WriteAsync(file.Name, file);

    /// <summary>Writes an error that does not end the command.</summary>
    /// <param name="error">What went wrong.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask ErrorAsync(SftpException error) => pump.PostAsync(() => provider.WriteError(SftpErrorRecord.From(error)));

    private ValueTask WriteAsync(object item, SftpFileInfo file)
    {
        var path = DrivePath.Format(file.SessionId, new RemotePath(file.FullPath));
        return pump.PostAsync(() => provider.WriteItemObject(item, path, file.IsDirectory));
    }
}
