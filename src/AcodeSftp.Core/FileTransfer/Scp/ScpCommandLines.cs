using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// The command lines that start the server's <c>scp</c>. They begin with the word <c>scp</c>, for that is what shells that
/// allow nothing else look for.
/// </summary>
internal static class ScpCommandLines
{
    /// <summary>An <c>scp</c> that writes what it is sent.</summary>
    /// <param name="target">The path it writes to.</param>
    /// <param name="preserve">Whether times and permissions are set as they are sent.</param>
    /// <param name="recursive">Whether directories may be sent.</param>
    /// <param name="intoDirectory">Whether <paramref name="target"/> has to be a directory.</param>
    /// <returns>The command line.</returns>
    public static string Sink(RemotePath target, bool preserve, bool recursive = false, bool intoDirectory = false) =>
        $"scp{Flag(recursive, 'r')}{Flag(preserve, 'p')}{Flag(intoDirectory, 'd')} -t -- {Quote(target)}";

    /// <summary>An <c>scp</c> that sends.</summary>
    /// <param name="source">What it sends.</param>
    /// <param name="preserve">Whether it sends times.</param>
    /// <param name="recursive">Whether it sends directories.</param>
    /// <returns>The command line.</returns>
    public static string Source(RemotePath source, bool preserve, bool recursive = false) =>
        $"scp{Flag(recursive, 'r')}{Flag(preserve, 'p')} -f -- {Quote(source)}";

    /// <summary>
    /// A command line that runs a script with arguments in a POSIX shell, whatever the account's own is.
    /// </summary>
    /// <param name="script">The script; one line, for some shells take no other.</param>
    /// <param name="arguments">Its arguments, <c>$1</c> and so on.</param>
    /// <returns>The command line.</returns>
    public static string Script(string script, params IEnumerable<string> arguments) =>
        $"sh -c {ShellQuoting.Posix(script)} sh{string.Concat(arguments.Select(argument => " " + ShellQuoting.Posix(argument)))}";

    /// <summary>A path as an argument: never one that could be taken for an option.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The argument, not quoted yet.</returns>
    public static string Argument(RemotePath path) => path.IsAbsolute || path == RemotePath.Current ? path.Value : "./" + path.Value;

    private static string Quote(RemotePath path) => ShellQuoting.Posix(Argument(path));

    private static string Flag(bool isSet, char flag) => isSet ? $" -{flag}" : "";
}
