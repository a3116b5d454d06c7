using System.Text;

namespace AcodeSftp.Files.Content;

/// <summary>Encodings of text files, as their byte order marks tell them.</summary>
public static class TextEncoding
{
    /// <summary>Longest byte order mark, in bytes.</summary>
    internal const int LongestMark = 4;

    // UTF-32 comes first: its mark begins with that of UTF-16.
    private static readonly Encoding[] Marked =
    [
        new UTF32Encoding(bigEndian: false, byteOrderMark: true),
        new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
    ];

    /// <summary>UTF-8 without a byte order mark: what text is taken for that has none.</summary>
    public static Encoding Default { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The encoding that the byte order mark at the start of a file tells.</summary>
    /// <param name="start">The first bytes, at least four where there are as many.</param>
    /// <returns>The encoding, which writes the mark itself; null where there is no mark.</returns>
    public static Encoding? Detect(ReadOnlySpan<byte> start)
    {
        foreach (var encoding in Marked)
        {
            if (start.StartsWith(encoding.Preamble))
                return encoding;
        }

        return null;
    }

    /// <summary>The encoding that the byte order mark of a remote file tells, and whether the file is empty or not there.</summary>
    /// <param name="fileSystem">The server's files.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The encoding, null where there is no mark, and whether there is nothing in the file.</returns>
    /// <exception cref="SftpException">The file cannot be looked at.</exception>
    public static async Task<(Encoding? Encoding, bool IsEmpty)> OfFileAsync(
        IRemoteFileSystem fileSystem,
        RemotePath path,
        CancellationToken cancellationToken = default)
    {
        try
        {
            var reader = new RemoteContentReader(fileSystem, path);
            await foreach (var start in reader.ReadBytesAsync(0, LongestMark, cancellationToken).ConfigureAwait(false))
                return (Detect(start), false);
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.NotFound or SftpErrorCode.PermissionDenied)
        {
            // One that may be written and not read is taken for a text without a mark.
            return (null, e.Code == SftpErrorCode.NotFound);
        }

        return (null, true);
    }

    /// <summary>The bytes of a line feed.</summary>
    internal static byte[] LineFeed(Encoding encoding) => encoding.GetBytes("\n");
}
