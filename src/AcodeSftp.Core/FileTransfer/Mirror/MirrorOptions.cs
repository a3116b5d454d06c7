namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>What makes a file at the destination differ from the one at the source.</summary>
public enum MirrorCompare
{
    /// <summary>Another size or another time, to the second as SFTP knows it.</summary>
    SizeAndTime = 0,

    /// <summary>Another size, or other content by SHA-256.</summary>
    Checksum,

    /// <summary>Another size.</summary>
    Size,
}

/// <summary>What to make a mirror of, and how.</summary>
public sealed record MirrorOptions
{
    /// <summary>Which way.</summary>
    public required TransferDirection Direction { get; init; }

    /// <summary>The directory here, as a full path.</summary>
    public required string LocalPath { get; init; }

    /// <summary>The directory on the server.</summary>
    public required string RemotePath { get; init; }

    /// <summary>What makes files differ.</summary>
    public MirrorCompare Compare { get; init; }

    /// <summary>
    /// Whether what the source does not have is deleted at the destination, and what is of another kind there makes way. What
    /// the patterns leave out is not.
    /// </summary>
    public bool Delete { get; init; }

    /// <summary>Patterns, one of which a file must match; empty for all. See <see cref="TransferOptions.Include"/>.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of files and directories to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];
}
