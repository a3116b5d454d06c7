using System.IO.Enumeration;

namespace AcodeSftp.Shell.Completion;

/// <summary>
/// The hosts that ssh_config files name (ssh_config(5), Host and Include). Only names, no patterns: nobody connects to those.
/// </summary>
internal sealed class SshConfigHosts
{
    // As ssh itself (READCONF_MAX_DEPTH).
    private const int MaxDepth = 16;

    private static readonly char[] Blanks = [' ', '\t'];
    private static readonly char[] KeywordEnds = [' ', '\t', '='];

    private static readonly string UserDirectory = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh");

    private static readonly string SystemDirectory = OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "ssh")
        : "/etc/ssh";

    private readonly List<string> _names = [];

    private SshConfigHosts()
    {
    }

    /// <summary>The names in the files that <c>ssh</c> reads.</summary>
    /// <param name="file">A file to read in their place; null for none.</param>
    /// <returns>The names, in the order of the files.</returns>
    public static IReadOnlyList<string> Read(string? file)
    {
        var hosts = new SshConfigHosts();
        if (file is not null)
        {
            hosts.Add(file, UserDirectory, 0);
        }
        else
        {
            hosts.Add(Path.Combine(UserDirectory, "config"), UserDirectory, 0);
            hosts.Add(Path.Combine(SystemDirectory, "ssh_config"), SystemDirectory, 0);
        }

        return [.. hosts._names.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private void Add(string file, string directory, int depth)
    {
        foreach (var line in LinesOf(file))
        {
            var text = line.Trim();
            var end = text.IndexOfAny(KeywordEnds);
            if (end < 0 || text[0] == '#')
                continue;
            var values = Words(text[end..].TrimStart(KeywordEnds));
            if (text[..end].Equals("Host", StringComparison.OrdinalIgnoreCase))
                _names.AddRange(values.Where(name => name.AsSpan().IndexOfAny("*?!") < 0));
            else if (text[..end].Equals("Include", StringComparison.OrdinalIgnoreCase) && depth < MaxDepth)
                foreach (var included in values.SelectMany(value => Expand(value, directory)))
                    Add(included, directory, depth + 1);
        }
    }

    // A file that cannot be read has no hosts for anybody.
    private static string[] LinesOf(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Expand(string path, string directory)
    {
        if (path.StartsWith("~/", StringComparison.Ordinal))
            path = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]);
        IEnumerable<string> found = [Path.GetPathRoot(Path.Combine(directory, path)) ?? ""];
        foreach (var part in Path.Combine(directory, path).Split(Path.DirectorySeparatorChar, '/').Where(part => part.Length > 0).Skip(OperatingSystem.IsWindows() ? 1 : 0))
            found = found.SelectMany(parent => Match(parent, part)).ToList();
        return found;
    }

    private static IEnumerable<string> Match(string parent, string part)
    {
        if (part.AsSpan().IndexOfAny('*', '?') < 0)
            return [Path.Combine(parent, part)];
        try
        {
            // As in glob(7), a name that begins with a dot has to be named with it.
            return Directory.GetFileSystemEntries(parent)
                .Where(entry => Path.GetFileName(entry) is var name
                    && (name[0] != '.' || part[0] == '.')
                    && FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: false))
                .Order(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        while (text.Length > 0 && text[0] != '#')
        {
            var isQuoted = text[0] == '"';
            var end = isQuoted ? text.IndexOf('"', 1) : text.IndexOfAny(Blanks);
            words.Add(end < 0 ? text.Trim('"') : text[(isQuoted ? 1 : 0)..end]);
            text = end < 0 ? "" : text[(end + 1)..].TrimStart(Blanks);
        }

        return words;
    }
}
