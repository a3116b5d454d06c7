using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.FileTransfer;

/// <summary>A local file that is uploaded. What it was when it was opened is what has to arrive.</summary>
internal sealed class LocalSource : IDisposable
{
    private LocalSource(string path, SafeFileHandle handle)
    {
        Path = path;
        Handle = handle;
        Size = RandomAccess.GetLength(handle);
        Modified = new DateTimeOffset(File.GetLastWriteTimeUtc(handle));
    }

    public string Path { get; }

    public SafeFileHandle Handle { get; }

    public long Size { get; }

    public DateTimeOffset Modified { get; }

    /// <summary>Opens a file without keeping others from writing, renaming or deleting it.</summary>
    /// <exception cref="SftpException">It cannot be read.</exception>
    public static LocalSource Open(string path)
    {
        try
        {
            var handle = File.OpenHandle(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                FileOptions.SequentialScan);
            return new LocalSource(path, handle);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "read", path);
        }
    }

    /// <summary>Reads into a buffer. A local read is done before an asynchronous one would have been queued.</summary>
    public int Read(Span<byte> buffer, long offset)
    {
        try
        {
            return RandomAccess.Read(Handle, buffer, offset);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "read", Path);
        }
    }

    /// <summary>Makes sure that the file is what it was when it was opened.</summary>
    /// <exception cref="SftpException">It was changed.</exception>
    public void RequireUnchanged()
    {
        var size = RandomAccess.GetLength(Handle);
        if (size != Size || File.GetLastWriteTimeUtc(Handle) != Modified.UtcDateTime)
            throw TransferFaults.SourceChanged(Path, Size, size);
    }

    public void Dispose() => Handle.Dispose();
}
