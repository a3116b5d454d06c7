using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Scp;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// One transfer: a plan that finds what there is, a bounded queue, and workers that each move one file at a time from it.
/// One file that fails does not keep the others from going on.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing.")]
internal sealed class TransferJob
{
    // So many are found ahead that the totals of all but huge trees are known early, and so few that they take little room.
    private const int QueueLength = 8192;

    // More small files at once are no faster where a round trip takes less (with SSH.NET each has a thread besides), but as many
    // more may wait for their checksums; and middling ones are not all round trips there.
    private const int MostNearby = 128;
    private const long MiddlingSize = 1024 * 1024;

    // What is small holds a request that waits for its turn, in a buffer of a power of two. A thousand files of up to 16 KiB
    // fit, or 64 that are middling.
    private const long RoomSize = 16 * 1024 * 1024;
    private const long LeastRoom = 16 * 1024;
    private const long MostRoom = 256 * 1024;

    private readonly TransferContext _context;
    private readonly IProgress<TransferProgress>? _progress;
    private readonly Channel<TransferItem> _queue;
    private readonly IFolderMaker _folders;
    private readonly TransferPlan _plan;
    private readonly FileAttempts _attempts;
    private readonly SemaphoreSlim _large;
    private readonly ByteRoom _small = new(RoomSize);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LinkTransfer _links;
    private SftpException? _abortedBy;
    private Exception? _fault;
    private CancellationTokenSource? _stop;

    public TransferJob(TransferContext context, IProgress<TransferProgress>? progress)
    {
        _context = context;
        _progress = progress;
        _queue = Channel.CreateBounded<TransferItem>(new BoundedChannelOptions(QueueLength) { SingleWriter = true });
        _links = new LinkTransfer(context);
        _large = new SemaphoreSlim(context.Options.ParallelTransfers);
        if (context.Direction == TransferDirection.Upload)
        {
            _folders = new RemoteFolders(context, FailAsync);
            _plan = new UploadPlan(context, _folders, _queue.Writer, FailAsync);
            _attempts = new FileAttempts(context, context.Scp is { } scp ? new ScpUpload(context, scp) : new FileUpload(context));
        }
        else
        {
            _folders = new LocalFolders(context, FailAsync);
            _plan = context.Scp is { HasShell: false } only
                ? new ScpStreamPlan(context, only, _folders, _queue.Writer, FailAsync)
                : new DownloadPlan(context, _folders, _queue.Writer, FailAsync);
            _attempts = new FileAttempts(context, context.Scp is { } scp ? new ScpDownload(context, scp) : new FileDownload(context));
        }
    }

