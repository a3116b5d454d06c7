using System.Collections.Concurrent;
using AcodeSftp.Connections;

namespace AcodeSftp.Sessions;

/// <summary>The open sessions of a process. Thread-safe.</summary>
public sealed class SftpSessionRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, SftpSession> _sessions = new();
    private readonly SshTransportSelector _selector;
    private readonly SftpSessionSettings _settings;
    private int _lastId;

    /// <summary>Creates an empty registry.</summary>
    /// <param name="selector">The transports that its sessions may use.</param>
    /// <param name="settings">How its sessions behave; null for the defaults.</param>
    public SftpSessionRegistry(SshTransportSelector selector, SftpSessionSettings? settings = null)
    {
        _selector = selector;
        _settings = settings ?? SftpSessionSettings.Default;
    }

    /// <summary>The sessions, in the order they were opened.</summary>
    public IReadOnlyList<SftpSession> Sessions => [.. _sessions.Values.OrderBy(session => session.Id)];

    /// <summary>Opens a session and keeps it.</summary>
    /// <param name="options">Where and how to connect.</param>
    /// <param name="name">Its name; null for <c>user@host</c>.</param>
    /// <param name="transport">The transport's name; null or <c>Auto</c> to have it chosen.</param>
    /// <param name="lazy">Whether to leave connecting to the session's first use (SFTP-004).</param>
    /// <param name="created">Told the session before it is connected, for whoever wants to see that; null for nobody.</param>
    /// <param name="cancellationToken">Gives up; nothing is left running.</param>
    /// <returns>The session, connected unless <paramref name="lazy"/>.</returns>
    /// <exception cref="SftpException">It could not be connected, or the name is taken.</exception>
    public async Task<SftpSession> OpenAsync(
        SshConnectionOptions options,
        string? name = null,
        string? transport = null,
        bool lazy = false,
        Action<SftpSession>? created = null,
        CancellationToken cancellationToken = default)
    {
        if (name is not null && Find(name) is { } taken)
            throw new SftpException(SftpErrorCode.AlreadyExists, $"A session named '{name}' is open already: {taken}.")
            {
                Host = taken.HostName,
                Advice = "Choose another name, or remove that session with Remove-SftpSession.",
            };

        var choice = _selector.Choose(transport, options);
        var session = new SftpSession(Interlocked.Increment(ref _lastId), name, options, choice, _settings);
        created?.Invoke(session);
        if (!lazy)
        {
            try
            {
                await session.ConnectAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }

        _sessions[session.Id] = session;
        return session;
    }

    /// <summary>Finds a session by number.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>The session, or null.</returns>
    public SftpSession? Find(int id) => _sessions.GetValueOrDefault(id);

    /// <summary>Finds a session by name, upper and lower case alike.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The first session of that name, or null.</returns>
    public SftpSession? Find(string name) =>
        Sessions.FirstOrDefault(session => string.Equals(session.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Closes a session and forgets it. One that is not in the registry is only closed.</summary>
    /// <param name="session">The session.</param>
    /// <returns>A task that ends when nothing is left running.</returns>
    public async Task RemoveAsync(SftpSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        _sessions.TryRemove(new KeyValuePair<int, SftpSession>(session.Id, session));
        await session.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes all sessions and forgets them.</summary>
    /// <returns>A task that ends when nothing is left running.</returns>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(Sessions.Select(RemoveAsync)).ConfigureAwait(false);
}
