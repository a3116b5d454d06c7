using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// A way to have a server compute SHA-256. The file is its input, so that no name gets into its output, where tools
/// escape what they find odd, or among its options; only <see cref="ChecksumProcess"/> gives a tool many at once.
/// </summary>
internal sealed partial class ChecksumTool
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly Func<string, long?, string?> _commandLine;

    private ChecksumTool(string name, Func<string, long?, string?> commandLine)
    {
        Name = name;
        _commandLine = commandLine;
    }

    /// <summary>All of them, in the order in which they are tried.</summary>
    public static IReadOnlyList<ChecksumTool> All { get; } =
    [
        Posix("sha256sum"),
        Posix("shasum -a 256"),
        Posix("sha256 -q"),
        Posix("openssl dgst -sha256"),
        new ChecksumTool("Get-FileHash", GetFileHash),
    ];

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The command line that prints the hash of a file or of its first bytes.</summary>
    /// <param name="path">The path as the SFTP server names it.</param>
    /// <param name="length">How many bytes; null for all.</param>
    /// <returns>The command line; null where it cannot do that.</returns>
    public string? CommandLine(string path, long? length) => _commandLine(path, length);

    /// <summary>Finds the hash in what a tool printed.</summary>
    /// <param name="output">What it printed.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where there is none.</returns>
    public static string? FindHash(string output)
    {
        var match = Sha256Hash().Match(output);
        return match.Success ? match.Value.ToLowerInvariant() : null;
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

    private static string? GetFileHash(string path, long? length)
    {
        if (length is not null)
            return null;
        // OpenSSH for Windows names drives as /C:/directory.
        var local = WindowsDrive().IsMatch(path) ? path[1..] : path;
        return ShellQuoting.EncodedPowerShell(
            $"(Get-FileHash -LiteralPath {ShellQuoting.PowerShell(local)} -Algorithm SHA256 -ErrorAction Stop).Hash");
    }

    [GeneratedRegex("(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])", RegexOptions.CultureInvariant)]
    private static partial Regex Sha256Hash();

    [GeneratedRegex("^/[A-Za-z]:", RegexOptions.CultureInvariant)]
    private static partial Regex WindowsDrive();
}
