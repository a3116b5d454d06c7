using System.Runtime.InteropServices;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>
/// Starts a process in a session of its own, with given standard streams and no other descriptor of ours.
/// <see cref="System.Diagnostics.Process"/> cannot do that, and a child in the terminal's foreground group would be ended by
/// the user's Ctrl+C and could ask on the terminal.
/// </summary>
internal static unsafe partial class PosixSpawn
{
    // posix_spawnattr_t and posix_spawn_file_actions_t are opaque: 336 and 80 bytes with glibc and musl, pointers on macOS.
    private const int OpaqueSize = 1024;
    private const int SignalSetSize = 128;
    private const short SetProcessGroup = 0x02;
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;

    private static short SetSession => OperatingSystem.IsMacOS() ? (short)0x0400 : (short)0x80;

    // Descriptors that another thread of ours is just opening leak into the child without this on macOS.
    private static short CloseOnExecDefault => OperatingSystem.IsMacOS() ? (short)0x4000 : (short)0;

    /// <summary>Starts a process.</summary>
    /// <param name="file">The program; an absolute path.</param>
    /// <param name="arguments">Its arguments, without its name.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="standardStreams">Descriptors for its standard input, output and error; -1 for <c>/dev/null</c>.</param>
    /// <returns>Its number. It must be waited for.</returns>
    /// <exception cref="IOException">It could not be started.</exception>
    public static int Start(
        string file,
        IReadOnlyList<string> arguments,
        IEnumerable<KeyValuePair<string, string>> environment,
        (int Input, int Output, int Error) standardStreams)
    {
        using var argumentVector = new NativeStrings([file, .. arguments]);
        using var environmentVector = new NativeStrings([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        var attributes = stackalloc byte[OpaqueSize];
        var actions = stackalloc byte[OpaqueSize];
        new Span<byte>(attributes, OpaqueSize).Clear();
        new Span<byte>(actions, OpaqueSize).Clear();
        Check(posix_spawnattr_init(attributes), "posix_spawnattr_init");
        Check(posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        try
        {
            SetAttributes(attributes);
            Redirect(actions, standardStreams.Input, 0);
            Redirect(actions, standardStreams.Output, 1);
            Redirect(actions, standardStreams.Error, 2);
            Check(posix_spawn(out var processId, file, actions, attributes, argumentVector.Pointers, environmentVector.Pointers), file);
            return processId;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    private static void SetAttributes(byte* attributes)
    {
        // .NET ignores SIGPIPE, and a child would inherit that; a blocked signal would stay blocked.
        var defaults = stackalloc byte[SignalSetSize];
        var mask = stackalloc byte[SignalSetSize];
        _ = sigemptyset(defaults);
        _ = sigemptyset(mask);
        foreach (var signal in (ReadOnlySpan<int>)[1, Posix.SigInt, 3, 13, Posix.SigTerm, OperatingSystem.IsMacOS() ? 20 : 17])
            _ = sigaddset(defaults, signal);
        Check(posix_spawnattr_setsigdefault(attributes, defaults), "posix_spawnattr_setsigdefault");
        Check(posix_spawnattr_setsigmask(attributes, mask), "posix_spawnattr_setsigmask");

        var flags = (short)(SetSignalDefaults | SetSignalMask | CloseOnExecDefault);
        if (posix_spawnattr_setflags(attributes, (short)(flags | SetSession)) == 0)
            return;
        // glibc before 2.26 has no sessions here. A process group of its own is out of Ctrl+C's way, too.
        Check(posix_spawnattr_setpgroup(attributes, 0), "posix_spawnattr_setpgroup");
        Check(posix_spawnattr_setflags(attributes, (short)(flags | SetProcessGroup)), "posix_spawnattr_setflags");
    }

    private static void Redirect(byte* actions, int descriptor, int target) => Check(
        descriptor < 0
            ? posix_spawn_file_actions_addopen(actions, target, "/dev/null", 2 /* O_RDWR */, 0)
            : posix_spawn_file_actions_adddup2(actions, descriptor, target),
        "posix_spawn_file_actions");

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw Posix.ErrorOf(call, error);
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
                Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                Marshal.FreeCoTaskMem((nint)Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }

#pragma warning disable SA1300, IDE1006 // Named as in the C library.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(
        out int processId, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setpgroup(byte* attributes, int group);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int descriptor, int target);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(
        byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int sigemptyset(byte* signals);

    [LibraryImport("libc")]
    private static partial int sigaddset(byte* signals, int signal);
#pragma warning restore SA1300, IDE1006
}
