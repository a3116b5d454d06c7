using System.Runtime.InteropServices;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>
/// The few calls of the C library that .NET has no form of. Constants are those of Linux (glibc and musl alike) and, where
/// they differ, of macOS (not verified on macOS here).
/// </summary>
internal static partial class Posix
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int ExecutePermission = 1;

    private const int ErrInterrupted = 4;
    private const int AddressFamilyUnix = 1;
    private const int SocketTypeStream = 1;
    private const int SocketCloseOnExec = 0x80000;
    private const int FcntlSetDescriptorFlags = 2;
    private const int DescriptorCloseOnExec = 1;
    private const int IdTypeProcess = 1;
    private const int WaitExited = 4;

    private static int WaitNoReap => OperatingSystem.IsMacOS() ? 0x20 : 0x01000000;

    /// <summary>Two connected stream sockets that no process we start inherits by accident.</summary>
    /// <returns>The descriptors.</returns>
    public static (int First, int Second) SocketPair()
    {
        Span<int> pair = stackalloc int[2];
        var isLinux = !OperatingSystem.IsMacOS();
        if (socketpair(AddressFamilyUnix, SocketTypeStream | (isLinux ? SocketCloseOnExec : 0), 0, pair) != 0)
            throw LastError("socketpair");
        if (!isLinux)
        {
            // macOS has no way to make it close-on-exec in one step.
            _ = fcntl(pair[0], FcntlSetDescriptorFlags, DescriptorCloseOnExec);
            _ = fcntl(pair[1], FcntlSetDescriptorFlags, DescriptorCloseOnExec);
        }

        return (pair[0], pair[1]);
    }

    /// <summary>Creates a directory that nobody else can enter; fails where anything is there already.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>Whether it was created.</returns>
    public static bool TryCreatePrivateDirectory(string path) => mkdir(path, 0b111_000_000) == 0;

    /// <summary>Creates a named pipe that only this account can open.</summary>
    /// <param name="path">The pipe.</param>
    public static void CreatePipe(string path)
    {
        if (mkfifo(path, 0b110_000_000) != 0)
            throw LastError("mkfifo");
    }

    /// <summary>Whether this account may execute a file; false on a file system mounted <c>noexec</c>, too.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Whether it may.</returns>
    public static bool CanExecute(string path) => access(path, ExecutePermission) == 0;

    /// <summary>Whether a process of that number exists, ours or not.</summary>
    /// <param name="processId">Its number.</param>
    /// <returns>Whether there is one.</returns>
    public static bool ProcessExists(int processId) => kill(processId, 0) == 0 || Marshal.GetLastPInvokeError() != 3;

    /// <summary>Sends a signal; a process that is gone is not an error.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="signal">The signal.</param>
    public static void Signal(int processId, int signal) => _ = kill(processId, signal);

    /// <summary>Closes a descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>
    /// Waits until a child has ended, and leaves it unreaped, so that its number cannot be given to another process yet.
    /// </summary>
    /// <param name="processId">The child.</param>
    /// <returns>False where there is no such child, because this process reaps all children by ignoring SIGCHLD.</returns>
    public static bool WaitForEnd(int processId)
    {
        Span<byte> information = stackalloc byte[128];
        while (waitid(IdTypeProcess, processId, information, WaitExited | WaitNoReap) != 0)
        {
            if (Marshal.GetLastPInvokeError() != ErrInterrupted)
                return false;
        }

        return true;
    }

    /// <summary>Reaps a child that has ended.</summary>
    /// <param name="processId">The child.</param>
    /// <returns>Its exit code, or the signal that ended it, or neither where that cannot be learned.</returns>
    public static SshProcessExit Reap(int processId)
    {
        int result, status;
        do
        {
            result = waitpid(processId, out status, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == ErrInterrupted);

        if (result != processId)
            return new SshProcessExit(null, null);
        var signal = status & 0x7F;
        return signal == 0 ? new SshProcessExit((status >> 8) & 0xFF, null) : new SshProcessExit(null, signal);
    }

    public static IOException LastError(string call) => ErrorOf(call, Marshal.GetLastPInvokeError());

    public static IOException ErrorOf(string call, int error) => new($"{call}: {Marshal.GetPInvokeErrorMessage(error)}");

#pragma warning disable SA1300, IDE1006 // Named as in the C library.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, Span<int> pair);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkfifo(string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitid(int idType, int id, Span<byte> information, int options);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int processId, out int status, int options);
#pragma warning restore SA1300, IDE1006
}
