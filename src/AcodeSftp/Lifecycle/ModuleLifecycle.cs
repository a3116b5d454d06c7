using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace AcodeSftp.Shell.Lifecycle;

/// <summary>
/// What happens when the module is imported and removed. PowerShell creates an instance of its own each time.
/// No public type of this assembly derives from, implements or has a field that is a value of a type of AcodeSftp.Core:
/// PowerShell lists the public types before it calls <see cref="OnImport"/>, when Core cannot be found yet.
/// </summary>
public sealed class ModuleLifecycle : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    // Runspaces come and go without removing their modules (ForEach-Object -Parallel, Start-ThreadJob), and share the
    // sessions. The sessions end when the last runspace that is still there removes the module.
    private static readonly List<WeakReference<Runspace>> Importers = [];
    private static bool _isHooked;

    /// <summary>Makes the module's dependencies loadable.</summary>
    public void OnImport()
    {
        lock (Importers)
        {
            if (!_isHooked)
            {
                DependencyLoadContext.Hook();
                AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
                _isHooked = true;
            }

            if (Runspace.DefaultRunspace is { } runspace)
                Importers.Add(new WeakReference<Runspace>(runspace));
        }

        NameCollisions.WarnAtImport();
    }

    /// <summary>Closes all sessions, unless another runspace still has the module.</summary>
    /// <param name="psModuleInfo">The module.</param>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        lock (Importers)
        {
            var here = Runspace.DefaultRunspace;
            Importers.RemoveAll(importer =>
                !importer.TryGetTarget(out var runspace) || ReferenceEquals(runspace, here) || !IsOpen(runspace));
            if (Importers.Count > 0 || !_isHooked)
                return;
            Close();
            AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
            DependencyLoadContext.Unhook();
            _isHooked = false;
        }
    }

    private static bool IsOpen(Runspace runspace) =>
        runspace.RunspaceStateInfo.State is RunspaceState.Opened or RunspaceState.Opening;

    private static void OnProcessExit(object? sender, EventArgs e) => Close();

    // The logs last, for the end of the sessions is in them.
    private static void Close()
    {
        ModuleSessions.CloseAll();
        ModuleDiagnostics.StopAll();
    }
}
