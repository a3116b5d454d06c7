using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// A way to have a server compute the hash of a file. The file is its input, so that no name gets into its output, where tools
/// escape what they find odd, or among its options; only <see cref="ChecksumProcess"/> gives a tool many at once.
/// </summary>
internal sealed partial class ChecksumTool
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly ConcurrentDictionary<HashAlgorithmName, IReadOnlyList<ChecksumTool>> Tools = new();

    private readonly Func<string, long?, string?> _commandLine;

    private ChecksumTool(string name, Func<string, long?, string?> commandLine)
    {
        Name = name;
        _commandLine = commandLine;
    }

    /// <summary>All of them for SHA-256, in the order in which they are tried.</summary>
    public static IReadOnlyList<ChecksumTool> All => For(HashAlgorithmName.SHA256);

    /// <summary>All of them for an algorithm, in the order in which they are tried.</summary>
    /// <param name="algorithm">MD5, SHA-1 or one of the SHA-2 family.</param>
    /// <returns>The tools.</returns>
    public static IReadOnlyList<ChecksumTool> For(HashAlgorithmName algorithm) => Tools.GetOrAdd(algorithm, static algorithm =>
    {
        var name = algorithm.Name!.ToLowerInvariant();
        ChecksumTool[] perl = name.StartsWith("sha", StringComparison.Ordinal) ? [Posix($"shasum -a {name[3..]}")] : [];
        return
        [
            Posix($"{name}sum"),
            .. perl,
            Posix($"{name} -q"),
            Posix($"openssl dgst -{name}"),
            new ChecksumTool("Get-FileHash", (path, length) => GetFileHash(path, length, algorithm)),
        ];
    });

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The command line that prints the hash of a file or of its first bytes.</summary>
    /// <param name="path">The path as the SFTP server names it.</param>
    /// <param name="length">How many bytes; null for all.</param>
    /// <returns>The command line; null where it cannot do that.</returns>
    public string? CommandLine(string path, long? length) => _commandLine(path, length);

    /// <summary>Finds the hash in what a tool printed.</summary>
    /// <param name="output">What it printed.</param>
    /// <param name="digits">How many hexadecimal digits it has; 64 for SHA-256.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where there is none.</returns>
    public static string? FindHash(string output, int digits = 64)
    {
        foreach (var match in HexadecimalRun().EnumerateMatches(output))
        {
            if (match.Length == digits)
                return output.Substring(match.Index, digits).ToLowerInvariant();
        }

        return null;
    }

    /// <summary>Finds the hash at the start of a line of which the rest may be any name.</summary>
    /// <param name="line">The line; a backslash before the hash says that the name is escaped.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where there is none.</returns>
    public static string? FindLeadingHash(string line)
    {
        const int Length = 64;
        var start = line.StartsWith('\\') ? 1 : 0;
        return line.Length >= start + Length && line.AsSpan(start, Length).IndexOfAnyExcept(HexDigits) < 0
            && (line.Length == start + Length || line[start + Length] == ' ')
            ? line.Substring(start, Length).ToLowerInvariant()
            : null;
    }

    private static ChecksumTool Posix(string tool) => new(tool, (path, length) => length is null
        ? $"{tool} < {ShellQuoting.Posix(path)}"
        : string.Create(CultureInfo.InvariantCulture, $"head -c {length} < {ShellQuoting.Posix(path)} | {tool}"));

    private static string? GetFileHash(string path, long? length, HashAlgorithmName algorithm)
    {
        if (length is not null)
            return null;
        // OpenSSH for Windows names drives as /C:/directory.
        var local = WindowsDrive().IsMatch(path) ? path[1..] : path;
        return ShellQuoting.EncodedPowerShell(
            $"(Get-FileHash -LiteralPath {ShellQuoting.PowerShell(local)} -Algorithm {algorithm.Name} -ErrorAction Stop).Hash");
    }

    [GeneratedRegex("[0-9A-Fa-f]+", RegexOptions.CultureInvariant)]
    private static partial Regex HexadecimalRun();

    [GeneratedRegex("^/[A-Za-z]:", RegexOptions.CultureInvariant)]
    private static partial Regex WindowsDrive();
}
