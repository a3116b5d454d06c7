using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Pipeline;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Scripts how the embedded host of a session replies to a command, for tests that need no server.</summary>
[Cmdlet(VerbsLifecycle.Register, "SshCommandReply", DefaultParameterSetName = TextSet)]
[OutputType(typeof(void))]
public sealed class RegisterSshCommandReplyCommand : SessionCmdlet
{
    private const string TextSet = "Text";
    private const string ScriptSet = "ScriptBlock";

    /// <summary>The command line: compared as it is, then as a pattern with * and ?. Replies given later come first.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The command line to reply to; * and ? are wildcards.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string Command { get; set; } = "";

    /// <summary>What the command writes to its output.</summary>
    [Parameter(Position = 1, ParameterSetName = TextSet)]
    [AllowEmptyString]
    public string StandardOutput { get; set; } = "";

    /// <summary>What the command writes to its error output.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [AllowEmptyString]
    public string StandardError { get; set; } = "";

    /// <summary>The command's exit code.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [ValidateRange(0, 255)]
    public int ExitCode { get; set; }

    /// <summary>
    /// Makes the reply. The command line is its argument and its <c>$_</c>. What it writes becomes the output, a line for each
    /// object; a hashtable or object with StandardOutput, StandardError or ExitCode becomes the whole reply; an error becomes
    /// error output and exit code 1.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ScriptSet, HelpMessage = "Makes the reply to the command line in $_.")]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = ResolveSession();
        if (session.Transport != ModuleSessions.Embedded.Name)
        {
            WriteError(SftpErrorRecord.Create(
                "SftpSessionNotEmbedded",
                ErrorCategory.InvalidOperation,
                $"Session {session} is connected to a real server over {session.Transport}; only an embedded host replies as told.",
                session,
                $"Open the session with -Transport {ModuleSessions.Embedded.Name}."));
            return;
        }

        // By the name that was connected to, not the one the session shows.
        var host = ModuleSessions.Embedded.GetHost(session.Options.HostName);
        if (ScriptBlock is not { } script)
        {
            host.AddReply(Command, new EmbeddedReply(StandardOutput, StandardError, ExitCode));
            return;
        }

        var runspace = Runspace.DefaultRunspace?.InstanceId ?? Guid.Empty;
        host.AddReply(Command, command => ScriptedReply.Run(script, runspace, command));
    }
}
