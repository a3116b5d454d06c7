using System.Collections;
using System.Management.Automation;
using System.Text;
using AcodeSftp.Files;
using AcodeSftp.Files.Content;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// What setting and adding content share: the files are opened with the first record, what comes is gathered and written in
/// large pieces, and the files are complete when no more comes.
/// </summary>
public abstract class ContentWriteCmdlet : RemotePathCmdlet
{
    private const int PieceSize = 256 * 1024;

    private readonly List<Target> _targets = [];
    private bool _isOpen;

    /// <summary>The remote files, with wildcards for those that are there already.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ParameterSetName = PathSet,
        HelpMessage = "The remote file to write; *, ? and [...] are wildcards.")]
    [RemotePathArgument(HasWildcards = true)]
    [ArgumentCompleter(typeof(RemotePathCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The remote files, their paths taken as they are.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "The remote file to write, its path taken as it is.")]
    [Alias("FullPath", "RemotePath")]
    [RemotePathArgument]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What is written: objects as their text, each with a line feed behind it, or bytes.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, HelpMessage = "What is written.")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? Value { get; set; }

    /// <summary>
    /// The encoding: a name such as <c>utf8</c>, <c>utf8BOM</c>, <c>unicode</c> or <c>ascii</c>, or the number of a code page.
    /// Default: that of the file that is added to, as its byte order mark tells it, and UTF-8 without a mark otherwise.
    /// </summary>
    [Parameter]
    [EncodingArgument]
    [ValidateNotNull]
    public Encoding? Encoding { get; set; }

    /// <summary>Takes bytes, which are written as they are.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>Writes nothing between and behind the values.</summary>
    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    /// <summary>Writes the values to the pipeline too.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What becomes of what is in the files.</summary>
    private protected abstract RemoteWriteMode WriteMode { get; }

    /// <summary>What is done, for -WhatIf and -Confirm.</summary>
    private protected abstract string Action { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!_isOpen)
        {
            _isOpen = true;
            ProcessEach(Path, LiteralPath, []);
        }

        foreach (var value in Values())
        {
            foreach (var target in _targets)
                Gather(target, value);
            if (PassThru)
                WriteObject(value);
        }

        WriteGathered(PieceSize);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        WriteGathered(0);
        foreach (var target in _targets.ToArray())
            Run((output, cancellationToken) => target.TryAsync(() => target.Writer.CompleteAsync(cancellationToken), output));
        GiveBack(_targets);
        _targets.Clear();
        base.EndProcessing();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // What is not complete is taken away.
        GiveBack(_targets);
        base.Dispose(disposing);
    }

    // An array of bytes counts as one value, for speed; other collections as what is in them.
    private IEnumerable<object?> Values()
    {
        var value = Value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : Value;
        return value switch
        {
            null => [],
            byte[] when AsByteStream => [value],
            IEnumerable many and not string and not IDictionary => many.Cast<object?>(),
            _ => [Value],
        };
    }

    private void Gather(Target target, object? value)
    {
        if (!AsByteStream)
        {
            target.Gathered.Write(target.Encoding.GetBytes((value is null ? "" : PSObject.AsPSObject(value).ToString()) + (NoNewline ? "" : "\n")));
            return;
        }

        try
        {
            target.Gathered.Write(value as byte[] ?? [LanguagePrimitives.ConvertTo<byte>(value)]);
        }
        catch (PSInvalidCastException e)
        {
            ThrowTerminatingError(SftpErrorRecord.Create(
                "SftpInvalidArgument",
                ErrorCategory.InvalidArgument,
                $"-AsByteStream takes bytes: {e.Message}",
                value));
        }
    }

    private void WriteGathered(int atLeast)
    {
        foreach (var target in _targets.Where(target => target.Gathered.Length > atLeast).ToArray())
        {
            Run((output, cancellationToken) => target.TryAsync(
                async () =>
                {
                    var bytes = target.Gathered.GetBuffer().AsMemory(0, (int)target.Gathered.Length);
                    await target.Writer.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                    target.Gathered.SetLength(0);
                },
                output));
        }

        _targets.RemoveAll(static target => target.HasFailed);
    }

    private protected override async Task ProcessPathAsync(
        SftpSession session,
        ISftpChannel channel,
        string path,
        CmdletOutput output,
        CancellationToken cancellationToken)
    {
        foreach (var found in await FindAsync(channel, path, cancellationToken).ConfigureAwait(false))
        {
            if (await output.ShouldProcessAsync($"sftp://{session.Authority}{found.Value}", Action).ConfigureAwait(false))
                _targets.Add(await OpenAsync(channel.FileSystem, found, cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task<List<RemotePath>> FindAsync(ISftpChannel channel, string given, CancellationToken cancellationToken)
    {
        var resolver = new RemotePathResolver(channel.FileSystem);
        if (IsLiteral || !RemoteWildcard.IsPattern(given))
        {
            var literal = IsLiteral ? given : RemoteWildcard.Unescape(given);
            return [await resolver.ToAbsoluteAsync(literal, cancellationToken).ConfigureAwait(false)];
        }

        var found = new List<RemotePath>();
        await foreach (var (path, _) in resolver.ExpandAsync(given, cancellationToken).ConfigureAwait(false))
            found.Add(path);
        return found.Count > 0
            ? found
            : throw new SftpException(SftpErrorCode.NotFound, $"No file matches '{TerminalText.Clean(given)}'.") { Path = given };
    }

    private async Task<Target> OpenAsync(IRemoteFileSystem files, RemotePath path, CancellationToken cancellationToken)
    {
        var (encoding, isEmpty) = WriteMode == RemoteWriteMode.Append && !AsByteStream
            ? await TextEncoding.OfFileAsync(files, path, cancellationToken).ConfigureAwait(false)
            : (null, true);
        var target = new Target(
            await RemoteContentWriter.OpenAsync(files, path, WriteMode, cancellationToken).ConfigureAwait(false),
            path,
            Encoding ?? encoding ?? TextEncoding.Default);
        if (isEmpty && !AsByteStream)
            target.Gathered.Write(target.Encoding.Preamble);
        return target;
    }

    /// <summary>A file that is written.</summary>
    private sealed class Target(RemoteContentWriter writer, RemotePath path, Encoding encoding) : IAsyncDisposable
    {
        public RemoteContentWriter Writer => writer;

        public Encoding Encoding => encoding;

        public MemoryStream Gathered { get; } = new();

        public bool HasFailed { get; private set; }

        // A file that is refused once gets no more; the others go on.
        public async Task TryAsync(Func<Task> action, CmdletOutput output)
        {
            try
            {
                await action().ConfigureAwait(false);
            }
            catch (SftpException e)
            {
                HasFailed = true;
                await DisposeAsync().ConfigureAwait(false);
                await output.ErrorAsync(e, path.Value).ConfigureAwait(false);
            }
        }

        public ValueTask DisposeAsync() => writer.DisposeAsync();
    }
}
