using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace AcodeSftp.Shell.Pipeline;

/// <summary>
/// Runs script blocks that are called from threads of the pool. A script block belongs to the runspace it was written in,
/// with its variables and functions, and only the pipeline thread there can run it: while a command of this module waits
/// in that runspace, it does. Otherwise the text of the script block runs in a runspace of its own.
/// </summary>
internal static class ScriptHost
{
    private const string RunApart =
        "[scriptblock]::Create($args[0]).InvokeWithContext($null, [psvariable]::new('_', $args[1]), $args[1])";

    // The innermost command comes first: a script block that runs for one command may call another.
    private static readonly ConcurrentDictionary<Guid, PipelinePump[]> Waiting = new();

    /// <summary>Says that the pipeline thread of this runspace waits at a pump.</summary>
    /// <param name="pump">The pump.</param>
    /// <returns>Says that it no longer does.</returns>
    public static IDisposable Enter(PipelinePump pump)
    {
        var runspace = Runspace.DefaultRunspace?.InstanceId ?? Guid.Empty;
        Waiting.AddOrUpdate(runspace, [pump], (_, pumps) => [pump, .. pumps]);
        return new Leave(() =>
        {
            if (Waiting.AddOrUpdate(runspace, [], (_, pumps) => [.. pumps.Where(other => other != pump)]) is [])
                Waiting.TryRemove(new KeyValuePair<Guid, PipelinePump[]>(runspace, []));
        });
    }

    /// <summary>Runs a script block.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="runspace">The runspace it belongs to.</param>
    /// <param name="argument">Its argument, and its <c>$_</c>.</param>
    /// <returns>What it wrote.</returns>
    public static Task<IReadOnlyList<PSObject>> RunAsync(ScriptBlock script, Guid runspace, object argument) =>
        Waiting.TryGetValue(runspace, out var pumps) && pumps is [var pump, ..]
            ? pump.InvokeAsync<IReadOnlyList<PSObject>>(() =>
                script.InvokeWithContext(null, [new PSVariable("_", argument)], argument))
            : Task.Run<IReadOnlyList<PSObject>>(() =>
            {
                using var shell = PowerShell.Create();
                return shell.AddScript(RunApart).AddArgument(script.ToString()).AddArgument(argument).Invoke();
            });

    private sealed class Leave(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
