using System.Management.Automation;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Sessions;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Writes the open sessions.</summary>
[Cmdlet(VerbsCommon.Get, "SftpSession", DefaultParameterSetName = IdSet)]
[OutputType(typeof(SftpSession))]
public sealed class GetSftpSessionCommand : SftpCmdlet
{
    private const string IdSet = "Id";
    private const string NameSet = "Name";

    /// <summary>The ids of the sessions. Default: all.</summary>
    [Parameter(Position = 0, ParameterSetName = IdSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    [ValidateNotNullOrEmpty]
    public int[]? Id { get; set; }

    /// <summary>The names of the sessions, with or without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, HelpMessage = "The name of a session; * and ? are wildcards.")]
    [ArgumentCompleter(typeof(SessionNameCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var open = ModuleSessions.Registry.Sessions;
        foreach (var id in Id ?? [])
            Write(id, [.. open.Where(session => session.Id == id)], open);
        foreach (var name in Name ?? [])
            Write(name, SessionResolver.Find(name, open), open);
        if (Id is null && Name is null)
            WriteObject(open, enumerateCollection: true);
    }

    private void Write(object asked, IReadOnlyList<SftpSession> found, IReadOnlyList<SftpSession> open)
    {
        // As everywhere in PowerShell, a pattern that matches nothing is no error.
        if (found.Count == 0 && !(asked is string pattern && pattern.AsSpan().IndexOfAny('*', '?') >= 0))
        {
            var problem = SessionResolver.NotFound(asked, open);
            WriteError(SftpErrorRecord.Create(problem.Id, ErrorCategory.ObjectNotFound, problem.Message, asked, problem.Advice));
        }

        WriteObject(found, enumerateCollection: true);
    }
}
