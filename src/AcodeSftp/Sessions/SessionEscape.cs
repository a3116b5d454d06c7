using System.Management.Automation;
using AcodeSftp.Connections;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Sessions;

/// <summary>
/// The method Unwrap that sessions have in PowerShell: the way to what only a transport offers (SFTP-026). Named by
/// AcodeSftp.Types.ps1xml, hence public and static.
/// </summary>
public static class SessionEscape
{
    /// <summary>
    /// The session's connection, made if need be: <c>$session.Unwrap('OpenSshConnection')</c>. It is not made again for its
    /// holder when it is lost, and ends with the session.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="type">The type to have it as, or the type's name; null for the interface that all transports have.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="SftpException">The connection is of another type (<see cref="SftpErrorCode.Unsupported"/>).</exception>
    public static object Unwrap(PSObject session, object? type = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        var unwrapped = (SftpSession)session.BaseObject;

        // A method call waits for its result, and PowerShell cannot stop it: what bounds it is the limit of connecting.
        return Task.Run(() => UnwrapAsync(unwrapped, type is PSObject wrapped ? wrapped.BaseObject : type)).GetAwaiter().GetResult();
    }

    private static async Task<object> UnwrapAsync(SftpSession session, object? type)
    {
        if (type is Type given)
            return await session.UnwrapAsync(given).ConfigureAwait(false);
        var connection = await session.GetConnectionAsync().ConfigureAwait(false);
        var name = type?.ToString();
        if (name is null || TypesOf(connection).Any(candidate =>
                string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase)
                || string.Equals(candidate.FullName, name, StringComparison.OrdinalIgnoreCase)))
            return connection;
        throw new SftpException(
            SftpErrorCode.Unsupported,
            $"The connection of the transport {session.Transport} is a {connection.GetType().Name}, not a '{TerminalText.Clean(name)}'.")
        {
            Host = session.HostName,
            Advice = $"Ask for '{connection.GetType().Name}' or '{nameof(ISshConnection)}'.",
        };
    }

    private static IEnumerable<Type> TypesOf(ISshConnection connection)
    {
        for (var type = connection.GetType(); type is not null; type = type.BaseType)
            yield return type;
        foreach (var implemented in connection.GetType().GetInterfaces())
            yield return implemented;
    }
}
