using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.FileTransfer;

/// <summary>The lock that .NET puts on an open file on Unix (<c>flock</c>), where sharing modes are no part of opening.</summary>
internal static class LocalLock
{
    private const int Shared = 1;
    private const int WithoutWaiting = 4;

    /// <summary>Lets others read a file that was opened for this process alone. Nobody else can have it alone meanwhile.</summary>
    /// <param name="file">The open file.</param>
    /// <exception cref="IOException">Somebody got hold of it between the one lock and the other.</exception>
    public static void Share(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
            return;
        // File systems without locks know this error too, and there nobody was kept out before.
        if (Lock(file, Shared | WithoutWaiting) != 0 && Marshal.GetLastPInvokeError() == WouldBlock)
            throw new IOException("Another transfer has taken the temporary file.");
    }

    private static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35;

    // The runtime's own native library, which knows this system's call.
    [DllImport("libSystem.Native", EntryPoint = "SystemNative_FLock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Lock(SafeFileHandle file, int operation);
}
