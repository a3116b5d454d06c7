using System.Management.Automation;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Sessions;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>A cmdlet that works with one session: the one named, or the only one that is open.</summary>
public abstract class SessionCmdlet : SftpCmdlet
{
    /// <summary>The session to use, as an object, an id or a name. May be left out while exactly one is open.</summary>
    [Parameter]
    [SessionArgument]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNull]
    public SftpSession? Session { get; set; }

    /// <summary>
    /// Finds the session. Called in ProcessRecord, not before: an earlier command of the same pipeline may open it.
    /// </summary>
    /// <returns>The session. Where there is none the command ends with an error.</returns>
    private protected SftpSession ResolveSession()
    {
        var session = Session ?? ResolveDefault(this);
        Follow(session);
        return session;
    }

    /// <summary>The only open session.</summary>
    /// <param name="cmdlet">The command, which ends with an error where there is none or more than one.</param>
    /// <returns>The session.</returns>
    internal static SftpSession ResolveDefault(Cmdlet cmdlet)
    {
        var (session, problem) = SessionResolver.Default(ModuleSessions.Registry.Sessions);
        if (problem is not null)
            cmdlet.ThrowTerminatingError(problem.ToErrorRecord());
        return session!;
    }
}
