using System.Collections;
using System.Management.Automation;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Completion;

/// <summary>The session that a command line which is still being written will use.</summary>
internal static class BoundSession
{
    private const string Parameter = "Session";

    /// <summary>Finds it.</summary>
    /// <param name="bound">What is known of the command's parameters.</param>
    /// <returns>The session, if it is connected; null otherwise, for nothing is connected to complete a word.</returns>
    public static SftpSession? Find(IDictionary bound)
    {
        var open = ModuleSessions.Registry.Sessions;
        var session = bound[Parameter] is { } given ? Resolve(Unwrap(given), open) : SessionResolver.Default(open).Session;
        return session is { State: SftpSessionState.Connected } ? session : null;
    }

    private static SftpSession? Resolve(object given, IReadOnlyList<SftpSession> open) => given switch
    {
        SftpSession session => session,
        string or int => SessionResolver.Find(given, open) is [var first, ..] ? first : null,
        IList { Count: > 0 } many => many[0] is { } first ? Resolve(Unwrap(first), open) : null,
        _ => null,
    };

    private static object Unwrap(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
