using System.Buffers;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Turns names from a server into local ones. A name is data (CVE-2018-20685, CVE-2019-6111, CVE-2026-48798): it becomes
/// one component below the directory it is listed in, or it is refused.
/// </summary>
internal static class LocalPaths
{
    private static readonly SearchValues<char> NotOnWindows = SearchValues.Create("\\:*?\"<>|");

    private static readonly HashSet<string> WindowsDevices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM\u00B9", "COM\u00B2", "COM\u00B3",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT\u00B9", "LPT\u00B2", "LPT\u00B3",
    };

    /// <summary>Joins a server's name to a local directory.</summary>
    /// <param name="directory">The full path of the directory.</param>
    /// <param name="name">The name.</param>
    /// <returns>A path directly below the directory.</returns>
    /// <exception cref="SftpException">The name cannot be a file's name here.</exception>
    public static string Combine(string directory, string name)
    {
        if (WhyNot(name, OperatingSystem.IsWindows()) is { } reason)
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"The server's name '{TerminalText.Clean(name)}' cannot be used on this machine: {reason}.")
            {
                Path = name,
                Advice = "Rename the file on the server, or transfer it by itself under another name.",
            };
        var path = Path.GetFullPath(Path.Join(directory, name));
        if (!IsDirectlyBelow(directory, path))
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"The server's name '{TerminalText.Clean(name)}' leads out of '{directory}'.")
            {
                Path = name,
            };
        return path;
    }

    /// <summary>Why a name cannot be one component of a local path; null where it can.</summary>
    /// <param name="name">The name.</param>
    /// <param name="windows">Whether by the rules of Windows.</param>
    /// <returns>The reason, to follow a colon.</returns>
    public static string? WhyNot(string name, bool windows)
    {
        if (!RemotePath.IsSafeName(name))
            return "it is no file name";
        // These stand for bytes that are not UTF-8. Two different names would become one here.
        if (HasLoneSurrogate(name))
            return "it is not valid UTF-8";
        if (!windows)
            return null;
        if (name.AsSpan().IndexOfAny(NotOnWindows) >= 0 || name.AsSpan().IndexOfAnyInRange('\0', '\x1F') >= 0)
            return "it has characters in it that Windows does not allow";
        if (name[^1] is ' ' or '.')
            return "Windows does not keep a dot or space at the end of a name";
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? name : name[..dot]).TrimEnd(' ');
        return WindowsDevices.Contains(stem) ? "it is the name of a device on Windows" : null;
    }

    /// <summary>Whether a text has bytes in it that are not UTF-8, as they are kept in a text.</summary>
    public static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else
                return true;
        }

        return false;
    }

    /// <summary>Where a path leads when every link in it is followed.</summary>
    /// <param name="path">A full path to something that exists.</param>
    /// <returns>The path without links.</returns>
    /// <exception cref="IOException">The links go in a circle.</exception>
    public static string RealPath(string path)
    {
        const int MaxLinks = 40;
        var links = 0;
        var root = Path.GetPathRoot(path)!;
        var real = root;
        var rest = new Stack<string>(Enumerable.Reverse(Components(path[root.Length..])));
        while (rest.TryPop(out var component))
        {
            if (component is ".")
                continue;
            if (component is "..")
            {
                real = Path.GetDirectoryName(real) ?? root;
                continue;
            }

            var next = Path.Join(real, component);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
                throw new IOException($"Too many symbolic links in '{path}'.");
            if (Path.IsPathRooted(target))
            {
                real = Path.GetPathRoot(target)!;
                target = target[real.Length..];
            }

            foreach (var part in Enumerable.Reverse(Components(target)))
                rest.Push(part);
        }

        return real;
    }

    /// <summary>Whether a path is a directory or lies below it. Both are real paths.</summary>
    public static bool IsWithin(string path, string directory) =>
        path == directory
        || path.StartsWith(Path.TrimEndingDirectorySeparator(directory) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        || directory == Path.GetPathRoot(directory);

    /// <summary>
    /// Whether a link may be created below a directory: it must not be possible to leave the directory through it. Dots
    /// may only come first, where what they are relative to is a directory and no link itself.
    /// </summary>
    /// <param name="target">The text of the link.</param>
    /// <param name="depth">How many directories below it the link is.</param>
    /// <returns>Whether it stays inside.</returns>
    public static bool StaysInside(string target, int depth)
    {
        if (target.Length == 0 || target[0] == '/' || target.Contains('\0', StringComparison.Ordinal))
            return false;
        if (OperatingSystem.IsWindows() && target.AsSpan().IndexOfAny('\\', ':') >= 0)
            return false;
        var mayRise = true;
        foreach (var component in target.Split('/'))
        {
            if (component is "" or ".")
                continue;
            if (component is not "..")
                mayRise = false;
            else if (!mayRise || --depth < 0)
                return false;
        }

        return true;
    }

    private static string[] Components(string path) =>
        path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);

    private static bool IsDirectlyBelow(string directory, string path)
    {
        var parent = Path.GetDirectoryName(path);
        return parent is not null
            && string.Equals(
                Path.TrimEndingDirectorySeparator(parent),
                Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)),
                StringComparison.Ordinal);
    }
}
