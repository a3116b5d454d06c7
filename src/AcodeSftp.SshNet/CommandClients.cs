using Renci.SshNet;

namespace AcodeSftp.SshNet;

/// <summary>
/// The clients that run the commands of one connection. One logs in when the first command runs, and runs them all; but between
/// SSH.NET and Dropbear, commands that end at the same time take each other's channels away or break the connection, so there
/// each command has a client for as long as it runs. Thread-safe.
/// </summary>
/// <param name="login">Logs in.</param>
internal sealed class CommandClients(SshNetLogin login) : IDisposable
{
    private readonly SemaphoreSlim _loginLock = new(1, 1);
    private readonly List<SshClient> _all = [];
    private readonly Stack<SshClient> _idle = new();
    private bool _isOver;

    /// <summary>Whether none of them is known to have ended.</summary>
    public bool AreAlive
    {
        get
        {
            lock (_all)
                return _all.TrueForAll(SshNetConnection.IsAlive);
        }
    }

    /// <summary>Takes over a client that has logged in.</summary>
    /// <param name="client">The client.</param>
    public void Add(SshClient client)
    {
        lock (_all)
        {
            _all.Add(client);
            _idle.Push(client);
        }
    }

    /// <summary>Gets a client for a command; where there is none for it, one logs in.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client, to be given back.</returns>
    /// <exception cref="SftpException">The login failed, or the connection has ended.</exception>
    public async Task<SshClient> RentAsync(CancellationToken cancellationToken)
    {
        if (Find() is { } ready)
            return ready;
        await _loginLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Find() is { } meanwhile)
                return meanwhile;
            var client = await login.ConnectAsync(info => new SshClient(info), cancellationToken).ConfigureAwait(false);
            lock (_all)
            {
                if (!_isOver)
                {
                    _all.Add(client);
                    if (!IsForOneCommand(client))
                        _idle.Push(client);
                    return client;
                }
            }

            Blocking.Forget(client.Dispose);
            throw SshNetErrors.Lost(login.Target.HostName);
        }
        finally
        {
            _loginLock.Release();
        }
    }

    /// <summary>Gives a client back when its command is over.</summary>
    /// <param name="client">The client.</param>
    public void Return(SshClient client)
    {
        if (!IsForOneCommand(client))
            return;
        lock (_all)
            _idle.Push(client);
    }

    /// <summary>Ends them all. Saying goodbye to a peer that does not answer takes SSH.NET long; nobody waits for it.</summary>
    public void End()
    {
        lock (_all)
        {
            _isOver = true;
            foreach (var client in _all)
                Blocking.Forget(client.Dispose);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _loginLock.Dispose();

    private static bool IsForOneCommand(SshClient client) =>
        client.ConnectionInfo.ServerVersion?.Contains("dropbear", StringComparison.OrdinalIgnoreCase) == true;

    private SshClient? Find()
    {
        lock (_all)
        {
            if (_idle.TryPeek(out var client) && IsForOneCommand(client))
                _idle.Pop();
            return client;
        }
    }
}
