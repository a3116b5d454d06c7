using System.Text;

namespace AcodeSftp;

/// <summary>Text from a server that is shown to a person.</summary>
public static class TerminalText
{
    /// <summary>
    /// Makes a text safe to print: control characters, which a terminal could take for commands (CVE-2019-6109), are
    /// shown as escapes such as <c>\x1b</c>; so are lone surrogates, which stand for bytes that are not UTF-8.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <returns>The same text where nothing had to be changed.</returns>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var i = 0;
        while (i < text.Length && IsPlain(text, i))
            i++;
        if (i == text.Length)
            return text;

        var clean = new StringBuilder(text, 0, i, text.Length + 16);
        for (; i < text.Length; i++)
        {
            if (IsPlain(text, i))
                clean.Append(text[i]);
            else if (text[i] is >= '\uDC80' and <= '\uDCFF')
                clean.Append("\\x").Append((text[i] - '\uDC00').ToString("x2", null));
            else
                clean.Append(text[i] switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    < '\x100' => $"\\x{(int)text[i]:x2}",
                    _ => $"\\u{(int)text[i]:x4}",
                });
        }

        return clean.ToString();
    }

    private static bool IsPlain(string text, int index)
    {
        var c = text[index];
        if (char.IsSurrogate(c))
            return char.IsHighSurrogate(c)
                ? index + 1 < text.Length && char.IsLowSurrogate(text[index + 1])
                : index > 0 && char.IsHighSurrogate(text[index - 1]);
        // Besides the control characters, those that reorder what is shown (Unicode Bidi_Control).
        return !char.IsControl(c) && c is not ((>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C');
    }
}
