using AcodeSftp.Connections;
using AcodeSftp.Protocol.Embedded;

namespace AcodeSftp.Tests.Sessions;

/// <summary>The embedded host behind a network that fails the first so many times.</summary>
internal sealed class FaultyTransport(MemoryTransport inner, params SftpErrorCode[] failures) : ISshTransport
{
    private int _attempts;

    public int Attempts => _attempts;

    public string Name => "Faulty";

    public TransportAvailability Availability => inner.Availability;

    public Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        var attempt = Interlocked.Increment(ref _attempts);
        return attempt <= failures.Length
            ? throw new SftpException(failures[attempt - 1], $"Attempt {attempt} failed.") { Host = options.HostName }
            : inner.ConnectAsync(options, cancellationToken);
    }
}

/// <summary>The embedded host, which takes for ever to connect to while it is told so.</summary>
internal sealed class HangingTransport(MemoryTransport inner) : ISshTransport
{
    public bool Hangs { get; set; } = true;

    public string Name => "Hanging";

    public TransportAvailability Availability => inner.Availability;

    public async Task<ISshConnection> ConnectAsync(SshConnectionOptions options, CancellationToken cancellationToken = default)
    {
        if (Hangs)
            await Task.Delay(Timeout.Infinite, cancellationToken);
        return await inner.ConnectAsync(options, cancellationToken);
    }
}

/// <summary>A clock on which every wait is over at once, and remembered.</summary>
internal sealed class InstantTime : TimeProvider
{
    private readonly List<TimeSpan> _waits = [];

    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_waits)
                return [.. _waits];
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_waits)
        {
            if (dueTime > TimeSpan.Zero)
                _waits.Add(dueTime);
        }

        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
