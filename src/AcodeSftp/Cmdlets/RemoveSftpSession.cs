using System.Management.Automation;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Sessions;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Closes sessions.</summary>
[Cmdlet(VerbsCommon.Remove, "SftpSession", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveSftpSessionCommand : SftpCmdlet
{
    /// <summary>The sessions to close, as objects, ids or names.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        HelpMessage = "The session to close: the object, its id or its name.")]
    [Alias("Id", "Name")]
    [SessionArgument]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public SftpSession[] Session { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var session in Session)
        {
            if (!ShouldProcess(session.ToString(), "Close the session"))
                continue;
            Follow(session);
            Run((_, cancellationToken) => ModuleSessions.Registry.RemoveAsync(session).WaitAsync(cancellationToken));
        }
    }
}
