namespace AcodeSftp.SshNet;

/// <summary>
/// Runs SSH.NET's blocking calls, each on a thread of its own: on threads of the pool, the many that a transfer makes at
/// once leave none for SSH.NET's own work, and everything stands still until the pool grows.
/// </summary>
internal static class Blocking
{
    /// <summary>Runs a call.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="call">The call.</param>
    /// <returns>Its result.</returns>
    public static Task<T> RunAsync<T>(Func<T> call) => Task.Factory.StartNew(
        call,
        CancellationToken.None,
        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
        TaskScheduler.Default);

    /// <summary>Runs a call that returns nothing.</summary>
    /// <param name="call">The call.</param>
    /// <returns>A task that ends when it has.</returns>
    public static Task RunAsync(Action call) => RunAsync(() =>
    {
        call();
        return true;
    });

    /// <summary>Ends something that nobody waits for, as far as it can still be ended.</summary>
    /// <param name="end">Ends it.</param>
    public static void Forget(Action end) => _ = EndAsync(end);

    /// <summary>Ends something, as far as it can still be ended.</summary>
    /// <param name="end">Ends it.</param>
    /// <returns>A task that ends, and does not fail, when it has.</returns>
    public static Task EndAsync(Action end) => RunAsync(() =>
    {
        try
        {
            end();
        }
        catch (Exception)
        {
            // What SSH.NET throws at the end of a connection that is lost tells nothing.
        }
    });
}
