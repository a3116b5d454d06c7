namespace AcodeSftp.SshNet;

/// <summary>
/// Lets calls on one path follow each other in the order they were made, as the requests of a client that sends each as one
/// request do on the server. A call of SSH.NET's is several requests, so two calls would mix.
/// </summary>
internal sealed class PathTurns
{
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);

    /// <summary>Makes a call when those made before it on the same path have ended.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="path">The path; null for a call that is on none.</param>
    /// <param name="call">The call.</param>
    /// <returns>Its result.</returns>
    public Task<T> RunAsync<T>(string? path, Func<Task<T>> call)
    {
        if (path is null)
            return call();
        Task<T> mine;
        lock (_last)
        {
            mine = _last.TryGetValue(path, out var before) ? AfterAsync(before, call) : call();
            _last[path] = mine;
        }

        _ = mine.ContinueWith(
            ended =>
            {
                lock (_last)
                {
                    if (_last.TryGetValue(path, out var last) && last == ended)
                        _last.Remove(path);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return mine;
    }

    private static async Task<T> AfterAsync<T>(Task before, Func<Task<T>> call)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await call().ConfigureAwait(false);
    }
}
