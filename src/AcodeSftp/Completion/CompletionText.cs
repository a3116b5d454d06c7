using System.Globalization;
using System.Management.Automation.Language;
using System.Text;

namespace AcodeSftp.Shell.Completion;

/// <summary>Reads a word as it stands on the command line, and writes one: quoted where PowerShell needs that.</summary>
internal static class CompletionText
{
    private const char Backtick = '`';

    /// <summary>The text that a word stands for. Its closing quote may be missing.</summary>
    /// <param name="word">The word.</param>
    /// <returns>The text, and the quote that it begins with; none for a word without.</returns>
    public static (string Text, char? Quote) Read(string? word)
    {
        if (string.IsNullOrEmpty(word))
            return ("", null);
        if (word[0] is not ('\'' or '"'))
            return (Unescape(word), null);
        var quote = word[0];
        var inner = word.Length > 1 && word[^1] == quote ? word[1..^1] : word[1..];
        return (quote == '\'' ? inner.Replace("''", "'", StringComparison.Ordinal) : Unescape(inner), quote);
    }

    /// <summary>Writes a text as a word.</summary>
    /// <param name="text">The text.</param>
    /// <param name="quote">The quote that the person typed; null for none.</param>
    /// <returns>The word; null where no word can stand for the text.</returns>
    public static string? Write(string text, char? quote)
    {
        if (text.Any(char.IsControl) || quote == '"')
            return WriteDoubleQuoted(text);
        return quote is null && IsPlain(text) ? text : $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
    }

    // A word that begins with a dash would be a parameter, one that begins with a digit might be a number: 1kb, 1e3.
    private static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsLetter(text[0]) || text[0] is '/' or '.' or '~' or '_')
        && text.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '+' or '=' or ':' or '~' or '%' or '^' or '\\');

    private static string? WriteDoubleQuoted(string text)
    {
        var word = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            // Bytes that are no text cannot be typed.
            if (rune == Rune.ReplacementChar && !text.Contains('\uFFFD', StringComparison.Ordinal))
                return null;
            if (Rune.IsControl(rune))
                word.Append(CultureInfo.InvariantCulture, $"`u{{{rune.Value:x}}}");
            else if (rune.Value is Backtick or '$' or '"' or '\u201C' or '\u201D' or '\u201E')
                word.Append(Backtick).Append(rune);
            else
                word.Append(rune);
        }

        return word.Append('"').ToString();
    }

    private static string Unescape(string text)
    {
        if (!text.Contains(Backtick, StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == Backtick && i + 1 < text.Length)
                i++;
            plain.Append(text[i]);
        }

        return plain.ToString();
    }
}
