using AcodeSftp.Files;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Shell.Transfers;

/// <summary>
/// Decides where sources go, as Copy-Item and scp do: into a destination that is a directory, or to be one as a slash at
/// its end says; otherwise the destination is the new name of the one source. The first of perhaps several is therefore
/// held back until it is known to be the only one, so that of several none is ever given the name meant for a directory.
/// </summary>
/// <param name="destination">The destination.</param>
/// <param name="isDirectory">Whether it is, or is to be, a directory.</param>
/// <param name="combine">Joins a directory and a name.</param>
/// <param name="names">How names are compared at the destination.</param>
internal sealed class DestinationPlanner(
    string destination,
    bool isDirectory,
    Func<string, string, string> combine,
    StringComparer names)
{
    private readonly HashSet<string> _taken = new(names);
    private string? _held;

    /// <summary>Creates a planner for a destination on a server.</summary>
    /// <param name="channel">The server's files.</param>
    /// <param name="given">The destination as it was given.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The planner.</returns>
    /// <exception cref="SftpException">The destination cannot be looked at.</exception>
    public static async Task<DestinationPlanner> CreateAsync(ISftpChannel channel, string given, CancellationToken cancellationToken)
    {
        var resolver = new RemotePathResolver(channel.FileSystem);
        var absolute = (await resolver.ToAbsoluteAsync(given, cancellationToken).ConfigureAwait(false)).Value;
        var isDirectory = given.EndsWith('/')
            || await channel.IsDirectoryAsync(absolute, cancellationToken).ConfigureAwait(false);
        return new DestinationPlanner(
            absolute,
            isDirectory,
            static (directory, name) => new RemotePath(directory).Combine(name).Value,
            StringComparer.Ordinal);
    }

    /// <summary>Takes a source.</summary>
    /// <param name="source">Its path.</param>
    /// <param name="name">Its name, which it keeps in a directory.</param>
    /// <returns>Where it goes; null while that is not known: see <see cref="Complete"/>.</returns>
    /// <exception cref="SftpException">
    /// It cannot go anywhere: an earlier source has its name (<see cref="SftpErrorCode.AlreadyExists"/>), or the destination
    /// is no directory (<see cref="SftpErrorCode.InvalidArgument"/>), which no later source can mend.
    /// </exception>
    public string? Add(string source, string name)
    {
        if (!isDirectory)
        {
            if (_held is not null)
                throw new SftpException(
                    SftpErrorCode.InvalidArgument,
                    $"Several sources cannot all become '{TerminalText.Clean(destination)}', which is not a directory.")
                {
                    Path = destination,
                    Advice = "End the destination with a slash to have the directory created.",
                };
            _held = source;
            return null;
        }

        if (name.Length == 0)
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"'{TerminalText.Clean(source)}' has no name to keep in '{TerminalText.Clean(destination)}'.")
            {
                Path = source,
                Advice = "Give a destination that is not there yet, to be its new name.",
            };
        if (!_taken.Add(name))
            throw new SftpException(
                SftpErrorCode.AlreadyExists,
                $"'{TerminalText.Clean(source)}' would take the place of another source of the same name in '{TerminalText.Clean(destination)}'.")
            {
                Path = source,
                Advice = "Transfer it on its own, under another name.",
            };
        return combine(destination, name);
    }

    /// <summary>The source that was held back, which is now known to be the only one, and where it goes.</summary>
    /// <returns>Both, or null where none was.</returns>
    public (string Source, string Destination)? Complete() => _held is null ? null : (_held, destination);
}
