using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>The tree on this machine.</summary>
/// <param name="root">Its root, a full path.</param>
internal sealed class LocalMirrorSide(string root) : IMirrorSide
{
    // A name from a server becomes one component below the directory it is listed in, or is refused.
    public string PathOf(string relative)
    {
        var path = root;
        if (relative.Length > 0)
        {
            foreach (var name in relative.Split('/'))
                path = LocalPaths.Combine(path, name);
        }

        return path;
    }

    public Task<bool> HasRootAsync(CancellationToken cancellationToken) => Do("look at", "", path =>
        LocalEntry.TryRead(path, followLinks: true) is { } found
        && (found.Type == RemoteFileType.Directory ? true : throw MirrorErrors.NoDirectory(path)));

    public Task<IReadOnlyList<MirrorEntry>> ListAsync(
        string relative,
        Func<SftpException, ValueTask> refused,
        CancellationToken cancellationToken) => Do("list", relative, path =>
        {
            var entries = new List<MirrorEntry>();
            var all = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false, MatchType = MatchType.Simple };
            foreach (var full in Directory.EnumerateFileSystemEntries(path, "*", all))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var name = Path.GetFileName(full);
                // One that has gone since is not there.
                if (LocalEntry.TryRead(full, followLinks: false) is { } entry)
                    entries.Add(new MirrorEntry(name, entry.Type, entry.Facts.Size, entry.Facts.Modified));
            }

            return (IReadOnlyList<MirrorEntry>)entries;
        });

    public Task<string> HashAsync(string relative, CancellationToken cancellationToken) =>
        ChecksumVerifier.Shared.ComputeLocalChecksumAsync(PathOf(relative), cancellationToken);

    public Task CreateDirectoryAsync(string relative, CancellationToken cancellationToken) => Do("create directory", relative, path =>
    {
        if (relative.Length > 0 && LocalEntry.TryRead(path, followLinks: false) is { Type: not RemoteFileType.Directory })
            throw new SftpException(SftpErrorCode.AlreadyExists, $"'{TerminalText.Clean(path)}' exists already and is no directory.")
            {
                Path = path,
            };
        return Directory.CreateDirectory(path);
    });

    public Task DeleteAsync(string relative, bool isDirectory, CancellationToken cancellationToken) => Do("delete", relative, path =>
    {
        // Windows has links to directories that are deleted as directories are.
        if (isDirectory || (OperatingSystem.IsWindows() && File.GetAttributes(path).HasFlag(FileAttributes.Directory)))
            Directory.Delete(path);
        else
            File.Delete(path);
        return path;
    });

    private Task<T> Do<T>(string operation, string relative, Func<string, T> action)
    {
        var path = PathOf(relative);
        return Task.Run(() =>
        {
            try
            {
                return action(path);
            }
            catch (Exception e) when (LocalErrors.Includes(e))
            {
                throw LocalErrors.From(e, operation, path);
            }
        });
    }
}