    /// <summary>Transfers.</summary>
    /// <param name="roots">What goes where.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    /// <returns>What was done.</returns>
    public async Task<TransferResult> RunAsync(
        IReadOnlyCollection<(string LocalPath, RemotePath RemotePath)> roots,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stop = stop;
        var sampler = new ProgressSampler(_context, _progress);
        await TellStartAsync(roots, stop.Token).ConfigureAwait(false);
        var sampling = GuardAsync(sampler.RunAsync(stop.Token));
        var watching = new TransferWatch(_context, Abort).RunAsync(stop.Token);
        try
        {
            var planning = Task.Run(() => PlanAsync(roots, stop.Token), CancellationToken.None);
            var workers = Enumerable.Range(0, WorkerCount).Select(number => WorkAsync(number, stop.Token));
            await Task.WhenAll(workers.Append(planning).Select(GuardAsync)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_fault is not null)
        {
            ExceptionDispatchInfo.Throw(_fault);
        }
        catch (OperationCanceledException) when (_abortedBy is not null && !cancellationToken.IsCancellationRequested)
        {
            // What was under way has been reported already.
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sampling, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            (_folders as IDisposable)?.Dispose();
            _stop = null;
            await FinishAsync(sampler).ConfigureAwait(false);
        }

        return _context.Ledger.ToResult(_context.Meter.Elapsed) with
        {
            Authority = _context.Authority,
            SessionId = _context.SessionId,
            Protocol = _context.Scp is null ? FileProtocol.Sftp : FileProtocol.Scp,
            ProtocolReason = _context.Scp?.Reason,
        };
    }

    // What is thrown here comes from the caller's own observer: it ends the transfer and is thrown as it is.
    private async Task GuardAsync(Task part)
    {
        try
        {
            await part.ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Interlocked.CompareExchange(ref _fault, e, null);
            if (_stop is { } stop)
                await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task PlanAsync(
        IReadOnlyCollection<(string LocalPath, RemotePath RemotePath)> roots,
        CancellationToken cancellationToken)
    {
        var folders = new List<TransferFolder>();
        try
        {
            foreach (var (localPath, remotePath) in roots)
            {
                try
                {
                    if (await _plan.AddAsync(localPath, remotePath, cancellationToken).ConfigureAwait(false) is { } folder)
                        folders.Add(folder);
                }
                catch (SftpException e)
                {
                    await FailAsync(SourceOf(localPath, remotePath), e, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (LocalErrors.Includes(e))
                {
                    await FailAsync(SourceOf(localPath, remotePath), LocalErrors.From(e, "transfer", localPath), cancellationToken)
                        .ConfigureAwait(false);
                }

                folders.RemoveAll(static folder => folder.Finished.IsCompleted);
            }
        }
        catch (TransferLimitException e)
        {
            await FailAsync(e.Error.Path!, e.Error, cancellationToken).ConfigureAwait(false);
            Abort(e.Error);
        }
        finally
        {
            _queue.Writer.TryComplete();
        }

        await Task.WhenAll(folders.Select(folder => folder.Finished)).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private string SourceOf(string localPath, RemotePath remotePath) =>
        _context.Direction == TransferDirection.Upload ? localPath : remotePath.Value;

    private bool IsFar => _context.FileSystem.IsFar();

    // SCP takes a program on the server for each file.
    private int SmallAtOnce => _context.Scp is null ? _context.Options.SmallFilesAtOnce ?? 1 : 1;

    // A server is not asked for more files than it says it lets be open, with some left for listings; one that says nothing
    // for what most allow.
    private int WorkerCount
    {
        get
        {
            const int ForListings = 10;
            const int Unannounced = 256;
            var most = _context.FileSystem.Server.Limits is { MaxOpenHandles: > 0 and var handles } ? handles - ForListings : Unannounced;
            return (int)Math.Clamp(most, 1, Math.Max(SmallAtOnce, _context.Options.ParallelTransfers));
        }
    }

    private async Task WorkAsync(int number, CancellationToken cancellationToken)
    {
        if (number >= (_context.Options.VerifyChecksum ? 2 * MostNearby : MostNearby))
        {
            // How far the server is shows in what it has answered when the first file can be moved, not in its first answer.
            await _begun.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!IsFar)
                return;
        }

        await foreach (var item in _queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await MoveAsync(item, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (item.Folder is not null)
                    await item.Folder.LeaveAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        _begun.TrySetResult();
    }

    private async Task MoveAsync(TransferItem item, CancellationToken cancellationToken)
    {
        if (item.Folder is not null && !await TryCreateAsync(item.Folder, cancellationToken).ConfigureAwait(false))
            return;
        var path = item.SourcePath(_context.Direction);
        try
        {
            if (item is LinkItem link)
                await _attempts.RunAsync(path, () => _links.CreateAsync(link, cancellationToken), cancellationToken)
                    .ConfigureAwait(false);
            else
                await MoveFileAsync((FileItem)item, path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            await FailAsync(path, e, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_abortedBy is not null)
        {
            await FailAsync(path, Stopped(path, _abortedBy), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            await FailAsync(path, LocalErrors.From(e, "transfer", path), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task MoveFileAsync(FileItem item, string path, CancellationToken cancellationToken)
    {
        _begun.TrySetResult();
        TransferredFile file;
        using (await EnterAsync(item.Source.Size, cancellationToken).ConfigureAwait(false))
            file = await _attempts.MoveAsync(item, path, cancellationToken).ConfigureAwait(false);

        _context.Ledger.Add(file);
        await _context.TellAsync(
            new TransferFileCompletedEvent(_context.TransferId, file, _context.Direction),
            cancellationToken).ConfigureAwait(false);
    }

    // A place among the files under way, and one among those that this process has open.
    private async ValueTask<Place> EnterAsync(long size, CancellationToken cancellationToken)
    {
        var room = RoomFor(size);
        await (room > 0 ? _small.EnterAsync(room, cancellationToken) : _large.WaitAsync(cancellationToken)).ConfigureAwait(false);
        try
        {
            await OpenFiles.Room.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Place(this, room);
        }
        catch
        {
            Leave(room);
            throw;
        }
    }

    private void Leave(long room)
    {
        if (room > 0)
            _small.Leave(room);
        else
            _large.Release();
    }

    // 0 for what is large.
    private long RoomFor(long size) => size <= TransferOptions.SmallFileSize || (size <= MiddlingSize && SmallAtOnce > 1 && IsFar)
        ? Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)size), LeastRoom, MostRoom)
        : 0;

    // Why a directory cannot be created is reported once, not for each thing in it.
    private static async Task<bool> TryCreateAsync(TransferFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            await folder.EnsureAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SftpException)
        {
            return false;
        }
    }

    private async ValueTask FailAsync(string path, SftpException exception, CancellationToken cancellationToken)
    {
        var error = TransferError.From(path, exception.WithHost(_context.Connection.HostName));
        _context.Ledger.Add(error);
        await _context.TellAsync(new TransferFileFailedEvent(_context.TransferId, error), cancellationToken).ConfigureAwait(false);
        if (_context.Options.StopOnFirstError || !_context.Line.IsReachable)
            Abort(exception);
    }

    private void Abort(SftpException reason)
    {
        if (Interlocked.CompareExchange(ref _abortedBy, reason, null) is null)
            _ = _stop?.CancelAsync();
    }

    private static SftpException Stopped(string path, SftpException reason) =>
        new(reason.Code, $"'{TerminalText.Clean(path)}' was not finished: {reason.Message}", reason)
        {
            Path = path,
            Host = reason.Host,
            Advice = reason.Advice,
            IsTransientOverride = reason.IsTransientOverride,
        };

    private ValueTask TellStartAsync(
        IReadOnlyCollection<(string LocalPath, RemotePath RemotePath)> roots,
        CancellationToken cancellationToken)
    {
        var (local, remote) = roots.Count == 1 ? roots.First() : ("", default);
        var isUpload = _context.Direction == TransferDirection.Upload;
        var there = roots.Count == 1 ? remote.Value : $"{roots.Count} paths";
        var here = roots.Count == 1 ? local : $"{roots.Count} paths";
        return _context.TellAsync(
            new TransferStartedEvent(
                _context.TransferId,
                _context.Connection.ConnectionId,
                _context.Direction,
                isUpload ? here : there,
                isUpload ? there : here,
                0,
                0,
                DateTimeOffset.UtcNow),
            cancellationToken);
    }

    // Told however the transfer ended, and therefore not to be cancelled.
    private async Task FinishAsync(ProgressSampler sampler)
    {
        if (_abortedBy is { } reason && _context.Ledger.ErrorCount == 0)
            _context.Ledger.Add(TransferError.From(reason.Path ?? "", reason));
        await sampler.TellAsync(CancellationToken.None).ConfigureAwait(false);
        var result = _context.Ledger.ToResult(_context.Meter.Elapsed);
        await _context.TellAsync(
            new TransferCompletedEvent(
                _context.TransferId,
                result.Success,
                result.BytesTransferred,
                result.FilesTransferred,
                result.Duration,
                DateTimeOffset.UtcNow),
            CancellationToken.None).ConfigureAwait(false);
    }

    private readonly record struct Place(TransferJob Job, long Room) : IDisposable
    {
        public void Dispose()
        {
            OpenFiles.Room.Release();
            Job.Leave(Room);
        }
    }
}
