using System.Globalization;
using AcodeSftp.FileTransfer;
using AcodeSftp.Files;

namespace AcodeSftp.Diagnostics;

/// <summary>What a transfer is, for its log lines, metrics and span.</summary>
internal sealed record TransferSubject
{
    /// <summary>The protocol of a transfer over an SFTP channel.</summary>
    public const string Sftp = "sftp";

    /// <summary>The protocol of a transfer by <c>scp</c>.</summary>
    public const string Scp = "scp";

    /// <summary>The transfer's number: the correlation id of its events and log lines.</summary>
    public string TransferId { get; init; } = Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture);

    public required TransferDirection Direction { get; init; }

    /// <summary><see cref="Sftp"/> or <see cref="Scp"/>.</summary>
    public required string Protocol { get; init; }

    public required string HostName { get; init; }

    public required int Port { get; init; }

    /// <summary><c>user@host:port</c>.</summary>
    public required string Authority { get; init; }

    /// <summary>What goes where. Asked for when the transfer begins, ends, and fails as a whole; not for each file.</summary>
    public required IReadOnlyCollection<(string LocalPath, RemotePath RemotePath)> Roots { get; init; }

    public string DirectionTag => Direction == TransferDirection.Upload ? "upload" : "download";

    /// <summary>What is transferred, a remote path as a URL; how many paths there are where there are several.</summary>
    public string Source => Direction == TransferDirection.Upload ? Here : There;

    /// <summary>Where to, as <see cref="Source"/>.</summary>
    public string Destination => Direction == TransferDirection.Upload ? There : Here;

    private string Here => Roots.Count == 1 ? Roots.First().LocalPath : Several;

    private string There => Roots.Count == 1 ? Url(Roots.First().RemotePath) : $"{Several} on sftp://{Authority}";

    private string Several => string.Create(CultureInfo.InvariantCulture, $"{Roots.Count} paths");

    /// <summary>A remote path as it is written where it must not be taken for a local one.</summary>
    public string Url(RemotePath path) => $"sftp://{Authority}{(path.IsAbsolute ? "" : "/./")}{path.Value}";
}
