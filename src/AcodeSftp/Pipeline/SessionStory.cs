using System.Collections.Concurrent;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Pipeline;

/// <summary>
/// What happens to sessions while a command works with them, for -Verbose. Sessions tell it from any thread; the pipeline
/// thread fetches it.
/// </summary>
internal sealed class SessionStory : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<SftpSession, EventHandler<SftpSessionStateChangedEventArgs>> _followed = new();

    /// <summary>Told that there is something to fetch; called from any thread.</summary>
    public Action? Told { get; set; }

    /// <summary>Follows a session from now on. Doing so twice is fine.</summary>
    /// <param name="session">The session.</param>
    public void Follow(SftpSession session)
    {
        void Tell(object? sender, SftpSessionStateChangedEventArgs change)
        {
            _lines.Enqueue(
                $"Session {session.Id} ({TerminalText.Clean(session.Authority)}): {change.OldState} -> {change.NewState}: {TerminalText.Clean(change.Reason)}");
            Told?.Invoke();
        }

        if (_followed.TryAdd(session, Tell))
            session.StateChanged += Tell;
    }

    /// <summary>The next line.</summary>
    /// <param name="line">The line.</param>
    /// <returns>False where there is none.</returns>
    public bool TryFetch(out string line) => _lines.TryDequeue(out line!);

    /// <summary>Follows no session any more.</summary>
    public void Dispose()
    {
        foreach (var (session, handler) in _followed)
            session.StateChanged -= handler;
        _followed.Clear();
    }
}
