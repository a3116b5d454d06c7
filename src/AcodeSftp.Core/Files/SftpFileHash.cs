namespace AcodeSftp.Files;

/// <summary>The hash of a remote file.</summary>
public sealed record SftpFileHash
{
    /// <summary>The algorithm, such as <c>SHA256</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The hash, in upper-case hexadecimal, as Get-FileHash writes it.</summary>
    public required string Hash { get; init; }

    /// <summary>The file's path on the server.</summary>
    public required string FullPath { get; init; }

    /// <summary>Whether a tool on the server computed it; otherwise the content was read over the line.</summary>
    public bool IsFromServer { get; init; }

    /// <summary>The account and server the file is on, <c>user@host:port</c>.</summary>
    public string Authority { get; init; } = "";

    /// <summary>The id of the session it was seen through; 0 for none.</summary>
    public int SessionId { get; init; }

    /// <summary>The file as a URL.</summary>
    /// <returns>The URL.</returns>
    public override string ToString() => $"sftp://{Authority}{FullPath}";
}
