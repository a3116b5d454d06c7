using System.Management.Automation;
using System.Text;
using AcodeSftp.Files.Content;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Writes the content of remote files, line by line as it arrives. Only as much is read as is needed: of the end of a file
/// its end, of its beginning its beginning.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SftpContent", DefaultParameterSetName = PathSet)]
[OutputType(typeof(string), typeof(byte))]
public sealed class GetSftpContentCommand : RemoteItemCmdlet
{
    /// <summary>Writes the content as one object: a text, or an array of bytes with -AsByteStream.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Writes bytes instead of lines.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>
    /// The encoding where no byte order mark tells another: a name such as <c>utf8</c>, <c>unicode</c>, <c>ascii</c> or
    /// <c>latin1</c>, or the number of a code page. Default: UTF-8.
    /// </summary>
    [Parameter]
    [EncodingArgument]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = TextEncoding.Default;

    /// <summary>Only so many lines, or bytes, from the beginning.</summary>
    [Parameter]
    [Alias("First", "Head")]
    [ValidateRange(0, long.MaxValue)]
    public long? TotalCount { get; set; }

    /// <summary>Only so many lines, or bytes, at the end.</summary>
    [Parameter]
    [Alias("Last")]
    [ValidateRange(0, long.MaxValue)]
    public long? Tail { get; set; }

    /// <summary>
    /// Goes on with lines as they are added, until it is stopped. A file that is cut or replaced, as logs are, is followed from
    /// its new beginning.
    /// </summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (TotalCount is not null && Tail is not null)
            ThrowTogether(nameof(TotalCount), nameof(Tail));
        if (Raw && (TotalCount is not null || Tail is not null))
            ThrowTogether(nameof(Raw), TotalCount is null ? nameof(Tail) : nameof(TotalCount));
        if (Wait && (Raw || AsByteStream || TotalCount is not null))
            ThrowTogether(nameof(Wait), Raw ? nameof(Raw) : AsByteStream ? nameof(AsByteStream) : nameof(TotalCount));
    }

    private protected override Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        var reader = new RemoteContentReader(item.Channel.FileSystem, item.Path);
        if (AsByteStream)
            return WriteBytesAsync(reader, output, cancellationToken);
        if (Raw)
            return WriteTextAsync(reader, output, cancellationToken);
        var lines = Wait
            ? new RemoteFollower(item.Channel.FileSystem, item.Path).ReadLinesAsync(Tail, Encoding, cancellationToken)
            : Tail is { } count
                ? reader.ReadLastLinesAsync(count, Encoding, cancellationToken)
                : reader.ReadLinesAsync(Encoding, cancellationToken);
        return WriteLinesAsync(lines, output);
    }

    private async Task WriteLinesAsync(IAsyncEnumerable<string> lines, CmdletOutput output)
    {
        var left = TotalCount ?? long.MaxValue;
        if (left == 0)
            return;
        await foreach (var line in lines.ConfigureAwait(false))
        {
            await output.WriteAsync(line).ConfigureAwait(false);
            if (--left == 0)
                return;
        }
    }

    private async Task WriteTextAsync(RemoteContentReader reader, CmdletOutput output, CancellationToken cancellationToken) =>
        await output.WriteAsync(await reader.ReadTextAsync(Encoding, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task WriteBytesAsync(RemoteContentReader reader, CmdletOutput output, CancellationToken cancellationToken)
    {
        var pieces = reader.ReadBytesAsync(-(Tail ?? 0), Tail ?? TotalCount ?? long.MaxValue, cancellationToken);
        using var all = new MemoryStream();
        await foreach (var piece in pieces.ConfigureAwait(false))
        {
            if (Raw)
                all.Write(piece);
            else
                await output.WriteEachAsync(piece).ConfigureAwait(false);
        }

        if (Raw)
            await output.WriteAsync(all.ToArray()).ConfigureAwait(false);
    }

    private void ThrowTogether(string one, string other) => ThrowTerminatingError(SftpErrorRecord.Create(
        "SftpInvalidArgument",
        ErrorCategory.InvalidArgument,
        $"-{one} and -{other} cannot be used together.",
        target: null));
}
