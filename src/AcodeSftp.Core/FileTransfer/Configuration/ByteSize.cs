using System.Globalization;

namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>Sizes as people write them: <c>65536</c>, <c>64KiB</c>, <c>1.5 MB</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("B", 1),
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];

    /// <summary>
    /// Reads a size. KiB, MiB, GiB and TiB are powers of 1024; KB, MB, GB and TB powers of 1000; upper and lower case are
    /// alike. Without a unit it is bytes.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The size in bytes.</param>
    /// <returns>Whether the text is a size that is a whole number of bytes and fits.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        var digits = text.Length;
        while (digits > 0 && !char.IsAsciiDigit(text[digits - 1]))
            digits--;
        if (!TryFindUnit(text[digits..].Trim(' '), out var factor)
            || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > long.MaxValue / (decimal)factor)
            return false;
        var product = number * factor;
        bytes = (long)product;
        return product == bytes;
    }

    private static bool TryFindUnit(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 1;
        if (text.IsEmpty)
            return true;
        foreach (var unit in Units)
        {
            if (!text.Equals(unit.Unit, StringComparison.OrdinalIgnoreCase))
                continue;
            bytes = unit.Bytes;
            return true;
        }

        return false;
    }
}
