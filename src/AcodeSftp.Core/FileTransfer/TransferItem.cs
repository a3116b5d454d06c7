using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>What the plan knows of a source.</summary>
internal sealed record SourceFacts
{
    /// <summary>Size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Time of the last change; null where it is not known.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Time of the last access; null where it is not known.</summary>
    public DateTimeOffset? Accessed { get; init; }

    /// <summary>Permission bits; null for a system that has none.</summary>
    public uint? Permissions { get; init; }

    /// <summary>Owner; null where it is not known.</summary>
    public uint? UserId { get; init; }

    /// <summary>Group; null where it is not known.</summary>
    public uint? GroupId { get; init; }

    /// <summary>What the server says of a remote source.</summary>
    public static SourceFacts From(RemoteFileAttributes attributes) => new()
    {
        Size = attributes.Size ?? 0,
        Modified = attributes.Modified,
        Accessed = attributes.Accessed,
        Permissions = attributes.Permissions,
        UserId = attributes.UserId,
        GroupId = attributes.GroupId,
    };
}

/// <summary>One thing to transfer.</summary>
internal abstract record TransferItem
{
    /// <summary>Its full path here.</summary>
    public required string LocalPath { get; init; }

    /// <summary>Its path there.</summary>
    public required RemotePath RemotePath { get; init; }

    /// <summary>The destination directory it goes into; null where it is transferred by itself.</summary>
    public TransferFolder? Folder { get; init; }

    /// <summary>Its source path, for messages.</summary>
    public string SourcePath(TransferDirection direction) =>
        direction == TransferDirection.Upload ? LocalPath : RemotePath.Value;
}

/// <summary>A regular file.</summary>
internal sealed record FileItem : TransferItem
{
    /// <summary>What is known of the source.</summary>
    public required SourceFacts Source { get; init; }

    /// <summary>The file in a stream that is on its way already; null where it is to be asked for.</summary>
    public Scp.ScpOffer? Offer { get; init; }
}

/// <summary>A symbolic link that is to be one at the destination as well.</summary>
internal sealed record LinkItem : TransferItem
{
    /// <summary>The text it holds.</summary>
    public required string Target { get; init; }
}
