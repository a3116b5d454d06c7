namespace AcodeSftp;

/// <summary>Tasks for which nobody waits.</summary>
internal static class ForgottenTask
{
    /// <summary>
    /// Lets a task end on its own: a failure of it is no unobserved exception then. Right where the failure is told in another
    /// way, or where nobody can do anything about it; whoever awaits the task all the same meets it as before. Wrong where it
    /// would be the only sign that something was not done.
    /// </summary>
    /// <param name="task">The task.</param>
    public static void Forget(this Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
