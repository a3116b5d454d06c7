using System.Management.Automation.Runspaces;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Sessions;

/// <summary>
/// The SFTP channels that commands hold while records come. The commands of one pipeline share one for each session: the
/// server allows only so many, and each of them would wait for the others for ever.
/// </summary>
internal static class PipelineChannels
{
    private static readonly Dictionary<(int SessionId, Guid Runspace), Shared> Open = [];

    /// <summary>The runspace of the calling thread, whose pipeline the channel is for.</summary>
    public static Guid Here => Runspace.DefaultRunspace?.InstanceId ?? Guid.Empty;

    /// <summary>Takes a share in the channel of a session, which is opened for the first.</summary>
    /// <param name="session">The session.</param>
    /// <param name="runspace">Where the pipeline runs, see <see cref="Here"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The share. The channel is given back when the last is disposed.</returns>
    /// <exception cref="SftpException">It could not be opened.</exception>
    public static async Task<Share> TakeAsync(SftpSession session, Guid runspace, CancellationToken cancellationToken)
    {
        var key = (session.Id, runspace);
        Shared shared;
        Task<ISftpChannel> opening;
        lock (Open)
        {
            if (!Open.TryGetValue(key, out shared!))
                Open[key] = shared = new Shared(key);
            shared.Holders++;
            opening = shared.Opening ??= session.OpenSftpAsync(cancellationToken);
        }

        try
        {
            return new Share(shared, await opening.ConfigureAwait(false));
        }
        catch
        {
            await ReleaseAsync(shared).ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask ReleaseAsync(Shared shared)
    {
        lock (Open)
        {
            if (--shared.Holders > 0)
                return;
            Open.Remove(shared.Key);
        }

        if (shared.Opening is { IsCompletedSuccessfully: true, Result: var channel })
            await channel.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A share in a channel.</summary>
    internal sealed class Share(Shared shared, ISftpChannel channel) : IAsyncDisposable
    {
        private int _disposed;

        /// <summary>The channel.</summary>
        public ISftpChannel Channel => channel;

        /// <inheritdoc/>
        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _disposed, 1) == 0 ? ReleaseAsync(shared) : ValueTask.CompletedTask;
    }

    /// <summary>A channel and how many hold it. Under the lock of the table.</summary>
    internal sealed class Shared((int SessionId, Guid Runspace) key)
    {
        public (int SessionId, Guid Runspace) Key => key;

        public int Holders { get; set; }

        public Task<ISftpChannel>? Opening { get; set; }
    }
}
