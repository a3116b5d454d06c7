using System.Globalization;

namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>The errors of configuration files.</summary>
internal static class ConfigurationFault
{
    private const int LongestQuote = 80;

    /// <summary>Something is wrong in a file.</summary>
    /// <param name="file">The file, or what stands in its place.</param>
    /// <param name="line">The line, counted from 1; 0 where no line is to blame.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="advice">What can be done about it; null where the sentence says it.</param>
    /// <param name="cause">What was caught, if anything.</param>
    /// <returns>The error to throw.</returns>
    public static SftpException At(string file, int line, string problem, string? advice = null, Exception? cause = null)
    {
        var place = line > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Clean(file)}, line {line}: ")
            : $"{TerminalText.Clean(file)}: ";
        return new SftpException(SftpErrorCode.InvalidArgument, place + problem, cause) { Path = file, Advice = advice };
    }

    /// <summary>A text of the file as it can be shown in a message.</summary>
    public static string Quote(string text)
    {
        var clean = TerminalText.Clean(text.Length <= LongestQuote ? text : text[..LongestQuote]);
        return text.Length <= LongestQuote ? $"'{clean}'" : $"'{clean}...'";
    }
}
