using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Names of temporary files: <c>.~tmp.&lt;name&gt;.&lt;8 hex&gt;</c>, in the directory of the file they are to become. The
/// digits follow from the source, so the next attempt at the same transfer finds what an earlier one left.
/// </summary>
internal static class TemporaryName
{
    /// <summary>Longest name, in bytes of UTF-8, that file systems commonly take.</summary>
    public const int MaxNameBytes = 255;

    private const string TransferPrefix = ".~tmp.";
    private const string AsidePrefix = ".~old.";
    private const int IdentityDigits = 8;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The name to transfer to.</summary>
    /// <param name="finalName">The name the file is to get.</param>
    /// <param name="sourceIdentity">What identifies the source, on whatever machine: see <see cref="Identity"/>.</param>
    /// <returns>The name, never longer than <see cref="MaxNameBytes"/>.</returns>
    public static string For(string finalName, string sourceIdentity) =>
        Build(TransferPrefix, finalName, Digits(Encoding.UTF8.GetBytes(sourceIdentity)));

    /// <summary>A name to transfer to that no other transfer has.</summary>
    /// <param name="finalName">The name the file is to get.</param>
    /// <returns>The name.</returns>
    public static string Unique(string finalName) => Build(TransferPrefix, finalName, RandomDigits());

    /// <summary>A name for a file that has to step aside for its successor.</summary>
    /// <param name="finalName">The file's name.</param>
    /// <returns>The name.</returns>
    public static string Aside(string finalName) => Build(AsidePrefix, finalName, RandomDigits());

    /// <summary>Whether a name is one of ours, so that a listing of transferred files can leave it out.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsTemporary(string name)
    {
        var prefixed = name.StartsWith(TransferPrefix, StringComparison.Ordinal)
            || name.StartsWith(AsidePrefix, StringComparison.Ordinal);
        return prefixed
            && name.Length > TransferPrefix.Length + IdentityDigits
            && name[^(IdentityDigits + 1)] == '.'
            && name.AsSpan(name.Length - IdentityDigits).IndexOfAnyExcept(HexDigits) < 0;
    }

    /// <summary>What identifies a source: two transfers that read the same thing have the same.</summary>
    /// <param name="place">The machine, or the account and server.</param>
    /// <param name="path">The full path there.</param>
    /// <returns>The identity.</returns>
    public static string Identity(string place, string path) => place + "\n" + path;

    private static string Build(string prefix, string finalName, string digits)
    {
        var room = MaxNameBytes - prefix.Length - digits.Length - 1;
        return $"{prefix}{Shortened(finalName, room)}.{digits}";
    }

    // The start and the end of a long name are kept, whole characters only.
    private static string Shortened(string name, int room)
    {
        if (Encoding.UTF8.GetByteCount(name) <= room)
            return name;
        // Two names that differ in the middle only must not become one.
        var mark = "~" + Digits(Encoding.UTF8.GetBytes(name)) + "~";
        var half = (room - mark.Length) / 2;
        return Taken(name.EnumerateRunes(), half) + mark + Reverse(Taken(name.EnumerateRunes().Reverse(), half));
    }

    private static string Taken(IEnumerable<Rune> runes, int room)
    {
        var text = new StringBuilder();
        foreach (var rune in runes)
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
                break;
            text.Append(rune.ToString());
        }

        return text.ToString();
    }

    private static string Reverse(string text) => string.Concat(text.EnumerateRunes().Reverse());

    private static string Digits(byte[] data) =>
        Hex(SHA256.HashData(data).AsSpan(0, IdentityDigits / 2));

    private static string RandomDigits() =>
        Hex(RandomNumberGenerator.GetBytes(IdentityDigits / 2));

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes).ToLowerInvariant();
}
