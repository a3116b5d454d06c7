using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// The remote temporary files that this user's processes on this machine are writing. Two transfers of one source to one
/// destination would otherwise use the same one.
/// </summary>
internal static class TransferClaims
{
    // Lock files are never deleted, for nobody can tell whether one that is being opened is still there when it is locked.
    // So there are only so many; two files that meet in one cost the second nothing but its resumption.
    private const int LockFiles = 1024;

    private static readonly ConcurrentDictionary<string, bool> Claimed = new(StringComparer.Ordinal);

    private static string Directory => Path.Join(Path.GetDirectoryName(TransferResumeManager.DefaultDirectory), "locks");

    /// <summary>Claims a temporary file.</summary>
    /// <param name="url">The server and path of it.</param>
    /// <returns>The claim, to be disposed; null where another transfer has it.</returns>
    public static IDisposable? TryClaim(string url)
    {
        if (!Claimed.TryAdd(url, true))
            return null;
        if (TryLock(url, out var file))
            return new Claim(url, file);
        Claimed.TryRemove(url, out _);
        return null;
    }

    // True without a file where this machine has no place for one: the claim then holds within this process.
    private static bool TryLock(string url, out FileStream? file)
    {
        file = null;
        var number = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(url))) % LockFiles;
        var path = Path.Join(Directory, number.ToString("x3", CultureInfo.InvariantCulture));
        try
        {
            file = Open(path);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return !TryCreateDirectory() || TryLock(url, out file);
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            return true;
        }
    }

    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static bool TryCreateDirectory()
    {
        try
        {
            System.IO.Directory.CreateDirectory(Directory);
            return true;
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            return false;
        }
    }

    private sealed class Claim(string url, FileStream? file) : IDisposable
    {
        public void Dispose()
        {
            file?.Dispose();
            Claimed.TryRemove(url, out _);
        }
    }
}
