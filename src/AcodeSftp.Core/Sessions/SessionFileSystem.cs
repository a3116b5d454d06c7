using System.Runtime.CompilerServices;
using AcodeSftp.Files;

namespace AcodeSftp.Sessions;

/// <summary>
/// An SFTP channel held by a user of the session. When its connection is lost, operations that may be carried out twice
/// without harm go on over a new one (SFTP-010); the others fail with <see cref="SftpErrorCode.ConnectionLost"/> where
/// the server may have carried them out. Open files belong to the connection they were opened on.
/// </summary>
internal sealed class SessionFileSystem(SessionConnection connection, IRemoteFileSystem channel) : IRemoteFileSystem
{
    // A server that loses every new connection at once must not be tried for ever.
    private const int MaxRenewals = 5;

    private readonly SemaphoreSlim _renewing = new(1, 1);
    private IRemoteFileSystem _channel = channel;
    private int _given;
    private int _disposed;

    public SftpServerInfo Server => Volatile.Read(ref _channel).Server;

    public TimeSpan? RoundTrip => Volatile.Read(ref _channel).RoundTrip;

    public bool IsConnected => Volatile.Read(ref _disposed) == 0 && connection.IsConnected;

    /// <summary>Whether the channel stands at this moment, so that using it does not connect again.</summary>
    public bool IsStanding => IsConnected && Volatile.Read(ref _channel).IsConnected;

    public Task<IRemoteFile> OpenAsync(
        RemotePath path,
        RemoteOpenFlags flags,
        RemoteFileAttributes? attributes = null,
        CancellationToken cancellationToken = default)
    {
        Task<IRemoteFile> Open(IRemoteFileSystem files) => files.OpenAsync(path, flags, attributes, cancellationToken);
        return flags.HasFlag(RemoteOpenFlags.Exclusive) ? OnceAsync(Open, cancellationToken) : RepeatAsync(Open, cancellationToken);
    }

