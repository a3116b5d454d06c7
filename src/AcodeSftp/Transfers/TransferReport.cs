using System.Collections.Concurrent;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Transfers;

/// <summary>Writes what comes of a transfer: files as they arrive, errors as they happen, and its result.</summary>
/// <param name="session">The session it runs over.</param>
/// <param name="direction">Which way.</param>
/// <param name="output">Has the pipeline thread write.</param>
internal sealed class TransferReport(SftpSession session, TransferDirection direction, CmdletOutput output) : ITransferObserver
{
    private readonly ConcurrentDictionary<string, bool> _failed = new(StringComparer.Ordinal);

    /// <summary>Whether the result is written in place of the files.</summary>
    public bool IsSummary { get; init; }

    /// <summary>Whether other sessions transfer too, so that what is written has to name this one.</summary>
    public bool IsOneOfSeveral { get; init; }

    private string? HostLabel => IsOneOfSeveral ? session.Name : null;

    private string Label => IsOneOfSeveral ? TerminalText.Clean(session.Name) + ": " : "";

    /// <inheritdoc/>
    public async ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken)
    {
        switch (transferEvent)
        {
            case TransferFileCompletedEvent completed when !IsSummary:
                await output.WriteAsync(Describe(completed.File)).ConfigureAwait(false);
                break;
            case TransferFileFailedEvent failed:
                await FailAsync(failed.Error).ConfigureAwait(false);
                break;
            case TransferResumedEvent resumed:
                await output.VerboseAsync(
                    $"{Label}Going on with '{TerminalText.Clean(resumed.Path)}' at byte {resumed.ResumedFromByte} of {resumed.TotalBytes}.")
                    .ConfigureAwait(false);
                break;
            case TransferLinkSkippedEvent skipped:
                await output.VerboseAsync($"{Label}Leaving out the symbolic link '{TerminalText.Clean(skipped.Path)}'.").ConfigureAwait(false);
                break;
        }
    }

    /// <summary>Writes an error.</summary>
    /// <param name="error">What went wrong.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask FailAsync(TransferError error)
    {
        _failed[error.Path] = true;
        var exception = error.Exception as SftpException
            ?? new SftpException(SftpErrorCode.Unknown, error.ErrorMessage, error.Exception) { Path = error.Path };
        return output.ErrorAsync(exception, error.Path.Length > 0 ? error.Path : null, HostLabel);
    }

    /// <summary>Writes what came with no event of its own.</summary>
    /// <param name="result">What the transfer did.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public async Task CompleteAsync(TransferResult result)
    {
        foreach (var error in result.Errors)
        {
            if (!_failed.ContainsKey(error.Path))
                await FailAsync(error).ConfigureAwait(false);
        }

        foreach (var warning in result.Warnings)
            await output.WarningAsync(Label + warning).ConfigureAwait(false);
        var verb = direction == TransferDirection.Upload ? "sent" : "received";
        var check = result.ChecksumVerified ? "verified by SHA-256" : "not all verified by SHA-256";
        await output.VerboseAsync(
            $"{Label}{result.FilesTransferred} {(result.FilesTransferred == 1 ? "file" : "files")} ({result.BytesTransferred} bytes) {verb} in {result.Duration.TotalSeconds:0.0} s, {check}.")
            .ConfigureAwait(false);
    }

    /// <summary>Writes the result, where it is wanted.</summary>
    /// <param name="result">The result, with what went wrong before the transfer.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask EndAsync(TransferResult result) => IsSummary ? output.WriteAsync(result) : ValueTask.CompletedTask;

    private SftpFileInfo Describe(TransferredFile file)
    {
        var path = new RemotePath(file.RemotePath);
        return (file.RemoteFile ?? SftpFileInfo.From(path, new RemoteFileAttributes { Size = file.Size })) with
        {
            Authority = session.Authority,
            SessionId = session.Id,
        };
    }
}
