using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>
/// A directory of one connection that no other account can enter, for its control socket and its log files. Its name
/// carries the number of this process, so that what a killed process left behind is found and removed by the next one.
/// </summary>
internal sealed class PrivateDirectory : IDisposable
{
    private const string Prefix = "acode-sftp-";

    // The socket's name, and the dot and 16 characters that ssh appends while it makes the socket, must fit with the
    // directory's name into sun_path: 108 bytes on Linux, 104 on macOS.
    private const int MaxPathLength = 104 - 1 - 2 - 17;

    private static readonly Lazy<string> ProcessNamespace = new(FindProcessNamespace);
    private int _isDisposed;

    private PrivateDirectory(string path) => Path = path;

    /// <summary>Its path; on Unix of letters, digits and <c>/-._</c> only.</summary>
    public string Path { get; }

    /// <summary>Creates a directory and removes those of processes that are gone.</summary>
    /// <param name="bases">Where to try, in order; null for the usual places.</param>
    /// <returns>The directory.</returns>
    /// <exception cref="IOException">None could be made.</exception>
    public static PrivateDirectory Create(IEnumerable<string>? bases = null)
    {
        foreach (var place in bases ?? UsualPlaces())
        {
            Sweep(place);
            var random = Convert.ToHexString(RandomNumberGenerator.GetBytes(4));
            var path = System.IO.Path.Combine(place, $"{Prefix}{Environment.ProcessId}-{ProcessNamespace.Value}-{random}");
            if (IsUsable(path) && TryCreate(path))
                return new PrivateDirectory(path);
        }

        throw new IOException("No private directory could be made in $XDG_RUNTIME_DIR or /tmp.");
    }

    /// <summary>A path in the directory.</summary>
    /// <param name="name">The file's name.</param>
    /// <returns>The path.</returns>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Removes the directory and what is in it. Doing so twice is fine.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone already, or a file in it is still held open (Windows): a later start sweeps it.
        }
    }

    private static IEnumerable<string> UsualPlaces()
    {
        if (OperatingSystem.IsWindows())
            return [System.IO.Path.GetTempPath()];
        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return string.IsNullOrEmpty(runtime) || !Directory.Exists(runtime) ? ["/tmp"] : [runtime, "/tmp"];
    }

    // ssh reads % and blanks in a ControlPath as something else.
    private static bool IsUsable(string path) => OperatingSystem.IsWindows() ||
        (path.Length <= MaxPathLength && System.IO.Path.IsPathRooted(path)
            && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '.' or '_'));

    private static bool TryCreate(string path)
    {
        if (!OperatingSystem.IsWindows())
            return Posix.TryCreatePrivateDirectory(path);
        // A user's temporary directory is private on Windows.
        Directory.CreateDirectory(path);
        return true;
    }

    // Containers may share a directory but not their process numbers: a number says nothing about another namespace's.
    private static string FindProcessNamespace()
    {
        try
        {
            // "pid:[4026531836]"
            var link = new FileInfo("/proc/self/ns/pid").LinkTarget;
            return link is null ? "0" : new string([.. link.Where(char.IsAsciiDigit)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "0";
        }
    }

    private static void Sweep(string place)
    {
        try
        {
            foreach (var path in Directory.EnumerateDirectories(place, Prefix + "*"))
            {
                var parts = System.IO.Path.GetFileName(path)[Prefix.Length..].Split('-');
                if (parts.Length == 3
                    && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
                    && parts[1] == ProcessNamespace.Value
                    && !IsAlive(processId))
                    Remove(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process sweeps at the same time.
        }
    }

    private static bool IsAlive(int processId)
    {
        if (!OperatingSystem.IsWindows())
            return Posix.ProcessExists(processId);
        try
        {
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // In /tmp such a directory may be anybody's, who could put a link in place of it between a look and a deletion by path.
    // rm goes down by descriptors and follows no link.
    private static void Remove(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.Delete(directory, recursive: true);
            return;
        }

        try
        {
            using var rm = Process.Start(new ProcessStartInfo("/bin/rm", ["-rf", "--", directory])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
            });
        }
        catch (Win32Exception)
        {
            // No rm, no sweeping.
        }
    }
}
