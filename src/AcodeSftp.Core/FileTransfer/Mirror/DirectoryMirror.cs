using System.Runtime.CompilerServices;
using System.Threading.Channels;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>
/// Makes a directory on one side of a connection like one on the other: compares the two, and carries out what came of it.
/// Symbolic links are left alone on both sides, and nothing is written through one.
/// </summary>
/// <param name="channel">The server's files.</param>
/// <param name="options">What to make a mirror of, and how.</param>
public sealed class DirectoryMirror(ISftpChannel channel, MirrorOptions options)
{
    private const int PlannedAhead = 1024;
    private const int RequestsAtOnce = 16;

    private readonly LocalMirrorSide _local = new(Path.GetFullPath(options.LocalPath));
    private readonly RemoteMirrorSide _remote = new(channel, new RemotePath(options.RemotePath));

    private IMirrorSide Source => options.Direction == TransferDirection.Upload ? _local : _remote;

    private IMirrorSide Destination => options.Direction == TransferDirection.Upload ? _remote : _local;

    /// <summary>
    /// Compares the two directories. Each is listed once, several at the same time; what is the same is not told.
    /// </summary>
    /// <param name="refused">Told what could not be compared, from any thread. It is left alone.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The steps that make the destination like the source, as they are found: a plan for <see cref="ApplyAsync"/>.</returns>
    /// <exception cref="SftpException">The source is not there or no directory, or the connection was lost.</exception>
    public async IAsyncEnumerable<MirrorAction> CompareAsync(
        Func<SftpException, ValueTask> refused,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var plan = Channel.CreateBounded<MirrorAction>(PlannedAhead);
        var comparison = new MirrorComparison(options, Source, Destination, plan.Writer, refused);
        var running = CompleteAsync(comparison.RunAsync(stop.Token), plan.Writer);
        try
        {
            await foreach (var action in plan.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return action;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Carries out a plan: makes way, creates directories, transfers files, and deletes what the source does not have. A step
    /// that fails is told, and the others go on, except those in a directory that could not be created.
    /// </summary>
    /// <param name="plan">The steps, in any order. Those that skip something do nothing.</param>
    /// <param name="observer">Told what becomes of each step; null for nobody.</param>
    /// <param name="transfer">How files are transferred; null for the defaults. Files are always replaced, and times always kept.</param>
    /// <param name="progress">Told how far the transfer of files is.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What became of the transfer of files; null where there was none to transfer.</returns>
    /// <exception cref="SftpException">The connection was lost.</exception>
    public Task<TransferResult?> ApplyAsync(
        IEnumerable<MirrorAction> plan,
        IMirrorObserver? observer = null,
        TransferOptions? transfer = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new Run(this, plan, observer, cancellationToken).RunAsync(transfer, progress);

    private static async Task CompleteAsync(Task comparing, ChannelWriter<MirrorAction> plan)
    {
        Exception? failure = null;
        try
        {
            await comparing.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Told to whoever reads.
            failure = e;
        }

        plan.TryComplete(failure);
    }

    private Task<TransferResult> TransferAsync(
        IEnumerable<MirrorAction> files,
        TransferOptions? transfer,
        ITransferObserver observer,
        IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        var paths = files.Select(static file => (file.Source, file.Destination));
        return options.Direction == TransferDirection.Upload
            ? channel.UploadBatchAsync(
                paths,
                (transfer as UploadOptions ?? new UploadOptions { ParallelTransfers = 4 }) with
                {
                    Overwrite = true,
                    PreserveTimestamps = true,
                    Observer = observer,
                },
                progress,
                cancellationToken)
            : channel.DownloadBatchAsync(
                paths,
                (transfer as DownloadOptions ?? DownloadOptions.Default) with
                {
                    Overwrite = true,
                    PreserveTimestamps = true,
                    Observer = observer,
                },
                progress,
                cancellationToken);
    }

    /// <summary>One plan that is carried out.</summary>
    private sealed class Run : ITransferObserver
    {
        private readonly DirectoryMirror _mirror;
        private readonly IMirrorObserver? _observer;
        private readonly CancellationToken _cancellationToken;
        private readonly List<MirrorAction> _plan;
        private readonly Dictionary<string, MirrorAction> _files;
        private readonly HashSet<string> _notCreated = new(StringComparer.Ordinal);

        public Run(DirectoryMirror mirror, IEnumerable<MirrorAction> plan, IMirrorObserver? observer, CancellationToken cancellationToken)
        {
            (_mirror, _observer, _cancellationToken) = (mirror, observer, cancellationToken);
            _plan = [.. plan];
            _files = _plan.Where(static action => action.Action is MirrorActionKind.Add or MirrorActionKind.Update)
                .ToDictionary(static action => action.Source, StringComparer.Ordinal);
        }

        public async Task<TransferResult?> RunAsync(TransferOptions? transfer, IProgress<TransferProgress>? progress)
        {
            await DeleteAsync(MirrorReason.KindDiffers).ConfigureAwait(false);
            await InLevelsAsync(
                _plan.Where(static action => action.Action == MirrorActionKind.CreateDirectory),
                isDeepestFirst: false,
                CreateDirectoryAsync).ConfigureAwait(false);
            var files = _files.Values.Where(file => !IsInMissingDirectory(file)).ToList();
            var result = files.Count == 0
                ? null
                : await _mirror.TransferAsync(files, transfer, this, progress, _cancellationToken).ConfigureAwait(false);
            if (result?.Errors.FirstOrDefault(error => !_files.ContainsKey(error.Path)) is { Exception: SftpException whole })
                throw whole;
            await DeleteAsync(MirrorReason.NotInSource).ConfigureAwait(false);
            return result;
        }

        public ValueTask OnEventAsync(TransferEvent transferEvent, CancellationToken cancellationToken)
        {
            var isUpload = _mirror.Source == _mirror._local;
            return transferEvent switch
            {
                TransferFileCompletedEvent { File: var file }
                    when _files.TryGetValue(isUpload ? file.LocalPath : file.RemotePath, out var action) => DoneAsync(action),
                TransferFileFailedEvent { Error: { Exception: SftpException e } error }
                    when _files.TryGetValue(error.Path, out var action) => FailedAsync(action, e),
                _ => ValueTask.CompletedTask,
            };
        }

        private async Task DeleteAsync(MirrorReason reason)
        {
            var deletions = _plan.Where(action => action.Action == MirrorActionKind.Delete && action.Reason == reason).ToLookup(static action => action.IsDirectory);
            await AtOnceAsync(deletions[false], DeleteAsync).ConfigureAwait(false);
            await InLevelsAsync(deletions[true], isDeepestFirst: true, DeleteAsync).ConfigureAwait(false);
        }

        // What is gone already is as it should be.
        private async Task DeleteAsync(MirrorAction action)
        {
            try
            {
                await _mirror.Destination.DeleteAsync(action.RelativePath, action.IsDirectory, _cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.NotFound)
            {
            }
        }

        private async Task CreateDirectoryAsync(MirrorAction action)
        {
            try
            {
                var relative = action.RelativePath == "." ? "" : action.RelativePath;
                await _mirror.Destination.CreateDirectoryAsync(relative, _cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException)
            {
                lock (_notCreated)
                    _notCreated.Add(action.RelativePath);
                throw;
            }
        }

        // Why a directory could not be created is told once, not for each thing in it.
        private bool IsInMissingDirectory(MirrorAction action)
        {
            lock (_notCreated)
            {
                if (_notCreated.Count == 0)
                    return false;
                var path = action.RelativePath;
                for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
                {
                    if (_notCreated.Contains(path[..slash]))
                        return true;
                }

                return path != "." && _notCreated.Contains(".");
            }
        }

        private async Task InLevelsAsync(IEnumerable<MirrorAction> actions, bool isDeepestFirst, Func<MirrorAction, Task> carryOut)
        {
            var levels = actions.GroupBy(static action => action.RelativePath == "." ? -1 : action.RelativePath.AsSpan().Count('/'))
                .OrderBy(level => isDeepestFirst ? -level.Key : level.Key);
            foreach (var level in levels)
                await AtOnceAsync(level.Where(action => !IsInMissingDirectory(action)), carryOut).ConfigureAwait(false);
        }

        private Task AtOnceAsync(IEnumerable<MirrorAction> actions, Func<MirrorAction, Task> carryOut) => Parallel.ForEachAsync(
            actions,
            new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = _cancellationToken },
            async (action, _) =>
            {
                try
                {
                    await carryOut(action).ConfigureAwait(false);
                }
                catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
                {
                    await FailedAsync(action, e).ConfigureAwait(false);
                    return;
                }

                await DoneAsync(action).ConfigureAwait(false);
            });

        private ValueTask DoneAsync(MirrorAction action) => _observer?.DoneAsync(action) ?? ValueTask.CompletedTask;

        private ValueTask FailedAsync(MirrorAction action, SftpException error) =>
            _observer?.FailedAsync(action, error) ?? ValueTask.CompletedTask;
    }
}
