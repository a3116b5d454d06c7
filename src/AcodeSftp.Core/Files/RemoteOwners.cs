using System.Globalization;
using System.Text;
using AcodeSftp.Files.Content;
using AcodeSftp.FileTransfer;
using AcodeSftp.Sessions;

namespace AcodeSftp.Files;

/// <summary>
/// Finds the numbers of a server's users and groups. SFTP knows numbers only, so the server is asked by a command
/// (<c>getent</c>, which knows of directory services too), or else its <c>/etc/passwd</c> and <c>/etc/group</c> are read.
/// </summary>
/// <param name="session">The session.</param>
public sealed class RemoteOwners(SftpSession session)
{
    /// <summary>The number of a user.</summary>
    /// <param name="name">The user's name, or the number itself.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The number.</returns>
    /// <exception cref="SftpException">The server knows no such user (<see cref="SftpErrorCode.NotFound"/>).</exception>
    public Task<uint> FindUserAsync(string name, CancellationToken cancellationToken = default) =>
        FindAsync("user", "passwd", name, cancellationToken);

    /// <summary>The number of a group.</summary>
    /// <param name="name">The group's name, or the number itself.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The number.</returns>
    /// <exception cref="SftpException">The server knows no such group (<see cref="SftpErrorCode.NotFound"/>).</exception>
    public Task<uint> FindGroupAsync(string name, CancellationToken cancellationToken = default) =>
        FindAsync("group", "group", name, cancellationToken);

    private async Task<uint> FindAsync(string kind, string database, string name, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        return await AskAsync(database, name, cancellationToken).ConfigureAwait(false)
            ?? await ReadAsync(database, name, cancellationToken).ConfigureAwait(false)
            ?? throw new SftpException(SftpErrorCode.NotFound, $"The server knows no {kind} '{TerminalText.Clean(name)}'.")
            {
                Host = session.HostName,
                Advice = $"Give the number of the {kind}.",
            };
    }

    private async Task<uint?> AskAsync(string database, string name, CancellationToken cancellationToken)
    {
        try
        {
            var result = await session.InvokeCommandAsync(
                $"getent {database} {ShellQuoting.Posix(name)}",
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return result.Success ? FindIn(result.StandardOutput.Split('\n'), name) : null;
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
        {
            // An account may be allowed files and no commands.
            return null;
        }
    }

    private async Task<uint?> ReadAsync(string database, string name, CancellationToken cancellationToken)
    {
        try
        {
            var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
            await using (channel.ConfigureAwait(false))
            {
                var reader = new RemoteContentReader(channel.FileSystem, new RemotePath("/etc/" + database));
                await foreach (var line in reader.ReadLinesAsync(Encoding.UTF8, cancellationToken).ConfigureAwait(false))
                {
                    if (FindIn([line], name) is { } number)
                        return number;
                }
            }
        }
        catch (SftpException e) when (e.Code is SftpErrorCode.NotFound or SftpErrorCode.PermissionDenied or SftpErrorCode.Unsupported)
        {
            // No such file, or none to be seen from here.
        }

        return null;
    }

    // Both files have the name first and the number third.
    private static uint? FindIn(IEnumerable<string> lines, string name)
    {
        foreach (var line in lines)
        {
            if (line.Split(':') is [var found, _, var number, ..]
                && found == name
                && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                return id;
        }

        return null;
    }
}
