using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Finds out what a server meant by its bare "Failure" (SSH_FX_FAILURE, status 4), which stands for EEXIST, ENOTEMPTY,
/// EISDIR, ENOSPC and EDQUOT alike (<c>errno_to_portable</c> in OpenSSH's sftp-server.c). Each method asks the server the
/// one question that tells and returns the error to throw: a better one, or the one it was given.
/// </summary>
internal sealed class FailureProbe(IRemoteFileSystem fileSystem)
{
    // What is left may be less than the write that was refused.
    private const long LargestWrite = 256 * 1024;

    /// <summary>Opens a file, and explains it where that is refused.</summary>
    public async Task<IRemoteFile> OpenAsync(
        RemotePath path,
        RemoteOpenFlags flags,
        RemoteFileAttributes? attributes,
        CancellationToken cancellationToken)
    {
        try
        {
            return await fileSystem.OpenAsync(path, flags, attributes, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw flags.HasFlag(RemoteOpenFlags.Exclusive)
                ? await ExplainCreateAsync(e, path, cancellationToken).ConfigureAwait(false)
                : await ExplainOpenAsync(e, path, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Explains a refused plain rename.</summary>
    public async Task<SftpException> ExplainRenameAsync(
        SftpException failure,
        RemotePath oldPath,
        RemotePath newPath,
        CancellationToken cancellationToken)
    {
        if (!IsBare(failure))
            return failure;
        if (await LookAsync(newPath, cancellationToken).ConfigureAwait(false) is { } found)
            return Exists(failure, newPath, found.FileType);
        return await ExplainLackOfSpaceAsync(failure, oldPath, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Explains a refused replacing rename: it fails on a directory in the way.</summary>
    public async Task<SftpException> ExplainReplaceAsync(
        SftpException failure,
        RemotePath oldPath,
        RemotePath newPath,
        CancellationToken cancellationToken)
    {
        if (!IsBare(failure))
            return failure;
        var old = await LookAsync(oldPath, cancellationToken).ConfigureAwait(false);
        var found = await LookAsync(newPath, cancellationToken).ConfigureAwait(false);
        var oldIsDirectory = old?.FileType == RemoteFileType.Directory;
        return found?.FileType switch
        {
            RemoteFileType.Directory when oldIsDirectory => new SftpException(
                SftpErrorCode.NotEmpty,
                $"Cannot replace '{Shown(newPath)}': the directory is not empty.",
                failure) { Path = newPath.Value, Host = failure.Host },
            RemoteFileType.Directory => Exists(failure, newPath, RemoteFileType.Directory),
            not null when oldIsDirectory => Exists(failure, newPath, found.FileType),
            _ => await ExplainLackOfSpaceAsync(failure, oldPath, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Explains a refused creation: of a directory, a link, or a file that must be new.</summary>
    public async Task<SftpException> ExplainCreateAsync(
        SftpException failure,
        RemotePath path,
        CancellationToken cancellationToken)
    {
        if (!IsBare(failure))
            return failure;
        return await LookAsync(path, cancellationToken).ConfigureAwait(false) is { } found
            ? Exists(failure, path, found.FileType)
            : await ExplainLackOfSpaceAsync(failure, path.Parent, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Explains a refused removal of a directory.</summary>
    public async Task<SftpException> ExplainRemoveDirectoryAsync(
        SftpException failure,
        RemotePath path,
        CancellationToken cancellationToken)
    {
        if (!IsBare(failure))
            return failure;
        try
        {
            await foreach (var _ in fileSystem.ReadDirectoryAsync(path, cancellationToken).ConfigureAwait(false))
                return NotEmpty(path, failure);
        }
        catch (SftpException)
        {
            // What cannot be listed cannot be explained either.
        }

        return failure;
    }

    /// <summary>Explains a refused removal of a file.</summary>
    public async Task<SftpException> ExplainRemoveFileAsync(
        SftpException failure,
        RemotePath path,
        CancellationToken cancellationToken)
    {
        if (!IsBare(failure))
            return failure;
        var found = await LookAsync(path, cancellationToken).ConfigureAwait(false);
        return found?.FileType == RemoteFileType.Directory ? IsADirectory(failure, path) : failure;
    }

    /// <summary>Explains a refused opening of a file that may exist.</summary>
    public async Task<SftpException> ExplainOpenAsync(
        SftpException failure,
        RemotePath path,
        CancellationToken cancellationToken)
    {
        if (!IsBare(failure))
            return failure;
        var found = await LookAsync(path, cancellationToken, followLinks: true).ConfigureAwait(false);
        return found?.FileType == RemoteFileType.Directory
            ? IsADirectory(failure, path)
            : await ExplainLackOfSpaceAsync(failure, path.Parent, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Explains a refused write, or a close that reports one.</summary>
    public Task<SftpException> ExplainWriteAsync(
        SftpException failure,
        RemotePath path,
        CancellationToken cancellationToken) =>
        IsBare(failure)
            ? ExplainLackOfSpaceAsync(failure, path, cancellationToken, LargestWrite)
            : Task.FromResult(failure);

    /// <summary>The error of a directory that has entries.</summary>
    public static SftpException NotEmpty(RemotePath path, SftpException? failure = null) =>
        new(SftpErrorCode.NotEmpty, $"Cannot remove directory '{Shown(path)}': it is not empty.", failure)
        {
            Path = path.Value,
            Host = failure?.Host,
            Advice = "Remove what is in it first, or remove it recursively.",
        };

    /// <summary>The error of a path that is taken.</summary>
    public static SftpException Exists(SftpException? failure, RemotePath path, RemoteFileType type) =>
        new(
            SftpErrorCode.AlreadyExists,
            $"'{Shown(path)}' exists already{(type == RemoteFileType.Directory ? " and is a directory" : "")}.",
            failure)
        {
            Path = path.Value,
            Host = failure?.Host,
        };

    internal static SftpException IsADirectory(SftpException? failure, RemotePath path) =>
        new(SftpErrorCode.InvalidArgument, $"'{Shown(path)}' is a directory.", failure)
        {
            Path = path.Value,
            Host = failure?.Host,
        };

    private static bool IsBare(SftpException failure) => failure.Code == SftpErrorCode.Unknown;

    private static string Shown(RemotePath path) => TerminalText.Clean(path.Value);

    // A full disk and a used-up quota both show as no room for this account; a server that counts blocks for root only
    // (free, but not available) is full as well.
    private async Task<SftpException> ExplainLackOfSpaceAsync(
        SftpException failure,
        RemotePath path,
        CancellationToken cancellationToken,
        long tooLittle = 1)
    {
        if (!fileSystem.Server.Supports(SftpExtensions.StatVfs))
            return failure;
        try
        {
            var statistics = await fileSystem.GetStatisticsAsync(path, cancellationToken).ConfigureAwait(false);
            var noInodes = statistics is { TotalFiles: > 0, AvailableFiles: 0 };
            if (statistics.TotalBlocks > 0 && (statistics.AvailableBytes < tooLittle || noInodes))
                return new SftpException(
                    SftpErrorCode.DiskFull,
                    $"No space is left on the server for '{Shown(path)}'{(noInodes ? ": it has no free inodes" : "")}.",
                    failure)
                {
                    Path = path.Value,
                    Host = failure.Host,
                    Advice = "Free space on the server and try again.",
                };
            if (statistics.IsReadOnly)
                return new SftpException(
                    SftpErrorCode.PermissionDenied,
                    $"Cannot write '{Shown(path)}': the file system is read-only.",
                    failure) { Path = path.Value, Host = failure.Host };
        }
        catch (SftpException)
        {
            // The first failure is the one to report.
        }

        return failure;
    }

    private async Task<RemoteFileAttributes?> LookAsync(
        RemotePath path,
        CancellationToken cancellationToken,
        bool followLinks = false)
    {
        try
        {
            return followLinks
                ? await fileSystem.StatAsync(path, cancellationToken).ConfigureAwait(false)
                : await fileSystem.LStatAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            return null;
        }
    }
}
