using System.Management.Automation.Provider;
using AcodeSftp.Files;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Shell.Provider;

/// <content>
/// What Get-Content, Set-Content, Add-Content and Clear-Content do. PowerShell's Set-Content clears a file before it is
/// opened for writing; Set-SftpContent is the command that replaces a file in one step.
/// </content>
public sealed partial class SftpProvider : IContentCmdletProvider
{
    /// <inheritdoc/>
    public object GetContentReaderDynamicParameters(string path) => new ReadContentParameters();

    /// <inheritdoc/>
    public object GetContentWriterDynamicParameters(string path) => new WriteContentParameters();

    /// <inheritdoc/>
    public object? ClearContentDynamicParameters(string path) => null;

    /// <inheritdoc/>
    public IContentReader GetContentReader(string path)
    {
        var item = Locate(path);
        var asked = DynamicParameters as ReadContentParameters ?? new ReadContentParameters();
        return Open(item, () => new DriveContentReader(this, item, asked));
    }

    /// <inheritdoc/>
    public IContentWriter GetContentWriter(string path)
    {
        var item = Locate(path);
        var asked = DynamicParameters as WriteContentParameters ?? new WriteContentParameters();
        return Open(item, () => new DriveContentWriter(this, item, asked));
    }

    /// <inheritdoc/>
    public void ClearContent(string path)
    {
        var item = Locate(path);
        if (ShouldProcess(item.Url, "Clear Content"))
            Try(item, (channel, _, cancellationToken) => channel.FileSystem.SetAttributesAsync(
                item.Path,
                new RemoteFileAttributes { Size = 0 },
                cancellationToken));
    }

    // To PowerShell null is a file that there was an error about.
    private T Open<T>(DriveItem item, Func<T> open)
        where T : class
    {
        try
        {
            return open();
        }
        catch (SftpException e)
        {
            WriteError(SftpErrorRecord.From(e, item.ProviderPath));
            return null!;
        }
    }
}
