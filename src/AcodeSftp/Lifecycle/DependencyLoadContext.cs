using System.Reflection;
using System.Runtime.Loader;

namespace AcodeSftp.Shell.Lifecycle;

/// <summary>
/// The load context of everything the cmdlets depend on. PowerShell loads AcodeSftp.dll into its default context, where
/// one version of an assembly serves every module; what lies in <c>bin/dependencies</c> is loaded here instead, so that no
/// other module's version of a library gets in the way, nor ours in theirs.
/// </summary>
internal sealed class DependencyLoadContext : AssemblyLoadContext
{
    private const string OwnPrefix = "AcodeSftp.";
    private readonly string _directory;

    private DependencyLoadContext(string directory)
        : base("AcodeSftp") => _directory = directory;

    /// <summary>The one context of the process: a type loaded twice would be two types.</summary>
    private static DependencyLoadContext Instance { get; } = new(
        Path.Combine(Path.GetDirectoryName(typeof(DependencyLoadContext).Assembly.Location)!, "dependencies"));

    /// <summary>Serves the default context with the assemblies of this module that it asks for.</summary>
    public static void Hook() => Default.Resolving += ServeOwn;

    /// <summary>Stops serving. What was loaded stays loaded.</summary>
    public static void Unhook() => Default.Resolving -= ServeOwn;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(_directory, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    // AcodeSftp.dll references no assembly of this directory but those named AcodeSftp.*; what those reference is asked of
    // this context. Anything else that the default context looks for is somebody else's.
    private static Assembly? ServeOwn(AssemblyLoadContext context, AssemblyName assemblyName) =>
        assemblyName.Name?.StartsWith(OwnPrefix, StringComparison.Ordinal) == true ? Instance.Load(assemblyName) : null;
}
