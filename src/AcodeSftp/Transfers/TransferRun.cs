using System.Management.Automation;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Configuration;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Pipeline;

namespace AcodeSftp.Shell.Transfers;

/// <summary>One transfer over one session: all that a command is given to transfer there.</summary>
/// <param name="cmdlet">The command.</param>
/// <param name="session">The session.</param>
/// <param name="direction">Which way.</param>
/// <param name="options">What was asked for.</param>
/// <param name="isOneOfSeveral">Whether other sessions transfer too, so that what is written has to name this one.</param>
internal sealed class TransferRun(
    Cmdlet cmdlet,
    SftpSession session,
    TransferDirection direction,
    TransferConfiguration options,
    bool isOneOfSeveral)
{
    /// <summary>How many files are transferred at the same time where nothing else is said.</summary>
    public const int FilesAtOnce = 4;

    private readonly List<(string Source, string Destination)> _sources = [];

    /// <summary>Whether its result is written in place of its files.</summary>
    public bool IsSummary { get; init; }

    /// <summary>What went wrong before the transfer, and has been written.</summary>
    public List<TransferError> Missed { get; } = [];

    /// <summary>Shows how far it is.</summary>
    public TransferProgressBar Progress { get; } = new(
        cmdlet,
        direction == TransferDirection.Upload ? $"Sending to {session.Authority}" : $"Receiving from {session.Authority}",
        showsFile: !isOneOfSeveral);

    /// <summary>Adds a source.</summary>
    /// <param name="source">The file or directory.</param>
    /// <param name="destination">Where it goes.</param>
    public void Add(string source, string destination) => _sources.Add((source, destination));

    /// <summary>
    /// Transfers what was added, and writes files as they arrive and errors as they happen. That the session cannot transfer
    /// at all is thrown, unless there are others.
    /// </summary>
    /// <param name="output">Has the pipeline thread write.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A task that ends with the transfer.</returns>
    public async Task RunAsync(CmdletOutput output, CancellationToken cancellationToken)
    {
        var report = new TransferReport(session, direction, output) { IsSummary = IsSummary, IsOneOfSeveral = isOneOfSeveral };
        var result = new TransferResult { Authority = session.Authority, SessionId = session.Id, Success = true };
        try
        {
            if (_sources.Count > 0)
                result = await TransferAsync(report, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e) when (isOneOfSeveral)
        {
            var error = TransferError.From(e.Path ?? "", e.WithHost(session.HostName));
            await report.FailAsync(error).ConfigureAwait(false);
            result = result with { Success = false, Errors = [error] };
        }

        await report.EndAsync(Missed.Count == 0
            ? result
            : result with { Success = false, Errors = [.. Missed, .. result.Errors] }).ConfigureAwait(false);
    }

    // How long all of it takes is the user's to bear; a transfer that stands still ends by itself.
    private async Task<TransferResult> TransferAsync(TransferReport report, CancellationToken cancellationToken)
    {
        var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            var result = direction == TransferDirection.Upload
                ? await channel.UploadBatchAsync(
                    _sources,
                    options.Apply(new UploadOptions
                    {
                        ParallelTransfers = FilesAtOnce,
                        SmallFilesAtOnce = TransferOptions.ManySmallFiles,
                        Timeout = Timeout.InfiniteTimeSpan,
                        Observer = report,
                    }),
                    Progress,
                    cancellationToken).ConfigureAwait(false)
                : await channel.DownloadBatchAsync(
                    _sources,
                    options.Apply(new DownloadOptions
                    {
                        ParallelTransfers = FilesAtOnce,
                        SmallFilesAtOnce = TransferOptions.ManySmallFiles,
                        Timeout = Timeout.InfiniteTimeSpan,
                        Observer = report,
                    }),
                    Progress,
                    cancellationToken).ConfigureAwait(false);
            await report.CompleteAsync(result).ConfigureAwait(false);
            return result;
        }
    }
}
