namespace AcodeSftp.HostKeys;

/// <summary>Small files of the user's own, read whole and replaced whole.</summary>
internal static class LocalFile
{
    /// <summary>The full path, with <c>~/</c> resolved.</summary>
    public static string Expand(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        return Path.GetFullPath(path);
    }

    /// <summary>The file's bytes; none when it does not exist.</summary>
    public static byte[] Read(string path, long maxLength)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;

            // The length that the file system states is not asked: pipes and devices have none.
            while ((read = file.Read(buffer)) > 0)
            {
                content.Write(buffer, 0, read);
                if (content.Length > maxLength)
                {
                    throw new SftpException(
                        SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(path)}' is too large for a known_hosts file.")
                    {
                        Path = path,
                    };
                }
            }

            return content.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("read", path, e);
        }
    }

    /// <summary>
    /// Whether a path is a device, such as <c>/dev/null</c>, which must not be renamed over. .NET does not tell the kind of
    /// a file, so that its place has to; below <c>/dev/shm</c> are files like any other.
    /// </summary>
    public static bool IsDevice(string path) => !OperatingSystem.IsWindows()
        && path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    /// <summary>The file that a path stands for once links are followed, whether it exists or not.</summary>
    public static string Resolve(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        }
        catch (FileNotFoundException)
        {
            return path;
        }
        catch (DirectoryNotFoundException)
        {
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("follow the link", path, e);
        }
    }

    /// <summary>
    /// Puts new content in place of a file's in one step: at no moment is the file missing or partial. The new file has
    /// the old one's mode, or 0600 where there was none.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="isCurrent">Asked at the last moment whether the content is still the right one.</param>
    /// <returns>False when it was not, and nothing was changed.</returns>
    public static bool Replace(string path, ReadOnlySpan<byte> content, Func<bool> isCurrent)
    {
        var temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            var exists = File.Exists(path);
            if (exists && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
            if (!isCurrent())
                return false;
            if (exists && OperatingSystem.IsWindows())
                File.Replace(temporary, path, destinationBackupFileName: null); // Keeps the access control list.
            else
                File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("write", path, e);
        }
        finally
        {
            TryDelete(temporary);
        }
    }

    /// <summary>Makes the directory of a file, mode 0700, when it is missing.</summary>
    public static void MakeDirectoryOf(string path)
    {
        if (Path.GetDirectoryName(path) is not { Length: > 0 } directory || Directory.Exists(directory))
            return;
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("make the directory of", path, e);
        }
    }

    public static SftpException Failed(string what, string path, Exception cause) => new(
        cause is UnauthorizedAccessException ? SftpErrorCode.PermissionDenied : SftpErrorCode.Unknown,
        $"Could not {what} '{TerminalText.Clean(path)}': {cause.Message}",
        cause)
    {
        Path = path,
    };

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What stays behind is a copy of public keys under a name of its own; what led here matters more.
        }
    }
}
