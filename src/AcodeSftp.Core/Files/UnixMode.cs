namespace AcodeSftp.Files;

/// <summary>The bits of <c>st_mode</c> (POSIX <c>sys/stat.h</c>) and their usual text form.</summary>
public static class UnixMode
{
    /// <summary>Permission bits with set-user-id, set-group-id and sticky.</summary>
    public const uint PermissionMask = 0xFFF;

    /// <summary>The bits that tell the type.</summary>
    public const uint TypeMask = 0xF000;

    /// <summary>Type bits of a named pipe.</summary>
    public const uint Fifo = 0x1000;

    /// <summary>Type bits of a character device.</summary>
    public const uint CharacterDevice = 0x2000;

    /// <summary>Type bits of a directory.</summary>
    public const uint Directory = 0x4000;

    /// <summary>Type bits of a block device.</summary>
    public const uint BlockDevice = 0x6000;

    /// <summary>Type bits of a regular file.</summary>
    public const uint RegularFile = 0x8000;

    /// <summary>Type bits of a symbolic link.</summary>
    public const uint SymbolicLink = 0xA000;

    /// <summary>Type bits of a socket.</summary>
    public const uint Socket = 0xC000;

    /// <summary>The type that a mode names.</summary>
    /// <param name="mode">An <c>st_mode</c>.</param>
    /// <returns>The type.</returns>
    public static RemoteFileType TypeOf(uint mode) => (mode & TypeMask) switch
    {
        Fifo => RemoteFileType.Fifo,
        CharacterDevice => RemoteFileType.CharacterDevice,
        Directory => RemoteFileType.Directory,
        BlockDevice => RemoteFileType.BlockDevice,
        RegularFile => RemoteFileType.RegularFile,
        SymbolicLink => RemoteFileType.SymbolicLink,
        Socket => RemoteFileType.Socket,
        _ => RemoteFileType.Unknown,
    };

    /// <summary>The ten characters that <c>ls -l</c> shows, such as <c>-rw-r--r--</c> or <c>drwxrwxrwt</c>.</summary>
    /// <param name="mode">An <c>st_mode</c>.</param>
    /// <returns>The text.</returns>
    public static string ToText(uint mode) => string.Create(10, mode, static (text, mode) =>
    {
        text[0] = TypeOf(mode) switch
        {
            RemoteFileType.Directory => 'd',
            RemoteFileType.SymbolicLink => 'l',
            RemoteFileType.CharacterDevice => 'c',
            RemoteFileType.BlockDevice => 'b',
            RemoteFileType.Fifo => 'p',
            RemoteFileType.Socket => 's',
            RemoteFileType.RegularFile => '-',
            _ => '?',
        };
        for (var bit = 0; bit < 9; bit++)
            text[bit + 1] = (mode & (0x100u >> bit)) != 0 ? "rwx"[bit % 3] : '-';
        SpecialBit(text, 3, mode & 0x800, 's');
        SpecialBit(text, 6, mode & 0x400, 's');
        SpecialBit(text, 9, mode & 0x200, 't');
    });

    private static void SpecialBit(Span<char> text, int position, uint isSet, char mark)
    {
        if (isSet != 0)
            text[position] = text[position] == 'x' ? mark : char.ToUpperInvariant(mark);
    }
}
