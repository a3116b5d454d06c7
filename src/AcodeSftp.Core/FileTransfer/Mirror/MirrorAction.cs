namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>What is done to make the destination like the source.</summary>
public enum MirrorActionKind
{
    /// <summary>A directory is created.</summary>
    CreateDirectory,

    /// <summary>A file is transferred to where none is.</summary>
    Add,

    /// <summary>A file is transferred over another one.</summary>
    Update,

    /// <summary>A file, a link or a directory that is empty by then is deleted.</summary>
    Delete,

    /// <summary>Nothing is done, though something differs: see the reason.</summary>
    Skip,
}

/// <summary>Why something is done, or is not.</summary>
public enum MirrorReason
{
    /// <summary>The destination does not have it.</summary>
    Missing,

    /// <summary>The sizes differ.</summary>
    SizeDiffers,

    /// <summary>The source was changed later.</summary>
    SourceNewer,

    /// <summary>The source was changed earlier.</summary>
    SourceOlder,

    /// <summary>The content differs, by SHA-256.</summary>
    ContentDiffers,

    /// <summary>The source does not have it.</summary>
    NotInSource,

    /// <summary>One side has a directory where the other has a file.</summary>
    KindDiffers,

    /// <summary>It is a symbolic link at the source, or there is one in its place at the destination.</summary>
    SymbolicLink,

    /// <summary>It is neither a file nor a directory.</summary>
    Special,
}

/// <summary>
/// One step of the plan that makes the destination like the source. Like <see cref="Files.SftpFileInfo"/> it has no property
/// that a command for files would take for the path of one to work on, and its text is no path.
/// </summary>
public sealed record MirrorAction
{
    /// <summary>What is done.</summary>
    public required MirrorActionKind Action { get; init; }

    /// <summary>Why.</summary>
    public required MirrorReason Reason { get; init; }

    /// <summary>Its path below the directories that are compared, with slashes; <c>.</c> for these themselves.</summary>
    public required string RelativePath { get; init; }

    /// <summary>Its full path at the source, whether or not anything is there.</summary>
    public required string Source { get; init; }

    /// <summary>Its full path at the destination, whether or not anything is there.</summary>
    public required string Destination { get; init; }

    /// <summary>Whether a directory is created or deleted.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Size at the source, in bytes; null for what is no file or not there.</summary>
    public long? SourceSize { get; init; }

    /// <summary>Size at the destination, in bytes; null for what is no file or not there.</summary>
    public long? DestinationSize { get; init; }

    /// <summary>Last change at the source, in UTC; null where there is none.</summary>
    public DateTimeOffset? SourceModified { get; init; }

    /// <summary>Last change at the destination, in UTC; null where there is none.</summary>
    public DateTimeOffset? DestinationModified { get; init; }

    /// <summary>The step in a few words.</summary>
    /// <returns>The text, such as <c>Update: lib/a.dll (SizeDiffers)</c>.</returns>
    public override string ToString() => $"{Action}: {RelativePath} ({Reason})";
}
