using System.Collections;
using System.Globalization;

namespace AcodeSftp.Shell.Commands;

/// <summary>Reads environment variables from a hashtable.</summary>
internal static class CommandEnvironment
{
    /// <summary>Reads the variables. Their names are checked where the command line is made.</summary>
    /// <param name="table">Names and values; null for none. A value that is null is an empty text.</param>
    /// <returns>The variables, in the order of their names.</returns>
    public static IReadOnlyDictionary<string, string> Read(IDictionary? table)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table ?? new Hashtable())
        {
            var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            variables[name] = Convert.ToString(entry.Value, CultureInfo.InvariantCulture) ?? "";
        }

        return variables;
    }
}
