using System.Text;

namespace AcodeSftp.Files;

/// <summary>
/// PowerShell's wildcards on remote names: <c>*</c>, <c>?</c>, sets such as <c>[a-z]</c>, and the backtick that makes the
/// next character an ordinary one. Upper and lower case differ, as they do on most servers.
/// </summary>
public static class RemoteWildcard
{
    private const char Escape = '`';

    /// <summary>Whether a text has a wildcard in it.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is a pattern.</returns>
    public static bool IsPattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '*' or '?' or '[')
                return true;
            if (text[i] == Escape)
                i++;
        }

        return false;
    }

    /// <summary>The text that a pattern without wildcards stands for.</summary>
    /// <param name="text">The text, perhaps with backticks.</param>
    /// <returns>The text without them.</returns>
    public static string Unescape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains(Escape, StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == Escape && i + 1 < text.Length)
                i++;
            plain.Append(text[i]);
        }

        return plain.ToString();
    }

    /// <summary>The pattern that matches a text and nothing else.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The pattern.</returns>
    public static string EscapeText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAny("*?[]`") < 0)
            return text;
        var pattern = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (c is '*' or '?' or '[' or ']' or Escape)
                pattern.Append(Escape);
            pattern.Append(c);
        }

        return pattern.ToString();
    }

    /// <summary>Whether a name matches a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="name">The name.</param>
    /// <returns>Whether all of it does.</returns>
    public static bool IsMatch(string pattern, string name)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(name);

        // Where a later part does not match, the last * takes one character more; earlier ones never have to.
        int p = 0, n = 0, lastStar = -1, starName = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                lastStar = p++;
                starName = n;
            }
            else if (p < pattern.Length && MatchesOne(pattern, p, name[n], out var next))
            {
                p = next;
                n++;
            }
            else if (lastStar >= 0)
            {
                p = lastStar + 1;
                n = ++starName;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    // One element of the pattern that is not a star, and where the next one begins.
    private static bool MatchesOne(string pattern, int p, char c, out int next)
    {
        switch (pattern[p])
        {
            case '?':
                next = p + 1;
                return true;
            case '[' when pattern.IndexOf(']', Math.Min(p + 2, pattern.Length)) is var close and > 0:
                next = close + 1;
                return InSet(pattern.AsSpan(p + 1, close - p - 1), c);
            case Escape when p + 1 < pattern.Length:
                next = p + 2;
                return pattern[p + 1] == c;
            default:
                next = p + 1;
                return pattern[p] == c;
        }
    }

    private static bool InSet(ReadOnlySpan<char> set, char c)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (set[i] == Escape && i + 1 < set.Length)
                i++;
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                    return true;
                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }

        return false;
    }
}
