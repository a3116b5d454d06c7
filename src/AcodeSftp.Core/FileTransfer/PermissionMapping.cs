using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Which permission bits a destination gets: never more than the source has. Set-user-id and set-group-id do not travel,
/// for the owner they were given for does not either, except where an upload preserves the owner.
/// </summary>
internal static class PermissionMapping
{
    /// <summary>Bits of a file from a system that has none: 0644.</summary>
    public const uint PlainFile = 0x1A4;

    /// <summary>Bits of a directory from a system that has none: 0755.</summary>
    public const uint PlainDirectory = 0x1ED;

    private const uint ReadWriteExecute = 0x1FF;
    private const uint OwnerAll = 0x1C0;
    private const uint WritableByOthers = 0x12;

    /// <summary>The bits of a file that is transferred.</summary>
    /// <param name="source">The source's mode; null where it has none.</param>
    /// <param name="preserve">Whether it keeps them.</param>
    /// <param name="withOwner">Whether it keeps its owner as well.</param>
    /// <param name="replaced">The mode of the file it replaces; null for none.</param>
    /// <returns>The bits.</returns>
    public static uint ForFile(uint? source, bool preserve, bool withOwner, uint? replaced)
    {
        var own = (source ?? PlainFile) & (withOwner ? UnixMode.PermissionMask : ReadWriteExecute);
        if (preserve)
            return own;
        // What is replaced was given its bits on purpose. A new file gets what a careful umask leaves of the source's.
        return replaced & ReadWriteExecute ?? own & ReadWriteExecute & ~WritableByOthers;
    }

    /// <summary>The bits of a directory that is transferred.</summary>
    /// <param name="source">The source's mode; null where it has none.</param>
    /// <param name="preserve">Whether it keeps them.</param>
    /// <returns>The bits.</returns>
    public static uint ForDirectory(uint? source, bool preserve)
    {
        var own = (source ?? PlainDirectory) & ReadWriteExecute;
        return preserve ? own : own & ~WritableByOthers;
    }

    /// <summary>The bits of a directory while files are put into it: its own, and all for the owner.</summary>
    /// <param name="final">Its own.</param>
    /// <returns>The bits.</returns>
    public static uint WhileFilling(uint final) => final | OwnerAll;
}
