using System.Collections.Concurrent;

namespace AcodeSftp.Shell.Completion;

/// <summary>
/// What was found for completion, for a short time. Whoever completes waits half a second at most; what takes longer goes
/// on, and is there when the key is pressed again. Thread-safe.
/// </summary>
/// <typeparam name="TKey">What it was looked for by.</typeparam>
/// <typeparam name="TItem">What was found.</typeparam>
/// <param name="lifetime">How long it is taken for true.</param>
internal sealed class CompletionCache<TKey, TItem>(TimeSpan lifetime)
    where TKey : notnull
{
    /// <summary>More than this is forgotten.</summary>
    private const int MaxEntries = 64;

    // The rest of the half second is for what is made of it.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan SearchLimit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();

    /// <summary>What is there.</summary>
    /// <param name="key">What it is looked for by.</param>
    /// <param name="search">Looks for it.</param>
    /// <returns>What was found; nothing where that failed or takes its time.</returns>
    public IReadOnlyList<TItem> Get(TKey key, Func<CancellationToken, Task<IReadOnlyList<TItem>>> search)
    {
        foreach (var (old, entry) in _entries)
        {
            if (entry.IsStale(lifetime) || _entries.Count > MaxEntries)
                _entries.TryRemove(old, out _);
        }

        var found = _entries.GetOrAdd(key, _ => new Entry(search)).Items;
        return Task.WaitAny([found], Patience) == 0 && found.IsCompletedSuccessfully ? found.Result : [];
    }

    private sealed class Entry
    {
        private long _foundAt = long.MaxValue;

        public Entry(Func<CancellationToken, Task<IReadOnlyList<TItem>>> search) => Items = Task.Run(() => SearchAsync(search));

        public Task<IReadOnlyList<TItem>> Items { get; }

        // What failed is looked for again.
        public bool IsStale(TimeSpan lifetime) =>
            Items.IsFaulted
            || Items.IsCanceled
            || (Items.IsCompleted && Environment.TickCount64 - Interlocked.Read(ref _foundAt) > lifetime.TotalMilliseconds);

        private async Task<IReadOnlyList<TItem>> SearchAsync(Func<CancellationToken, Task<IReadOnlyList<TItem>>> search)
        {
            using var limit = new CancellationTokenSource(SearchLimit);
            var items = await search(limit.Token).ConfigureAwait(false);
            Interlocked.Exchange(ref _foundAt, Environment.TickCount64);
            return items;
        }
    }
}
