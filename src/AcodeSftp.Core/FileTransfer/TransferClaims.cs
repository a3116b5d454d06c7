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

    // How long a transfer that was cancelled may take to let go of its file before the next one does without it.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<string, Claim> Claimed = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, LockFile> Locks = new(StringComparer.Ordinal);

    private static string Directory => Path.Join(Path.GetDirectoryName(TransferResumeManager.DefaultDirectory), "locks");

    /// <summary>Claims a temporary file. One that is about to be let go is waited for.</summary>
    /// <param name="url">The server and path of it.</param>
    /// <param name="size">How large the file is to be, in bytes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The claim, to be disposed; null where another transfer has it.</returns>
    public static async ValueTask<Claim?> TryClaimAsync(string url, long size, CancellationToken cancellationToken)
    {
        var number = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(url))) % LockFiles;
        var name = string.Create(CultureInfo.InvariantCulture, $"{number:x3}{(size >= ResumeJournal.MinimumSize ? "r" : "")}");
        var file = Locks.GetOrAdd(name, static name => new LockFile(Path.Join(Directory, name)));
        var claim = new Claim(url, file);
        for (Claim holder; (holder = Claimed.GetOrAdd(url, claim)) != claim;)
        {
            if (holder.Ending is not { } ending)
                return null;
            try
            {
                await ending.WaitAsync(EndLimit, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }

        if (file.TryEnter())
            return claim;
        Claimed.TryRemove(url, out _);
        return null;
    }

    /// <summary>The right to write one temporary file; disposing it gives it back.</summary>
    internal sealed class Claim(string url, LockFile file) : IDisposable
    {
        private TaskCompletionSource? _ending;

        /// <summary>Ends when it is given back; null as long as nobody has said that it will be.</summary>
        public Task? Ending => Volatile.Read(ref _ending)?.Task;

        /// <summary>Says that it is about to be given back, so that whoever wants it waits for that.</summary>
        public void BeginEnding() => Volatile.Write(ref _ending, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Dispose()
        {
            file.Leave();
            Claimed.TryRemove(url, out _);
            _ending?.TrySetResult();
        }
    }

    /// <summary>A file that this process has locked as long as any of its claims is in it.</summary>
    internal sealed class LockFile(string path)
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
}
