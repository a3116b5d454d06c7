using System.Globalization;
using AcodeSftp.Files;

namespace AcodeSftp.Shell.Provider;

/// <summary>
/// A path as the provider gives it to PowerShell: <c>#3/var/www</c> is <c>/var/www</c> on the server of session 3. It names
/// its session because PowerShell hands it around without its drive (PSPath), where a path alone could be of any server. It
/// does not begin with a separator, because some commands take a path that does for one of the local file system.
/// </summary>
/// <remarks>
/// PowerShell puts the platform's separator between the parts of paths and means them to be cut there. On Windows that is
/// the backslash, so that a remote name with one in it cannot be expressed there; elsewhere it is an ordinary character.
/// </remarks>
internal static class DrivePath
{
    private const char Slash = '/';
    private const string SessionMark = "#";

    private static readonly char Separator = Path.DirectorySeparatorChar;
    private static readonly char[] Separators = [Slash, Separator];

    /// <summary>The provider's path of a remote path.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="path">The absolute path on its server.</param>
    /// <returns>The path.</returns>
    public static string Format(int sessionId, RemotePath path) =>
        string.Create(CultureInfo.InvariantCulture, $"{SessionMark}{sessionId}{path.Value.Replace(Slash, Separator)}");

    /// <summary>Reads a path of the provider.</summary>
    /// <param name="text">The path.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="path">The absolute path on its server.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string? text, out int sessionId, out RemotePath path)
    {
        (sessionId, path) = (0, RemotePath.Root);
        var parts = (text ?? "").Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0
            || !parts[0].StartsWith(SessionMark, StringComparison.Ordinal)
            || parts.Contains("..")
            || text!.Contains('\0', StringComparison.Ordinal)
            || !int.TryParse(parts[0].AsSpan(SessionMark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out sessionId))
            return false;
        path = new RemotePath(Slash + string.Join(Slash, parts[1..]));
        return true;
    }

    /// <summary>Whether a name can be part of a path.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether it can.</returns>
    public static bool CanHold(string name) => name.AsSpan().IndexOfAny(Separators) < 0;

    /// <summary>
    /// Whether PowerShell can reach a path through a drive: what it has on a drive that begins as the drive's root does, it
    /// takes for a path of the provider, and cuts the root off.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="root">The drive's root; null for no drive.</param>
    /// <returns>Whether it can.</returns>
    public static bool IsReachable(string path, string? root) =>
        root is null
        || !path.StartsWith(root, StringComparison.Ordinal)
        || !path.AsSpan(root.Length).TrimStart(Separators).StartsWith(root, StringComparison.Ordinal);

    /// <summary>Puts two parts of a path together.</summary>
    /// <param name="parent">The first part; empty for none.</param>
    /// <param name="child">The second; where empty, the first with a separator behind it, as PowerShell expects.</param>
    /// <returns>Both.</returns>
    public static string Join(string parent, string child)
    {
        if (parent.Length == 0)
            return child;
        var head = Separators.Contains(parent[^1]) ? parent : parent + Separator;
        return child.Length > 0 && Separators.Contains(child[0]) ? head + child[1..] : head + child;
    }

    /// <summary>What is before the last part.</summary>
    /// <param name="path">The path.</param>
    /// <param name="root">The path that has no parent; null for none.</param>
    /// <returns>The parent; empty where there is none.</returns>
    public static string ParentOf(string path, string? root)
    {
        var trimmed = path.TrimEnd(Separators);
        if (root is not null && trimmed == root.TrimEnd(Separators))
            return "";
        var end = trimmed.LastIndexOfAny(Separators);
        return end <= 0 ? "" : trimmed[..end];
    }

    /// <summary>The last part.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The name.</returns>
    public static string NameOf(string path)
    {
        var trimmed = path.TrimEnd(Separators);
        return trimmed[(trimmed.LastIndexOfAny(Separators) + 1)..];
    }
}