    public Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.StatAsync(path, cancellationToken), cancellationToken);

    public Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.LStatAsync(path, cancellationToken), cancellationToken);

    public Task SetAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default) =>
        RepeatAsync(files => Done(files.SetAttributesAsync(path, attributes, cancellationToken)), cancellationToken);

    public Task SetLinkAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default) =>
        RepeatAsync(files => Done(files.SetLinkAttributesAsync(path, attributes, cancellationToken)), cancellationToken);

    public Task RemoveFileAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        OnceAsync(files => Done(files.RemoveFileAsync(path, cancellationToken)), cancellationToken);

    public Task CreateDirectoryAsync(
        RemotePath path,
        uint? permissions = null,
        CancellationToken cancellationToken = default) =>
        OnceAsync(files => Done(files.CreateDirectoryAsync(path, permissions, cancellationToken)), cancellationToken);

    public Task RemoveDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        OnceAsync(files => Done(files.RemoveDirectoryAsync(path, cancellationToken)), cancellationToken);

    public Task RenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        OnceAsync(files => Done(files.RenameAsync(oldPath, newPath, cancellationToken)), cancellationToken);

    public Task PosixRenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        OnceAsync(files => Done(files.PosixRenameAsync(oldPath, newPath, cancellationToken)), cancellationToken);

    public Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.RealPathAsync(path, cancellationToken), cancellationToken);

    public Task<RemotePath> ExpandPathAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.ExpandPathAsync(path, cancellationToken), cancellationToken);

    public Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.ReadLinkAsync(path, cancellationToken), cancellationToken);

    public Task CreateSymbolicLinkAsync(RemotePath linkPath, string target, CancellationToken cancellationToken = default) =>
        OnceAsync(files => Done(files.CreateSymbolicLinkAsync(linkPath, target, cancellationToken)), cancellationToken);

    public Task CreateHardLinkAsync(RemotePath existing, RemotePath linkPath, CancellationToken cancellationToken = default) =>
        OnceAsync(files => Done(files.CreateHardLinkAsync(existing, linkPath, cancellationToken)), cancellationToken);

    public Task<RemoteFileSystemStatistics> GetStatisticsAsync(
        RemotePath path,
        CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.GetStatisticsAsync(path, cancellationToken), cancellationToken);

    public Task<RemotePath> GetHomeDirectoryAsync(string userName, CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.GetHomeDirectoryAsync(userName, cancellationToken), cancellationToken);

    public Task<RemoteOwnerNames> GetOwnerNamesAsync(
        IReadOnlyList<uint> userIds,
        IReadOnlyList<uint> groupIds,
        CancellationToken cancellationToken = default) =>
        RepeatAsync(files => files.GetOwnerNamesAsync(userIds, groupIds, cancellationToken), cancellationToken);

    /// <summary>
    /// Lists a directory. After a loss it is listed again and what was given already is passed over, provided that it
    /// comes in the same order; where it does not, the directory changed meanwhile and the loss is reported.
    /// </summary>
    public async IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(
        RemotePath path,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var given = default(NameSequence);
        for (var renewals = 0; ;)
        {
            var files = await GetAsync(cancellationToken).ConfigureAwait(false);
            var passed = default(NameSequence);
            SftpException? loss = null;
            var entries = files.ReadDirectoryAsync(path, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (entries.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await entries.MoveNextAsync().ConfigureAwait(false))
                            break;
                    }
                    catch (SftpException e) when (IsLoss(e, files) && renewals < MaxRenewals)
                    {
                        loss = e;
                        break;
                    }

                    var entry = entries.Current;
                    if (passed.Count < given.Count)
                    {
                        passed = passed.Add(entry.Name);
                        if (passed.Count == given.Count && passed != given)
                            throw ChangedMeanwhile(path);
                        continue;
                    }

                    given = given.Add(entry.Name);
                    passed = given;
                    yield return entry;
                }
            }

            if (loss is null)
            {
                if (passed.Count < given.Count)
                    throw ChangedMeanwhile(path);
                yield break;
            }

            renewals++;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await GiveBackAsync().ConfigureAwait(false);
    }

    private static async Task<bool> Done(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    // Carried out again as often as the connection is lost meanwhile.
    private async Task<T> RepeatAsync<T>(Func<IRemoteFileSystem, Task<T>> operation, CancellationToken cancellationToken)
    {
        for (var renewals = 0; ; renewals++)
        {
            var files = await GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await operation(files).ConfigureAwait(false);
            }
            catch (SftpException e) when (IsLoss(e, files) && renewals < MaxRenewals)
            {
            }
        }
    }

    // Carried out once: over a connection that stands when it begins.
    private async Task<T> OnceAsync<T>(Func<IRemoteFileSystem, Task<T>> operation, CancellationToken cancellationToken)
    {
        var files = await GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await operation(files).ConfigureAwait(false);
        }
        catch (SftpException e) when (IsLoss(e, files))
        {
            throw new SftpException(e.Code, $"{e.Message} It is not known whether the server carried the request out.", e)
            {
                Path = e.Path,
                Host = e.Host,
                Advice = "Look at the server before trying again.",
            };
        }
    }

    private static bool IsLoss(SftpException error, IRemoteFileSystem files) =>
        error.Code is SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout && !files.IsConnected;

    // The channel, renewed by one caller while the others wait for it.
    private async ValueTask<IRemoteFileSystem> GetAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _channel) is { IsConnected: true } standing)
            return standing;
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Volatile.Read(ref _channel) is { IsConnected: true } renewed)
                return renewed;
            await GiveBackAsync().ConfigureAwait(false);
            var fresh = await connection.RentChannelAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _channel, fresh);
            Volatile.Write(ref _given, 0);
            return fresh;
        }
        finally
        {
            _renewing.Release();
        }
    }

    private async ValueTask GiveBackAsync()
    {
        if (Interlocked.Exchange(ref _given, 1) == 0)
            await connection.GiveBackAsync(Volatile.Read(ref _channel)).ConfigureAwait(false);
    }

    private SftpException ChangedMeanwhile(RemotePath path) => new(
        SftpErrorCode.ConnectionLost,
        $"The connection was lost while '{TerminalText.Clean(path.Value)}' was being listed, and the directory has changed since.")
    {
        Path = path.Value,
        Host = connection.HostName,
        Advice = "List the directory again.",
    };

    /// <summary>How many names came and, as a 64-bit FNV-1a hash, which and in what order.</summary>
    private readonly record struct NameSequence(long Count, ulong Hash)
    {
        public NameSequence Add(string name)
        {
            var hash = Count == 0 ? 14695981039346656037 : Hash;
            foreach (var c in name)
                hash = (hash ^ c) * 1099511628211;
            return new NameSequence(Count + 1, (hash ^ '/') * 1099511628211);
        }
    }
}
