using System.Management.Automation;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Shell.Paths;

/// <summary>
/// Local paths as PowerShell reads them: relative to <c>$PWD</c>, through its drives and providers. The process has a
/// current directory of its own, which is another one.
/// </summary>
internal sealed class LocalPaths(PSCmdlet cmdlet)
{
    private const string FileSystemProvider = "FileSystem";

    /// <summary>The files and directories that a path with wildcards stands for.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Full paths; none where wildcards match nothing. Where the path itself is wrong, an error is written.</returns>
    public IReadOnlyList<string> Resolve(string path)
    {
        try
        {
            var resolved = cmdlet.GetResolvedProviderPathFromPSPath(path, out var provider);
            if (!IsFileSystem(provider))
                cmdlet.WriteError(NotFileSystem(path, provider));
            else
                return resolved;
        }
        catch (ItemNotFoundException)
        {
            cmdlet.WriteError(NotFound(path));
        }
        catch (Exception e) when (e is RuntimeException or ArgumentException or NotSupportedException)
        {
            cmdlet.WriteError(Unreadable(path, e));
        }

        return [];
    }

    /// <summary>The full path of a file or directory that has to exist, wildcards being ordinary characters.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The full path, or null after an error was written.</returns>
    public string? ResolveLiteral(string path)
    {
        if (Locate(path) is not { } full)
            return null;
        if (File.Exists(full) || Directory.Exists(full))
            return full;
        cmdlet.WriteError(NotFound(path));
        return null;
    }

    /// <summary>The full path of a file or directory that need not exist, wildcards being ordinary characters.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The full path, or null after an error was written.</returns>
    public string? Locate(string path)
    {
        var (full, error) = TryLocate(path);
        if (error is not null)
            cmdlet.WriteError(error);
        return full;
    }

    /// <summary>As <see cref="Locate"/>, for a path without which the command can do nothing: an error ends it.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The full path.</returns>
    public string LocateOrEnd(string path)
    {
        var (full, error) = TryLocate(path);
        if (error is not null)
            cmdlet.ThrowTerminatingError(error);
        return full!;
    }

    /// <summary>As <see cref="LocateOrEnd"/>, for a path that may have wildcards as long as they match one file or directory.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The full path.</returns>
    public string LocateOneOrEnd(string path)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(path))
            return LocateOrEnd(path);
        var found = Resolve(path);
        if (found.Count != 1)
            cmdlet.ThrowTerminatingError(SftpErrorRecord.Create(
                "SftpLocalPathAmbiguous",
                ErrorCategory.InvalidArgument,
                $"'{TerminalText.Clean(path)}' matches {found.Count} files; one is needed.",
                path,
                "Use -LiteralPath where the name itself has a wildcard character."));
        return found[0];
    }

    private (string? Full, ErrorRecord? Error) TryLocate(string path)
    {
        try
        {
            var full = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
            return IsFileSystem(provider) ? (full, null) : (null, NotFileSystem(path, provider));
        }
        catch (Exception e) when (e is RuntimeException or ArgumentException or NotSupportedException)
        {
            return (null, Unreadable(path, e));
        }
    }

    private static bool IsFileSystem(ProviderInfo provider) =>
        string.Equals(provider.Name, FileSystemProvider, StringComparison.OrdinalIgnoreCase);

    private static ErrorRecord NotFound(string path) => SftpErrorRecord.Create(
        "SftpLocalPathNotFound",
        ErrorCategory.ObjectNotFound,
        $"There is no local file or directory '{path}'.",
        path);

    private static ErrorRecord NotFileSystem(string path, ProviderInfo provider) => SftpErrorRecord.Create(
        "SftpLocalPathNotFileSystem",
        ErrorCategory.InvalidArgument,
        $"'{path}' is not a path of the file system but of the provider {provider.Name}.",
        path);

    private static ErrorRecord Unreadable(string path, Exception e) => SftpErrorRecord.Create(
        "SftpLocalPathInvalid",
        ErrorCategory.InvalidArgument,
        $"'{path}' cannot be used as a local path: {e.Message}",
        path);
}
