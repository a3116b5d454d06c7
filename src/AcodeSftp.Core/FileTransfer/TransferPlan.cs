using System.Threading.Channels;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Finds what there is to transfer and hands it on while it goes on looking; the queue it writes to is bounded, so no more
/// of a tree is held than that. What goes wrong with a part of a tree is reported, and the rest goes on.
/// </summary>
internal abstract class TransferPlan(
    TransferContext context,
    IFolderMaker folders,
    ChannelWriter<TransferItem> queue,
    Func<string, SftpException, CancellationToken, ValueTask> report)
{
    // OpenSSH's own clients stop at 64. Nobody nests deeper on purpose, but a server can make a listing that never ends.
    protected const int MaxDepth = 256;

    // Links within links within followed links: as many ways lead through them as there are combinations.
    protected const int MaxLinksFollowed = 8;

    private long _totalBytes;

    protected TransferContext Context => context;

    protected IFolderMaker Folders => folders;

    protected ValueTask ReportAsync(string path, SftpException error, CancellationToken cancellationToken) =>
        report(path, error, cancellationToken);

    /// <summary>Finds what is to be transferred from one place to another.</summary>
    /// <param name="localPath">The full path here.</param>
    /// <param name="remotePath">The path there.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Ends when everything is found; the directory to wait for, if there is one.</returns>
    /// <exception cref="SftpException">There is nothing that could be transferred.</exception>
    public abstract Task<TransferFolder?> AddAsync(
        string localPath,
        RemotePath remotePath,
        CancellationToken cancellationToken);

    /// <summary>Hands a file on, unless it is larger than allowed.</summary>
    /// <returns>Whether it was.</returns>
    protected async ValueTask<bool> AddFileAsync(FileItem file, CancellationToken cancellationToken)
    {
        var options = context.Options;
        var size = file.Source.Size;
        if (options.MaxFileSize < size)
        {
            var path = file.SourcePath(context.Direction);
            await ReportAsync(path, TooLarge(path, $"has {size} bytes; {options.MaxFileSize} are allowed"), cancellationToken)
                .ConfigureAwait(false);
            return false;
        }

        _totalBytes += size;
        if (options.MaxTotalSize < _totalBytes)
            throw new TransferLimitException(TooLarge(
                file.SourcePath(context.Direction),
                $"makes the transfer larger than the {options.MaxTotalSize} bytes that are allowed"));
        PrepareChecksums(size);
        file.Folder?.Enter();
        context.Meter.Found(1, size);
        await queue.WriteAsync(file, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Has what computes checksums on the server start before they are wanted, for it takes two round trips.</summary>
    /// <param name="size">The size of the file that was found; 0 where it is not known yet.</param>
    protected void PrepareChecksums(long size)
    {
        if (context.Options.VerifyChecksum && context.Scp is null)
            context.Hashing.Prepare(size);
    }

    /// <summary>Hands a link on.</summary>
    protected ValueTask AddLinkAsync(LinkItem link, CancellationToken cancellationToken)
    {
        link.Folder?.Enter();
        return queue.WriteAsync(link, cancellationToken);
    }

    /// <summary>Tells that a link is left out.</summary>
    protected ValueTask SkipLinkAsync(string path, string relative, CancellationToken cancellationToken) =>
        context.Options.SymbolicLinks == SymbolicLinkHandling.Skip && context.Selection.IncludesFile(relative)
            ? context.TellAsync(new TransferLinkSkippedEvent(context.TransferId, path), cancellationToken)
            : ValueTask.CompletedTask;

    /// <summary>The error of something that is neither file, directory nor link.</summary>
    internal static SftpException NotTransferable(string path, RemoteFileType type) =>
        new(
            SftpErrorCode.InvalidArgument,
            $"'{TerminalText.Clean(path)}' is {Describe(type)}; only files, directories and links can be transferred.")
        {
            Path = path,
        };

    /// <summary>The error of a directory that is too deep in the tree.</summary>
    internal static SftpException TooDeep(string path) =>
        new(SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(path)}' is more than {MaxDepth} directories deep.")
        {
            Path = path,
        };

    /// <summary>The error of a link that is not followed.</summary>
    protected static SftpException NotFollowed(string path, string reason) =>
        new(SftpErrorCode.InvalidArgument, $"The link '{TerminalText.Clean(path)}' is not followed: it {reason}.")
        {
            Path = path,
        };

    private static SftpException TooLarge(string path, string what) =>
        new(SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(path)}' {what}.")
        {
            Path = path,
            Advice = "Allow larger transfers, or transfer less.",
        };

    private static string Describe(RemoteFileType type) => type switch
    {
        RemoteFileType.Fifo => "a named pipe",
        RemoteFileType.Socket => "a socket",
        RemoteFileType.BlockDevice or RemoteFileType.CharacterDevice => "a device",
        RemoteFileType.SymbolicLink => "a link that leads nowhere",
        _ => "of unknown type",
    };
}

/// <summary>A transfer found itself larger than allowed: everything stops.</summary>
internal sealed class TransferLimitException(SftpException error) : Exception(error.Message, error)
{
    public SftpException Error => error;
}
