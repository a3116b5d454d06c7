using System.Collections;
using System.Globalization;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Reads options of <c>ssh_config(5)</c> from a hashtable.</summary>
internal static class SshOptionTable
{
    /// <summary>Reads the options.</summary>
    /// <param name="table">Keywords and values; null for none. True and false become yes and no.</param>
    /// <returns>The options.</returns>
    /// <exception cref="SftpException">A keyword or a value cannot be one (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static IReadOnlyDictionary<string, string> Read(IDictionary? table)
    {
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in table ?? new Hashtable())
        {
            var keyword = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            if (keyword.Length == 0 || !keyword.All(char.IsAsciiLetterOrDigit))
                throw Invalid($"'{TerminalText.Clean(keyword)}' is no keyword of ssh_config.");
            var value = entry.Value switch
            {
                bool flag => flag ? "yes" : "no",
                var other => Convert.ToString(other, CultureInfo.InvariantCulture) ?? "",
            };
            if (value.Any(char.IsControl))
                throw Invalid($"The value of {keyword} has a control character in it.");
            options[keyword] = value;
        }

        return options;
    }

    private static SftpException Invalid(string message) =>
        new(SftpErrorCode.InvalidArgument, message)
        {
            Advice = "Give -SshOption a hashtable such as @{ Compression = 'yes' }.",
        };
}
