namespace AcodeSftp.Files;

/// <summary>
/// A change of permission bits as <c>chmod</c> takes it: an octal number (<c>0644</c>), or clauses such as
/// <c>u+x,go-w</c>, <c>a=rX</c> or <c>g=u</c>. Where a clause names nobody, it is about all three, whatever the umask.
/// </summary>
public sealed class PermissionChange
{
    private const uint SetUserId = 0x800;
    private const uint SetGroupId = 0x400;
    private const uint Sticky = 0x200;
    private const uint AllExecute = 0b001_001_001;

    private readonly string _text;
    private readonly IReadOnlyList<Clause> _clauses;

    private PermissionChange(string text, IReadOnlyList<Clause> clauses) => (_text, _clauses) = (text, clauses);

    /// <summary>The change that sets all bits.</summary>
    /// <param name="permissions">The bits (<c>07777</c> at most).</param>
    /// <returns>The change.</returns>
    /// <exception cref="SftpException">There are no such bits (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static PermissionChange To(uint permissions)
    {
        var text = "0" + Convert.ToString(permissions, 8);
        return permissions <= UnixMode.PermissionMask
            ? new PermissionChange(text, [new Clause(UnixMode.PermissionMask, '=', permissions, 0, false)])
            : throw NoPermission(text);
    }

    /// <summary>Reads a change.</summary>
    /// <param name="text">An octal number of at most four digits after leading zeros, or clauses with commas between.</param>
    /// <returns>The change.</returns>
    /// <exception cref="SftpException">It is neither (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static PermissionChange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > 0 && char.IsAsciiDigit(text[0]))
            return TryReadOctal(text, out var bits) ? To(bits) : throw NoPermission(text);
        var clauses = new List<Clause>();
        foreach (var part in text.Split(','))
            AddClauses(part, text, clauses);
        return new PermissionChange(text, clauses);
    }

    /// <summary>The permission bits that come of it.</summary>
    /// <param name="permissions">The bits as they are.</param>
    /// <param name="isDirectory">Whether they are a directory's, which <c>X</c> always makes searchable.</param>
    /// <returns>The bits as they are to be.</returns>
    public uint Apply(uint permissions, bool isDirectory)
    {
        var result = permissions & UnixMode.PermissionMask;
        foreach (var clause in _clauses)
        {
            var bits = clause.Bits | Copied(result, clause);
            if (clause.HasConditionalExecute && (isDirectory || (result & AllExecute) != 0))
                bits |= AllExecute & clause.Who;
            result = clause.Operator switch
            {
                '+' => result | bits,
                '-' => result & ~bits,
                _ => (result & ~clause.Who) | bits,
            };
        }

        return result;
    }

    /// <summary>The change as it was written.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _text;

    private static bool TryReadOctal(string text, out uint bits)
    {
        bits = 0;
        var digits = text.TrimStart('0');
        if (digits.Length > 4 || digits.AsSpan().IndexOfAnyExceptInRange('0', '7') >= 0)
            return false;
        bits = digits.Length == 0 ? 0 : Convert.ToUInt32(digits, 8);
        return true;
    }

    // "ug+rw-x": whom it is about, and then one or more operators with what they add, take away or set.
    private static void AddClauses(string part, string text, List<Clause> clauses)
    {
        var next = 0;
        var who = 0u;
        for (; next < part.Length && Class(part[next]) is { } mask; next++)
            who |= mask;
        var isAbout = who == 0 ? UnixMode.PermissionMask : who;
        if (next == part.Length)
            throw NoPermission(text);
        var isFirst = true;
        while (next < part.Length)
        {
            // "-rw-r--r--" comes from a listing, and whoever gives it does not mean to take everything away.
            var action = part[next++];
            if (action is not ('+' or '-' or '=') || (who == 0 && !isFirst))
                throw NoPermission(text);
            isFirst = false;
            var (bits, copiesFrom, conditional) = (0u, 0u, false);
            for (; next < part.Length && part[next] is not ('+' or '-' or '='); next++)
            {
                var letter = part[next];
                if (letter == 'X')
                    conditional = true;
                else if (letter is 'u' or 'g' or 'o')
                    copiesFrom |= Class(letter)!.Value & 0x1FF;
                else
                    bits |= (Bits(letter) ?? throw NoPermission(text)) & isAbout;
            }

            clauses.Add(new Clause(isAbout, action, bits, copiesFrom, conditional));
        }
    }

    private static uint? Class(char letter) => letter switch
    {
        'u' => SetUserId | 0b111_000_000,
        'g' => SetGroupId | 0b000_111_000,
        'o' => Sticky | 0b000_000_111,
        'a' => UnixMode.PermissionMask,
        _ => null,
    };

    private static uint? Bits(char letter) => letter switch
    {
        'r' => 0b100_100_100,
        'w' => 0b010_010_010,
        'x' => AllExecute,
        's' => SetUserId | SetGroupId,
        't' => Sticky,
        _ => null,
    };

    private static uint Copied(uint permissions, Clause clause)
    {
        if (clause.CopiesFrom == 0)
            return 0;
        var from = permissions & clause.CopiesFrom;
        var bits = (from | (from >> 3) | (from >> 6)) & 0b111;
        return (bits | (bits << 3) | (bits << 6)) & clause.Who & 0x1FF;
    }

    private static SftpException NoPermission(string text) => new(
        SftpErrorCode.InvalidArgument,
        $"'{TerminalText.Clean(text)}' is no set of permissions and no change of one.")
    {
        Advice = "Give an octal number such as 0644, or clauses such as u+x,go-w.",
    };

    private sealed record Clause(uint Who, char Operator, uint Bits, uint CopiesFrom, bool HasConditionalExecute);
}
