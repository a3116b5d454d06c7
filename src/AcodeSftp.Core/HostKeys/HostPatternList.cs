namespace AcodeSftp.HostKeys;

/// <summary>
/// The patterns of a known_hosts line: <c>*</c>, <c>?</c>, <c>!</c> and commas (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
/// Names and patterns are in the form of <see cref="KnownHostName.ToMatch"/>.
/// </summary>
internal static class HostPatternList
{
    // OpenSSH gives up on a line with a longer pattern: the line then matches nothing.
    private const int MaxPatternLength = 1022;

    /// <summary>Whether a pattern matches and no negated one does.</summary>
    public static bool Matches(string patterns, string name)
    {
        var found = false;
        foreach (var item in new PatternItems(patterns))
        {
            var pattern = item;
            var negated = !pattern.IsEmpty && pattern[0] == '!';
            if (negated)
                pattern = pattern[1..];
            if (pattern.Length > MaxPatternLength)
                return false;
            if (!MatchesPattern(name, pattern))
                continue;
            if (negated)
                return false;
            found = true;
        }

        return found;
    }

    /// <summary>Whether one pattern matches the whole of a name. Takes time in proportion to both lengths at worst.</summary>
    public static bool MatchesPattern(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        int n = 0, p = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = n;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || IsSame(pattern[p], name[n])))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                // Only the last star needs to be tried again: what an earlier one could take, it can take as well.
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].IndexOfAnyExcept('*') < 0;
    }

    // Names come in lower case already; patterns come as they stand in the file.
    private static bool IsSame(char pattern, char name) =>
        pattern == name || (char.IsAsciiLetterUpper(pattern) && (pattern | 0x20) == name);

    /// <summary>The parts between commas. A comma at the end begins no further part.</summary>
    private ref struct PatternItems(ReadOnlySpan<char> list)
    {
        private ReadOnlySpan<char> _rest = list;

        public ReadOnlySpan<char> Current { get; private set; }

        public readonly PatternItems GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            var comma = _rest.IndexOf(',');
            Current = comma < 0 ? _rest : _rest[..comma];
            _rest = comma < 0 ? default : _rest[(comma + 1)..];
            return true;
        }
    }
}
