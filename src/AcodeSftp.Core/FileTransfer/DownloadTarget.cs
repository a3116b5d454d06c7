using System.Diagnostics;
using AcodeSftp.Files;
using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// The open local file that a download writes to: a temporary one beside the destination, which only this account may
/// read and no other transfer can open.
/// </summary>
internal sealed class DownloadTarget : IDisposable
{
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(10);

    private readonly FileStream _stream;

    private DownloadTarget(string path, FileStream stream)
    {
        Path = path;
        _stream = stream;
        Handle = stream.SafeFileHandle;
    }

    public string Path { get; }

    // Taken once: a stream that is asked for it moves the position in the file back to its own, and somebody else may be
    // writing there.
    public SafeFileHandle Handle { get; }

    /// <summary>Where writing begins; what lies before it is proven.</summary>
    public long Start { get; private set; }

    /// <summary>How far the file is written, without a gap.</summary>
    public long Length { get; set; }

    /// <summary>The hash of what is there and of what is written; null where nobody needs it.</summary>
    public ContentHash? Hash { get; private set; }

    /// <summary>Whether this is a temporary file and not the destination itself.</summary>
    public bool IsTemporary { get; private init; } = true;

    /// <summary>Whether the next attempt would find it.</summary>
    public bool CanBeFound { get; private init; } = true;

    /// <summary>Opens the target of a file, with what an earlier attempt left in it.</summary>
    /// <param name="destination">The full path of the destination.</param>
    /// <param name="identity">What identifies the source.</param>
    /// <param name="options">How to download.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The target.</returns>
    /// <exception cref="SftpException">It cannot be created.</exception>
    public static async ValueTask<DownloadTarget> OpenAsync(
        string destination,
        string identity,
        TransferOptions options,
        CancellationToken cancellationToken)
    {
        var directory = System.IO.Path.GetDirectoryName(destination)!;
        var name = System.IO.Path.GetFileName(destination);
        try
        {
            if (!options.UseAtomicRename)
                return new DownloadTarget(
                    destination,
                    OpenFile(destination, options.Overwrite ? FileMode.Create : FileMode.CreateNew))
                {
                    IsTemporary = false,
                    CanBeFound = false,
                };
            var path = System.IO.Path.Join(directory, TemporaryName.For(name, identity));
            if (await OpenLeftAsync(path, cancellationToken).ConfigureAwait(false) is { } stream)
                return new DownloadTarget(path, stream);
            path = System.IO.Path.Join(directory, TemporaryName.Unique(name));
            return new DownloadTarget(path, OpenFile(path, FileMode.CreateNew)) { CanBeFound = false };
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "write", destination);
        }
    }

    // Opens the file that an earlier attempt may have left; null where another transfer or another account has it. It is
    // locked as it is opened, and never deleted unlocked: somebody may be writing it. An ssh that wrote it for a transfer
    // that was cancelled, or for a process that has ended, lets go of it some moments later.
    private static async ValueTask<FileStream?> OpenLeftAsync(string path, CancellationToken cancellationToken)
    {
        FileStream? stream = null;
        for (var since = Stopwatch.GetTimestamp(); stream is null;)
        {
            // Whoever can write to the directory could have put a link there.
            if (LocalEntry.TryRead(path, followLinks: false) is { Type: not RemoteFileType.RegularFile })
                File.Delete(path);
            try
            {
                stream = OpenFile(path, FileMode.OpenOrCreate);
            }
            catch (IOException e) when (LocalErrors.IsInUse(e) && Stopwatch.GetElapsedTime(since) < LockLimit)
            {
                await Task.Delay(LockInterval, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && File.Exists(path))
            {
                return null;
            }
        }

        // The one who had it locked may have put it in place between our opening and our locking it.
        if (!File.Exists(path))
        {
            stream.Dispose();
            return null;
        }

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(stream.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return stream;
    }

    /// <summary>Begins to write after what is proven to be there.</summary>
    /// <param name="start">How much that is.</param>
    /// <param name="hash">The hash of it, and of what is written then; null where nobody needs one.</param>
    public void Begin(long start, ContentHash? hash)
    {
        Hash = hash;
        Start = Length = start;
        CutToLength();
    }

    /// <summary>Takes everything away that was written.</summary>
    public void StartOver()
    {
        var old = Hash;
        Begin(0, old is null ? null : new ContentHash());
        old?.Dispose();
    }

    /// <summary>Takes away what lies behind <see cref="Length"/>.</summary>
    public void CutToLength()
    {
        try
        {
            RandomAccess.SetLength(Handle, Length);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "write", Path);
        }
    }

    /// <summary>Writes the next block.</summary>
    public void Write(ReadOnlySpan<byte> block, long offset)
    {
        WriteAt(block, offset);
        Length = offset + block.Length;
    }

    /// <summary>
    /// Writes a block anywhere, which changes no <see cref="Length"/>. A local write is done before an asynchronous one
    /// would have been queued.
    /// </summary>
    public void WriteAt(ReadOnlySpan<byte> block, long offset)
    {
        try
        {
            RandomAccess.Write(Handle, block, offset);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "write", Path);
        }
    }

    /// <summary>Puts the finished file in place, in one step.</summary>
    /// <param name="destination">The full path of the destination.</param>
    /// <param name="overwrite">Whether to replace what is there.</param>
    public void Commit(string destination, bool overwrite)
    {
        try
        {
            // Still open, and so still locked: nobody else can take it for a left-over before it is in place. But from
            // then on anybody may read it, and .NET lets nobody read what is locked for one alone.
            if (IsTemporary)
            {
                LocalLock.Share(Handle);
                File.Move(Path, destination, overwrite);
            }

            _stream.Dispose();
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw File.Exists(destination) && !overwrite
                ? TransferFaults.Exists(destination, isDirectory: false)
                : LocalErrors.From(e, "replace", destination);
        }
    }

    /// <summary>Removes what was written.</summary>
    public void Discard()
    {
        try
        {
            File.Delete(Path);
            _stream.Dispose();
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            // The next transfer of the same file finds it and replaces it.
        }
    }

    public void Dispose()
    {
        Hash?.Dispose();
        _stream.Dispose();
    }

    private static FileStream OpenFile(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            // Windows renames an open file only where that is allowed; elsewhere this is what locks it.
            Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
