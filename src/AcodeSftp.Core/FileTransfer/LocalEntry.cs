using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>What is at a local path.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Facts">Its size, times and permissions.</param>
/// <param name="LinkTarget">The text of a link; null where it is none.</param>
internal sealed record LocalEntry(RemoteFileType Type, SourceFacts Facts, string? LinkTarget)
{
    /// <summary>Looks at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether to look at what a link leads to.</param>
    /// <returns>What is there.</returns>
    /// <exception cref="SftpException">Nothing is, or it may not be looked at.</exception>
    public static LocalEntry Read(string path, bool followLinks)
    {
        try
        {
            return TryRead(path, followLinks)
                ?? throw new SftpException(SftpErrorCode.NotFound, $"There is no '{TerminalText.Clean(path)}' on this machine.")
                {
                    Path = path,
                };
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "look at", path);
        }
    }

    /// <summary>Looks at a path where something may be.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether to look at what a link leads to.</param>
    /// <returns>What is there; null for nothing.</returns>
    public static LocalEntry? TryRead(string path, bool followLinks)
    {
        FileSystemInfo info = new FileInfo(path);
        var target = info.LinkTarget;
        if (target is not null && followLinks)
        {
            if (info.ResolveLinkTarget(returnFinalTarget: true) is not { } final)
                return null;
            info = final;
        }

        // Missing files have all attributes set.
        var attributes = info.Attributes;
        if ((int)attributes == -1)
            return null;
        var status = UnixFileStatus.Of(path, followLinks);
        var type = TypeOf(attributes, target is not null && !followLinks, status);
        return new LocalEntry(
            type,
            new SourceFacts
            {
                Size = type == RemoteFileType.RegularFile ? new FileInfo(info.FullName).Length : 0,
                Modified = info.LastWriteTimeUtc,
                Accessed = info.LastAccessTimeUtc,
                Permissions = status?.Mode & UnixMode.PermissionMask ?? Permissions(info),
                UserId = status?.UserId,
                GroupId = status?.GroupId,
            },
            target);
    }

    private static RemoteFileType TypeOf(FileAttributes attributes, bool isLink, UnixFileStatus? status)
    {
        if (isLink)
            return RemoteFileType.SymbolicLink;
        if (status is { } known)
            return UnixMode.TypeOf(known.Mode);
        return attributes.HasFlag(FileAttributes.Directory) ? RemoteFileType.Directory : RemoteFileType.RegularFile;
    }

    private static uint? Permissions(FileSystemInfo info) =>
        OperatingSystem.IsWindows() ? null : (uint)info.UnixFileMode;
}
