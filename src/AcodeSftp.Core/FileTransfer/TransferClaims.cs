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
    // So there are only so many, and two files may meet in one. Within this process that is known for what it is; of two
    // processes it costs the second the resumption of its file. So the many small files, which are never resumed, have others.
    private const int LockFiles = 1024;

    private static readonly ConcurrentDictionary<string, bool> Claimed = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, LockFile> Locks = new(StringComparer.Ordinal);

    private static string Directory => Path.Join(Path.GetDirectoryName(TransferResumeManager.DefaultDirectory), "locks");

    /// <summary>Claims a temporary file.</summary>
    /// <param name="url">The server and path of it.</param>
    /// <param name="mayBeResumed">Whether it may be gone on with after an interruption.</param>
    /// <returns>The claim, to be disposed; null where another transfer has it.</returns>
    public static IDisposable? TryClaim(string url, bool mayBeResumed)
    {
        if (!Claimed.TryAdd(url, true))
            return null;
        var number = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(url))) % LockFiles;
        var name = string.Create(CultureInfo.InvariantCulture, $"{number:x3}{(mayBeResumed ? "r" : "")}");
        var file = Locks.GetOrAdd(name, static name => new LockFile(Path.Join(Directory, name)));
        if (file.TryEnter())
            return new Claim(url, file);
        Claimed.TryRemove(url, out _);
        return null;
    }

    /// <summary>A file that one process has locked as long as any of its claims is in it.</summary>
    private sealed class LockFile(string path)
    {
        private readonly object _lock = new();
        private FileStream? _file;
        private int _claims;

        public bool TryEnter()
        {
            lock (_lock)
            {
                if (_claims == 0 && !TryLock())
                    return false;
                _claims++;
                return true;
            }
        }

        public void Leave()
        {
            lock (_lock)
            {
                if (--_claims > 0)
                    return;
                _file?.Dispose();
                _file = null;
            }
        }

        // True without a file where this machine has no place for one: the claims then hold within this process.
        private bool TryLock()
        {
            try
            {
                _file = Open(path);
                return true;
            }
            catch (DirectoryNotFoundException)
            {
                return !TryCreateDirectory() || TryLock();
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

    private sealed class Claim(string url, LockFile file) : IDisposable
    {
        public void Dispose()
        {
            file.Leave();
            Claimed.TryRemove(url, out _);
        }
    }
}
