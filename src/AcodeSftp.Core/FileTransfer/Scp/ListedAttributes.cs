using System.Globalization;
using System.Text.RegularExpressions;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// Attributes from <c>ls -n</c>, of which only the fields before the date are read: POSIX says how these look, and no name
/// can get among them.
/// </summary>
internal static partial class ListedAttributes
{
    private const int ReadWriteExecuteBits = 9;

    /// <summary>Reads attributes.</summary>
    /// <param name="line">The line of <c>ls -dn</c>.</param>
    /// <param name="time">The last change in seconds since 1970; anything else for not known.</param>
    /// <param name="path">What was looked at, for the error.</param>
    /// <returns>The attributes.</returns>
    /// <exception cref="SftpException">The line is not understood.</exception>
    public static RemoteFileAttributes Parse(string line, string time, RemotePath path)
    {
        var match = Line().Match(line);
        if (!match.Success)
            throw NotUnderstood(line, path);
        DateTimeOffset? modified = long.TryParse(time.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
        return new RemoteFileAttributes
        {
            Mode = Type(match.Groups["type"].ValueSpan[0]) | Permissions(match.Groups["permissions"].ValueSpan),
            UserId = Number(match.Groups["user"]) as uint?,
            GroupId = Number(match.Groups["group"]) as uint?,
            Size = long.TryParse(match.Groups["size"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null,
            Modified = modified,
        };
    }

    /// <summary>The error of a line that is not understood.</summary>
    public static SftpException NotUnderstood(string line, RemotePath path) =>
        new(
            SftpErrorCode.Unsupported,
            $"What the server's ls says of '{TerminalText.Clean(path.Value)}' is not understood: {TerminalText.Clean(line[..Math.Min(line.Length, 100)])}")
        {
            Path = path.Value,
        };

    private static uint? Number(Group group) =>
        uint.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static uint Type(char letter) => letter switch
    {
        '-' => UnixMode.RegularFile,
        'd' => UnixMode.Directory,
        'l' => UnixMode.SymbolicLink,
        'p' => UnixMode.Fifo,
        's' => UnixMode.Socket,
        'b' => UnixMode.BlockDevice,
        'c' => UnixMode.CharacterDevice,
        _ => 0,
    };

    private static uint Permissions(ReadOnlySpan<char> text)
    {
        uint permissions = 0;
        for (var i = 0; i < ReadWriteExecuteBits; i++)
        {
            // Capitals stand for a special bit without the bit whose place they take.
            if (text[i] is not ('-' or 'S' or 'T' or 'l' or 'L'))
                permissions |= 0x100u >> i;
        }

        return permissions
            | (text[2] is 's' or 'S' ? 0x800u : 0)
            | (text[5] is 's' or 'S' ? 0x400u : 0)
            | (text[8] is 't' or 'T' ? 0x200u : 0);
    }

    // Mode with a mark for further access rules, links, owner, group, and a size or the two numbers of a device.
    [GeneratedRegex(
        "^(?<type>[^ ])(?<permissions>[-rwxsStTlL]{9})[^ 0-9]? +[0-9]+ +(?<user>[0-9]+) +(?<group>[0-9]+) +(?:[0-9]+, +[0-9]+|(?<size>[0-9]+)) ",
        RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
