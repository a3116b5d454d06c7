using System.Text;

namespace AcodeSftp.FileTransfer;

/// <summary>Writes texts so that a shell on a server takes them as they are.</summary>
internal static class ShellQuoting
{
    /// <summary>
    /// One word of a POSIX shell (XCU 2.2.2): in single quotes nothing is special, and a single quote is written outside
    /// of them. The C shell and fish read it the same way.
    /// </summary>
    /// <param name="text">The text, without NUL.</param>
    /// <returns>The quoted word.</returns>
    /// <exception cref="ArgumentException">The text has a NUL in it, which no command line can.</exception>
    public static string Posix(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A command line cannot contain a NUL character.", nameof(text));
        return $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>A string literal of PowerShell, which knows four characters for a single quote.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The literal.</returns>
    public static string PowerShell(string text)
    {
        var literal = new StringBuilder("'", text.Length + 2);
        foreach (var character in text)
        {
            if (character is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B')
                literal.Append(character);
            literal.Append(character);
        }

        return literal.Append('\'').ToString();
    }

    /// <summary>A command line that runs a PowerShell script whatever shell reads it: no character of it is special.</summary>
    /// <param name="script">The script.</param>
    /// <returns>The command line.</returns>
    public static string EncodedPowerShell(string script) =>
        "powershell -NoProfile -NonInteractive -EncodedCommand " + Convert.ToBase64String(Encoding.Unicode.GetBytes(script));
}
