using System.Runtime.CompilerServices;
using AcodeSftp.Connections;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Segments;

/// <summary>
/// Opens further channels of a connection for large files, as many as its distance is worth. OpenSSH allows ten sessions on
/// a connection (MaxSessions): those of commands, checksums and other transfers must find room beside these.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="fileSystem">The channel of the transfer, which knows how far the server is.</param>
internal sealed class TransferLanes(ISshConnection connection, IRemoteFileSystem fileSystem)
{
    /// <summary>Smaller files are done before the channels would be open.</summary>
    public const long MinimumSize = 16 * 1024 * 1024;

    /// <summary>One channel is fast enough for a server that is nearer, and one that is busy must not seem far.</summary>
    public static readonly TimeSpan ShortestDistance = TimeSpan.FromMilliseconds(10);

    // At this much a second what is in between is the limit, not the window; OpenSSH's window is 2 MiB for each round trip.
    private const double BytesPerSecond = 320e6;
    private const double Window = 2 * 1024 * 1024;
    private const int MostOfConnection = 7;

    private static readonly ConditionalWeakTable<ISshConnection, SemaphoreSlim> Room = [];

    /// <summary>
    /// Begins to open as many as would move a file faster. Servers that do not tell their limits get none.
    /// </summary>
    /// <param name="length">How many bytes are to be moved.</param>
    /// <returns>The channels, to be disposed; none where that is not worth it.</returns>
    public FileLanes Open(long length)
    {
        if (length < MinimumSize || fileSystem.Server.Limits is null || !connection.IsMultiplexed
            || fileSystem.RoundTrip is not { } roundTrip || roundTrip < ShortestDistance)
            return FileLanes.None;
        var count = Math.Min((int)Math.Ceiling(BytesPerSecond * roundTrip.TotalSeconds / Window) - 1, MostOfConnection);
        return new FileLanes(count, TryOpenAsync);
    }

    // Null where the server or its other users leave no room for it.
    private async Task<TransferLane?> TryOpenAsync(CancellationToken cancellationToken)
    {
        var room = Room.GetValue(connection, static _ => new SemaphoreSlim(MostOfConnection));
        if (!await room.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
            return null;
        try
        {
            return new TransferLane(await connection.OpenSftpAsync(cancellationToken).ConfigureAwait(false), room);
        }
        catch (Exception e)
        {
            room.Release();
            if (e is SftpException)
                return null;
            throw;
        }
    }
}

/// <summary>A channel beside the one of a transfer.</summary>
internal sealed class TransferLane(IRemoteFileSystem fileSystem, SemaphoreSlim room) : IAsyncDisposable
{
    public IRemoteFileSystem FileSystem => fileSystem;

    public async ValueTask DisposeAsync()
    {
        await fileSystem.DisposeAsync().ConfigureAwait(false);
        room.Release();
    }
}
