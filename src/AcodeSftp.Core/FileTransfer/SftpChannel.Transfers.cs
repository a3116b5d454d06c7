using AcodeSftp.Diagnostics;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Direct;
using AcodeSftp.FileTransfer.Segments;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.FileTransfer;

/// <content>Transfers.</content>
internal sealed partial class SftpChannel
{
    public Task<TransferResult> UploadAsync(
        string localPath,
        string remotePath,
        UploadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        TransferOneAsync(
            TransferDirection.Upload,
            (localPath, remotePath),
            options ?? UploadOptions.Default,
            progress,
            cancellationToken);

    public Task<TransferResult> DownloadAsync(
        string remotePath,
        string localPath,
        DownloadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        TransferOneAsync(
            TransferDirection.Download,
            (localPath, remotePath),
            options ?? DownloadOptions.Default,
            progress,
            cancellationToken);

    public Task<TransferResult> UploadBatchAsync(
        IEnumerable<(string LocalPath, string RemotePath)> files,
        UploadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        TransferAsync(
            TransferDirection.Upload,
            files,
            options ?? UploadOptions.Default,
            progress,
            cancellationToken);

    public Task<TransferResult> DownloadBatchAsync(
        IEnumerable<(string RemotePath, string LocalPath)> files,
        DownloadOptions? options = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return TransferAsync(
            TransferDirection.Download,
            files.Select(static file => (file.LocalPath, file.RemotePath)),
            options ?? DownloadOptions.Default,
            progress,
            cancellationToken);
    }

    // Where nothing could be done at all there is no result to look into.
    private async Task<TransferResult> TransferOneAsync(
        TransferDirection direction,
        (string LocalPath, string RemotePath) paths,
        TransferOptions options,
        IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        var result = await TransferAsync(direction, [paths], options, progress, cancellationToken).ConfigureAwait(false);
        var source = direction == TransferDirection.Upload ? FullLocalPath(paths.LocalPath) : paths.RemotePath;
        return result is { FilesTransferred: 0, Errors: [{ Exception: SftpException { Code: SftpErrorCode.NotFound } error }] }
            && result.Errors[0].Path == source
            && !await SourceExistsAsync(direction, source, cancellationToken).ConfigureAwait(false)
            ? throw error
            : result;
    }

    private async Task<bool> SourceExistsAsync(TransferDirection direction, string source, CancellationToken cancellationToken) =>
        direction == TransferDirection.Upload
            ? Path.Exists(source)
            : await ExistsAsync(source, cancellationToken).ConfigureAwait(false);

    private Task<TransferResult> TransferAsync(
        TransferDirection direction,
        IEnumerable<(string LocalPath, string RemotePath)> files,
        TransferOptions options,
        IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        var roots = files.Select(static file => (FullLocalPath(file.LocalPath), new RemotePath(file.RemotePath))).ToList();
        var telemetry = new TransferTelemetry(
            session.LoggerFactory.CreateLogger(TransferLog.Category),
            new TransferSubject
            {
                Direction = direction,
                Protocol = scp is null ? TransferSubject.Sftp : TransferSubject.Scp,
                HostName = session.HostName,
                Port = session.Port,
                Authority = session.Authority,
                Roots = roots,
            });
        var context = new TransferContext(options)
        {
            Telemetry = telemetry,
            Direction = direction,
            Connection = connection,
            FileSystem = Open,
            Lanes = new TransferLanes(connection, fileSystem),
            Commands = new CommandMove(connection, fileSystem, options, telemetry.CommandsRefused),
            Line = new TransferLine(session, Open),
            Scp = scp,
            Probe = _probe,
            Hashing = _hashing,
            ResumeManager = options.ResumeManager ?? TransferResumeManager.Shared,
            Authority = session.Authority,
            SessionId = session.Id,
            Ledger = new TransferLedger(telemetry),
        };
        return telemetry.ObserveAsync(
            () => new TransferJob(context, progress).RunAsync(roots, cancellationToken),
            () => context.Ledger.ToResult(context.Meter.Elapsed));
    }

    private static string FullLocalPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "use", path);
        }
    }
}
