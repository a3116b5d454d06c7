using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using AcodeSftp.Connections;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Has the server compute SHA-256 of its files. One shell on the server does so for small files, one after another; each
/// large file has one of a few to itself, so that small ones need not wait for it. A server without a POSIX shell gets a
/// command for each file.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle is not used holds nothing, and somebody may still wait when it ends.")]
internal sealed class RemoteHashing(ISshConnection connection, IRemoteFileSystem fileSystem) : IAsyncDisposable
{
    // OpenSSH allows ten channels of a connection (MaxSessions), and others want some too.
    private const int LargeAtOnce = 2;
    private const long LargeSize = 8 * 1024 * 1024;

    // An account may be given another program than the one that was asked for, and that may wait for something else.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _large = new(LargeAtOnce);
    private readonly SemaphoreSlim _starting = new(1);
    private readonly object _lock = new();
    private ChecksumProcess? _small;
    private Task<RemotePath>? _start;
    private bool _isPreparing;
    private bool _hasNoShell;
    private bool _isHopeless;
    private bool _isDisposed;

    /// <summary>The hash of a remote file or of its first bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">How many bytes; null for all.</param>
    /// <param name="size">About how many bytes there are to hash.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where the server cannot or will not compute it.</returns>
    public async Task<string?> HashAsync(RemotePath path, long? length, long size, CancellationToken cancellationToken)
    {
        try
        {
            if (Volatile.Read(ref _isHopeless) || LocalPaths.HasLoneSurrogate(path.Value))
                return null;
            var absolute = await ToAbsoluteAsync(path).ConfigureAwait(false);
            if (!ChecksumProcess.CanAskFor(absolute))
                return await RunCommandAsync(absolute, length, cancellationToken).ConfigureAwait(false);
            if (size >= LargeSize)
                return await HashLargeAsync(absolute, length, size, cancellationToken).ConfigureAwait(false);
            return await FindProcessAsync(cancellationToken).ConfigureAwait(false) is { } process
                ? await AskAsync(process, absolute, length, size, cancellationToken).ConfigureAwait(false)
                : await RunCommandAsync(absolute, length, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException)
        {
            // The channel of a command may be refused or lost where the one of the files is not.
            return null;
        }
    }

    /// <summary>Has the shell for small files start, so that it is there when the first of them is. Nothing waits for it.</summary>
    /// <param name="size">How large the file is that will have to be hashed, in bytes.</param>
    public void Prepare(long size)
    {
        lock (_lock)
        {
            if (_small is not null || _isPreparing || _hasNoShell || size >= LargeSize)
                return;
            _isPreparing = true;
        }

        FindProcessAsync(CancellationToken.None).Forget();
    }

    /// <summary>
    /// Has the server hash a large file while it is written, so that hardly anything is left to do when it is there. Costs
    /// nothing where that is not possible: <see cref="FollowedHash.EndAsync"/> says so, and the file can be hashed then.
    /// </summary>
    /// <param name="path">The file, which exists.</param>
    /// <param name="size">How large it will be, in bytes.</param>
    /// <returns>What is to be told how far the file has come; null where following it is not worth it, or not possible.</returns>
    public async Task<FollowedHash?> FollowAsync(RemotePath path, long size)
    {
        if (size < LargeSize || Volatile.Read(ref _isHopeless) || Volatile.Read(ref _hasNoShell) || LocalPaths.HasLoneSurrogate(path.Value))
            return null;
        if (!await _large.WaitAsync(TimeSpan.Zero).ConfigureAwait(false))
            return null;
        try
        {
            var absolute = await ToAbsoluteAsync(path).ConfigureAwait(false);
            if (ChecksumProcess.CanAskFor(absolute))
                return new FollowedHash(ChecksumProcess.StartAsync(connection, fileSystem.IsFar, CancellationToken.None), absolute, StartLimit, _large);
        }
        catch (SftpException)
        {
            // It can be hashed when it is there.
        }

        _large.Release();
        return null;
    }

    /// <summary>The hash of a remote file by any algorithm.</summary>
    /// <param name="path">The file.</param>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="size">About how many bytes there are to hash.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hash, in lower-case hexadecimal; null where the server cannot or will not compute it.</returns>
    public async Task<string?> HashAsync(RemotePath path, HashAlgorithmName algorithm, long size, CancellationToken cancellationToken)
    {
        if (algorithm == HashAlgorithmName.SHA256)
            return await HashAsync(path, length: null, size, cancellationToken).ConfigureAwait(false);
        try
        {
            if (LocalPaths.HasLoneSurrogate(path.Value))
                return null;
            var absolute = await ToAbsoluteAsync(path).ConfigureAwait(false);
            return await ChecksumVerifier.Shared.ComputeRemoteHashAsync(connection, absolute, null, algorithm, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (SftpException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        ChecksumProcess? process;
        lock (_lock)
        {
            _isDisposed = true;
            (process, _small) = (_small, null);
        }

        if (process is not null)
            await process.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<string?> AskAsync(
        ChecksumProcess process,
        string path,
        long? length,
        long size,
        CancellationToken cancellationToken)
    {
        try
        {
            var answer = process.HashAsync(path, length, size);
            await process.Started.WaitAsync(StartLimit, cancellationToken).ConfigureAwait(false);
            return await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Volatile.Write(ref _isHopeless, true);
            return null;
        }
        catch (SftpException)
        {
            return await RunCommandAsync(path, length, cancellationToken).ConfigureAwait(false);
        }
    }

    // Ending the shell ends what it runs, or lets it end by itself: nobody waits for it.
    private async Task<string?> HashLargeAsync(string path, long? length, long size, CancellationToken cancellationToken)
    {
        await _large.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Volatile.Read(ref _hasNoShell))
                return await RunCommandAsync(path, length, cancellationToken).ConfigureAwait(false);
            var process = await ChecksumProcess.StartAsync(connection, fileSystem.IsFar, cancellationToken).ConfigureAwait(false);
            await using (process.ConfigureAwait(false))
                return await AskAsync(process, path, length, size, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _large.Release();
        }
    }

    // Null where the server has no POSIX shell.
    private async Task<ChecksumProcess?> FindProcessAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_small is { HasEnded: false } or { HasNoTool: true } || _hasNoShell)
                return _hasNoShell ? null : _small;
        }

        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ChecksumProcess? ended;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                if (_small is { HasEnded: false } or { HasNoTool: true })
                    return _small;
                (ended, _small) = (_small, null);
                // One that ended before it had told that it is there would only end again; any other, the line took with it.
                _hasNoShell |= ended is { HasBegun: false };
                if (_hasNoShell)
                    return null;
            }

            var process = await ChecksumProcess.StartAsync(connection, fileSystem.IsFar, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (!_isDisposed)
                    return _small = process;
            }

            await process.DisposeAsync().ConfigureAwait(false);
            throw new ObjectDisposedException(nameof(RemoteHashing));
        }
        finally
        {
            _starting.Release();
        }
    }

    private Task<string?> RunCommandAsync(string path, long? length, CancellationToken cancellationToken) =>
        ChecksumVerifier.Shared.ComputeRemoteChecksumAsync(connection, path, length, cancellationToken);

    // Where SFTP starts is not always where a shell does.
    private async ValueTask<string> ToAbsoluteAsync(RemotePath path) =>
        path.IsAbsolute ? path.Value : (await StartAsync().ConfigureAwait(false)).Combine(path.Value).Value;

    private Task<RemotePath> StartAsync()
    {
        lock (_lock)
            return _start is null or { IsFaulted: true }
                ? _start = fileSystem.RealPathAsync(RemotePath.Current, CancellationToken.None)
                : _start;
    }
}
