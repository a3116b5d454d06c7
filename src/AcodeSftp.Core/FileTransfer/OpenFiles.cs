using System.Runtime.InteropServices;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// The local files that transfers of this process have open at the same time, whatever their number: a system lets a process
/// have so many files open, and sessions, commands and whoever uses the library need some of them too.
/// </summary>
internal static class OpenFiles
{
    // NOFILE in the RLimitResources of the runtime's pal_io.h.
    private const int NumberOfFiles = 9;

    // A file may take a second one for a moment.
    private const int ForEach = 2;
    private const int ForOthers = 128;
    private const int Fewest = 16;
    private const int Most = 8192;

    /// <summary>Taken by each file while it is moved.</summary>
    public static SemaphoreSlim Room { get; } = new(RoomWithin(Limit()));

    /// <summary>How many files may be moved at once where so many may be open.</summary>
    internal static int RoomWithin(ulong limit) => (int)Math.Clamp((Math.Min(limit, int.MaxValue) - (double)ForOthers) / ForEach, Fewest, Most);

    // .NET has raised the soft limit to the hard one when it started.
    private static ulong Limit()
    {
        try
        {
            return !OperatingSystem.IsWindows() && GetLimit(NumberOfFiles, out var limit) == 0 ? limit.Current : ulong.MaxValue;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return ulong.MaxValue;
        }
    }

    // The runtime's own native library, which knows this system's call.
    [DllImport("libSystem.Native", EntryPoint = "SystemNative_GetRLimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int GetLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
