using System.Buffers.Text;
using System.Text;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>Times that a source tells of a file or directory, to the second.</summary>
/// <param name="Modified">The last change.</param>
/// <param name="Accessed">The last access.</param>
internal sealed record ScpTimes(DateTimeOffset Modified, DateTimeOffset Accessed);

/// <summary>
/// One line of the SCP protocol. There is no specification but the source of <c>rcp</c> and of OpenSSH's <c>scp.c</c>
/// (functions <c>source</c> and <c>sink</c>); what is not written there is refused here.
/// </summary>
internal abstract record ScpRecord
{
    private const int PermissionDigits = 4;

    /// <summary>Reads a record.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <returns>The record.</returns>
    /// <exception cref="SftpException">It is none.</exception>
    public static ScpRecord Parse(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            throw Violation("an empty line", line);
        var rest = line[1..];
        switch (line[0])
        {
            case (byte)'E' when rest.IsEmpty:
                return new ScpEnd();
            case (byte)'T':
                var modified = TakeTime(ref rest, line, isLast: false);
                var accessed = TakeTime(ref rest, line, isLast: true);
                return new ScpTimesRecord(new ScpTimes(modified, accessed));
            case (byte)'C':
                return new ScpFile(TakePermissions(ref rest, line), TakeSize(ref rest, line), ScpText.Decode(rest));
            case (byte)'D':
                var permissions = TakePermissions(ref rest, line);
                // The size of a directory means nothing, but a number it must be.
                TakeSize(ref rest, line);
                return new ScpDirectory(permissions, ScpText.Decode(rest));
            default:
                throw Violation("an unknown line", line);
        }
    }

    /// <summary>The error of a peer that does not keep to the protocol.</summary>
    /// <param name="what">What it sent.</param>
    /// <param name="line">The line, for the message.</param>
    public static SftpException Violation(string what, ReadOnlySpan<byte> line) =>
        Violation($"{what} '{TerminalText.Clean(ScpText.Decode(line[..Math.Min(line.Length, 100)]))}'");

    /// <summary>The error of a peer that does not keep to the protocol.</summary>
    /// <param name="what">What it sent.</param>
    public static SftpException Violation(string what) =>
        new(SftpErrorCode.ProtocolViolation, $"The server's scp sent {what}.")
        {
            Advice = "If the account's start-up files on the server print text, make them silent for sessions without a terminal.",
        };

    // Four octal digits, which are 07777 at most.
    private static uint TakePermissions(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> line)
    {
        uint permissions = 0;
        for (var i = 0; i < PermissionDigits; i++)
        {
            if (rest.Length <= i || rest[i] is < (byte)'0' or > (byte)'7')
                throw Violation("bad permissions in", line);
            permissions = (permissions << 3) | (uint)(rest[i] - '0');
        }

        rest = rest[PermissionDigits..];
        RequireSpace(ref rest, line);
        return permissions;
    }

    private static long TakeSize(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> line)
    {
        var size = TakeNumber(ref rest, line);
        RequireSpace(ref rest, line);
        return size;
    }

    // Seconds and microseconds. The latter are read and left, for SFTP has no room for them and nobody sends them.
    private static DateTimeOffset TakeTime(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> line, bool isLast)
    {
        var seconds = TakeNumber(ref rest, line);
        RequireSpace(ref rest, line);
        var microseconds = TakeNumber(ref rest, line);
        if (!isLast)
            RequireSpace(ref rest, line);
        else if (!rest.IsEmpty)
            throw Violation("more than two times in", line);
        if (microseconds > 999_999 || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            throw Violation("a time that is none in", line);
        return DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    private static long TakeNumber(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> line)
    {
        // The parser would take a sign too.
        if (rest.IsEmpty || rest[0] is < (byte)'0' or > (byte)'9' || !Utf8Parser.TryParse(rest, out long number, out var length))
            throw Violation("a bad number in", line);
        rest = rest[length..];
        return number;
    }

    private static void RequireSpace(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> line)
    {
        if (rest.IsEmpty || rest[0] != (byte)' ')
            throw Violation("a missing space in", line);
        rest = rest[1..];
    }
}

/// <summary>A file follows (C).</summary>
/// <param name="Permissions">Its permission bits.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Name">Its name, as the peer sent it.</param>
internal sealed record ScpFile(uint Permissions, long Size, string Name) : ScpRecord
{
    /// <summary>Its times; null where they were not sent.</summary>
    public ScpTimes? Times { get; init; }
}

/// <summary>A directory begins (D).</summary>
/// <param name="Permissions">Its permission bits.</param>
/// <param name="Name">Its name, as the peer sent it.</param>
internal sealed record ScpDirectory(uint Permissions, string Name) : ScpRecord
{
    /// <summary>Its times; null where they were not sent.</summary>
    public ScpTimes? Times { get; init; }
}

/// <summary>The directory ends (E).</summary>
internal sealed record ScpEnd : ScpRecord;

/// <summary>The times of what comes next (T).</summary>
/// <param name="Times">The times.</param>
internal sealed record ScpTimesRecord(ScpTimes Times) : ScpRecord;

/// <summary>The source could not send something and goes on with the next (\1).</summary>
/// <param name="Message">Why.</param>
internal sealed record ScpWarning(string Message) : ScpRecord;

/// <summary>Text as the protocol carries it.</summary>
internal static class ScpText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a text. Bytes that are not UTF-8 become lone surrogates, which no local name may have.</summary>
    /// <param name="bytes">The text.</param>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            var text = new StringBuilder(bytes.Length);
            foreach (var value in bytes)
                text.Append((char)(value < 0x80 ? value : 0xDC00 + value));
            return text.ToString();
        }
    }
}
