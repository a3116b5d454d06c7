using System.Management.Automation;
using AcodeSftp.Diagnostics;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Looks at sessions step by step, from the host's name to the server's clock, and writes what each step found as soon as
/// it is over. A session that is not connected is connected: <c>New-SftpSession host -Lazy | Test-SftpSession</c>.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "SftpSession")]
[OutputType(typeof(SessionCheckStep))]
public sealed class TestSftpSessionCommand : SftpCmdlet
{
    /// <summary>The sessions, as objects, ids or names. May be left out while exactly one is open.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SessionArgument]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public SftpSession[]? Session { get; set; }

    /// <summary>Makes no file on the server. What can only be told by one is skipped.</summary>
    [Parameter]
    public SwitchParameter SkipWrite { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var session in Session ?? [SessionCmdlet.ResolveDefault(this)])
        {
            Follow(session);
            Run(async (output, cancellationToken) =>
            {
                var check = new SessionCheck(session, !SkipWrite);
                await foreach (var step in check.RunAsync(cancellationToken).ConfigureAwait(false))
                    await output.WriteAsync(step).ConfigureAwait(false);
            });
        }
    }
}
