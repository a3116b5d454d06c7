using System.Runtime.InteropServices;
using System.Text;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// <c>st_mode</c>, owner and group of a local file, which .NET has no public way to ask for: without the type a named
/// pipe looks like a file, and opening it would wait for ever. Asked of the runtime's own native library; where that
/// cannot be, nothing is known and nothing depends on it.
/// </summary>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="UserId">The owner.</param>
/// <param name="GroupId">The group.</param>
internal readonly record struct UnixFileStatus(uint Mode, uint UserId, uint GroupId)
{
    private static volatile bool _isMissing = OperatingSystem.IsWindows();

    /// <summary>Asks.</summary>
    /// <param name="path">The file.</param>
    /// <param name="followLinks">Whether of what a link leads to.</param>
    /// <returns>The status; null where it cannot be had.</returns>
    public static UnixFileStatus? Of(string path, bool followLinks)
    {
        if (_isMissing)
            return null;
        try
        {
            var result = followLinks ? Native.Stat(path, out var status) : Native.LStat(path, out status);
            return result == 0
                ? new UnixFileStatus((uint)status.Mode, status.UserId, status.GroupId)
                : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            _isMissing = true;
            return null;
        }
    }

    // The head of FileStatus in the runtime's pal_io.h, the same since .NET Core 2, and room for what comes after it.
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct NativeStatus
    {
        [FieldOffset(4)]
        public int Mode;

        [FieldOffset(8)]
        public uint UserId;

        [FieldOffset(12)]
        public uint GroupId;
    }

    private static class Native
    {
        private const string Library = "libSystem.Native";

        public static int Stat(string path, out NativeStatus status) => Stat(ZeroTerminated(path), out status);

        public static int LStat(string path, out NativeStatus status) => LStat(ZeroTerminated(path), out status);

        private static byte[] ZeroTerminated(string path) => Encoding.UTF8.GetBytes(path + '\0');

        [DllImport(Library, EntryPoint = "SystemNative_Stat")]
        private static extern int Stat(byte[] path, out NativeStatus status);

        [DllImport(Library, EntryPoint = "SystemNative_LStat")]
        private static extern int LStat(byte[] path, out NativeStatus status);
    }
}
