using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Configuration;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What sending and receiving share. They plan while records come, and transfer when no more do.</summary>
public abstract partial class TransferCmdlet : SftpCmdlet
{
    /// <summary>The parameter set with wildcards.</summary>
    private protected const string PathSet = "Path";

    /// <summary>The parameter set without.</summary>
    private protected const string LiteralPathSet = "LiteralPath";

    private readonly Dictionary<int, TransferRun> _runs = [];
    private readonly Dictionary<DestinationPlanner, (SftpSession Session, bool IsDirectory)> _held = [];
    private TransferConfiguration _options = TransferConfiguration.Empty;
    private FileSelection? _selection;
    private IReadOnlyList<SftpSession>? _sessions;
    private bool _commandLineSourcesTaken;

    private protected abstract TransferDirection Direction { get; }

    /// <summary>The sources given on the command line, and the destination, as parameters of the derived class.</summary>
    private protected abstract (string[] Path, string? Destination) Given { get; set; }

    /// <summary>Whether objects are given as sources.</summary>
    private protected abstract bool HasInputObject { get; }

    /// <summary>
    /// The sessions that were named, or else the only one that is open. Asked for in ProcessRecord, not before: an earlier
    /// command of the same pipeline may open it.
    /// </summary>
    private protected IReadOnlyList<SftpSession> Sessions =>
        _sessions ??= Session is null ? [SessionCmdlet.ResolveDefault(this)] : [.. Session.Distinct()];

    /// <summary>Whether several sessions were named, so that what is written has to say which one it is about.</summary>
    private protected bool IsFleet => Session is not null && Sessions.Count > 1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        // "… | Receive-SftpFile ./logs": with objects as sources, the one thing named is where they go.
        var (path, destination) = Given;
        if ((MyInvocation.ExpectingInput || HasInputObject) && destination is null && path is [var only])
            Given = ([], only);
        try
        {
            _options = TransferParameters.Apply(Option, MyInvocation.BoundParameters.Select(static parameter =>
                KeyValuePair.Create(parameter.Key, parameter.Value is SwitchParameter flag ? flag.IsPresent : parameter.Value)));
            var options = _options.Apply(DownloadOptions.Default);
            _selection = new FileSelection(new DownloadOptions { Include = options.Include, Exclude = options.Exclude });
        }
        catch (SftpException e)
        {
            ThrowTerminatingError(SftpErrorRecord.From(e));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (planner, held) in _held)
        {
            if (planner.Complete() is var (source, destination))
                Transfer(held.Session, source, destination, held.IsDirectory);
        }

        if (_runs.Count > 0)
            RunAll([.. _runs.Values]);
    }

    /// <summary>
    /// The sources of this record. Those of the command line stay bound while records come from the pipeline and count once.
    /// </summary>
    /// <param name="sources">What is bound now.</param>
    /// <param name="isFromCommandLine">Whether it was bound before the first record.</param>
    /// <param name="isTakenAlready">
    /// Whether this record is an object that another parameter took: PowerShell binds its text as well.
    /// </param>
    /// <returns>What is new.</returns>
    private protected IReadOnlyList<string> TakeOnce(string[] sources, bool isFromCommandLine, bool isTakenAlready)
    {
        if (!isFromCommandLine)
            return isTakenAlready ? [] : sources;
        if (_commandLineSourcesTaken)
            return [];
        _commandLineSourcesTaken = true;
        return sources;
    }

    /// <summary>
    /// Whether a source is to be transferred at all. Patterns count for what is named as they do for what is in it, so that
    /// <c>./build/*</c> leaves out what <c>./build</c> would. A directory without -Recurse is an error.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <param name="name">Its name; empty for a root directory.</param>
    /// <param name="isDirectory">Whether it is a directory.</param>
    /// <returns>Whether it is.</returns>
    private protected bool IsWanted(string source, string name, bool isDirectory)
    {
        if (name.Length > 0 && !(isDirectory ? _selection!.EntersDirectory(name) : _selection!.IncludesFile(name)))
        {
            WriteVerbose($"Leaving out '{TerminalText.Clean(source)}', as -Include and -Exclude say.");
            return false;
        }

        if (!isDirectory || _options.Values.GetValueOrDefault("recursive") is true)
            return true;
        WriteError(SftpErrorRecord.Create(
            "SftpSourceIsDirectory",
            ErrorCategory.InvalidArgument,
            $"'{TerminalText.Clean(source)}' is a directory.",
            source,
            "Use -Recurse to transfer it with all that is in it."));
        return false;
    }

    /// <summary>Plans the transfer of a source.</summary>
    /// <param name="session">The session.</param>
    /// <param name="planner">Decides where it goes.</param>
    /// <param name="source">The source.</param>
    /// <param name="name">The name it keeps in a directory.</param>
    /// <param name="isDirectory">Whether it is a directory.</param>
    private protected void Plan(SftpSession session, DestinationPlanner planner, string source, string name, bool isDirectory)
    {
        try
        {
            if (planner.Add(source, name) is { } destination)
                Transfer(session, source, destination, isDirectory);
            else
                _held[planner] = (session, isDirectory);
        }
        catch (SftpException e)
        {
            Fail(session, e, source, endsCommand: e.Code == SftpErrorCode.InvalidArgument);
        }
    }

    /// <summary>Writes the error of a session, and counts it in the session's result.</summary>
    /// <param name="session">The session.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">What it went wrong with; null for what the error names.</param>
    /// <param name="endsCommand">Whether nothing can be transferred.</param>
    private protected void Fail(SftpSession session, SftpException error, string? target, bool endsCommand = false)
    {
        var named = error.WithHost(session.HostName);
        var record = SftpErrorRecord.From(named, target, IsFleet ? session.Name : null);
        if (endsCommand)
            ThrowTerminatingError(record);
        RunOf(session).Missed.Add(TransferError.From(target ?? error.Path ?? "", named));
        WriteError(record);
    }

    /// <summary>Ends the command where there is nothing to transfer.</summary>
    private protected void ThrowNoSource() => ThrowTerminatingError(SftpErrorRecord.Create(
        "SftpNoSource",
        ErrorCategory.InvalidArgument,
        "There is nothing to transfer.",
        target: null,
        "Name files with -Path or -LiteralPath, or pass them through the pipeline."));

    // Asks whether to transfer a source, and takes it up if so.
    private void Transfer(SftpSession session, string source, string destination, bool isDirectory)
    {
        var action = Direction == TransferDirection.Upload ? $"Send to {session.Authority}" : $"Receive from {session.Authority}";
        var target = $"{TerminalText.Clean(source)} -> {TerminalText.Clean(destination)}{(isDirectory ? " (directory)" : "")}";
        if (ShouldProcess(target, action))
            RunOf(session).Add(source, destination);
    }

    private TransferRun RunOf(SftpSession session)
    {
        if (!_runs.TryGetValue(session.Id, out var run))
            _runs[session.Id] = run = new TransferRun(this, session, Direction, _options, IsFleet) { IsSummary = Summary };
        return run;
    }

    // All sessions at once, each on its own.
    private void RunAll(IReadOnlyList<TransferRun> runs)
    {
        try
        {
            Run(
                (output, cancellationToken) => Task.WhenAll(runs.Select(run => run.RunAsync(output, cancellationToken))),
                () =>
                {
                    foreach (var run in runs)
                        run.Progress.Show();
                });
        }
        finally
        {
            foreach (var run in runs)
                run.Progress.Complete();
        }
    }
}
