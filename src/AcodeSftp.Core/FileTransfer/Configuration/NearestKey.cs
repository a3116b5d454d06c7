namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>Finds what somebody meant who wrote something else.</summary>
internal static class NearestKey
{
    // Nobody mistypes a key at this length; comparing it would only take time.
    private const int LongestCompared = 64;

    /// <summary>The known key that a text is nearest to.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="known">The keys there are.</param>
    /// <returns>The nearest key; null where none has as much as half of its letters in common with the text.</returns>
    public static string? Of(string text, IEnumerable<string> known)
    {
        if (text.Length > LongestCompared)
            return null;
        string? nearest = null;
        var least = int.MaxValue;
        foreach (var key in known)
        {
            var distance = Distance(text, key);
            if (distance < least && distance * 2 <= Math.Max(text.Length, key.Length))
                (nearest, least) = (key, distance);
        }

        return nearest;
    }

    /// <summary>
    /// How many letters must be put in, taken out, replaced or swapped with their neighbour to make one text of the other
    /// (optimal string alignment). Upper and lower case count as the same.
    /// </summary>
    /// <param name="left">One text.</param>
    /// <param name="right">The other.</param>
    /// <returns>The number.</returns>
    internal static int Distance(string left, string right)
    {
        var a = left.ToUpperInvariant();
        var b = right.ToUpperInvariant();
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], 1 + table[i - 2, j - 2]);
            }
        }

        return table[a.Length, b.Length];
    }
}
