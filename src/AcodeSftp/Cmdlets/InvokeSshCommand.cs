using System.Collections;
using System.Management.Automation;
using AcodeSftp.Commands;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Commands;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Runs a command on one or several servers and writes what it did. Sessions may come through the pipeline; anything else
/// that comes through it is the command's input.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "SshCommand", DefaultParameterSetName = ResultSet, SupportsShouldProcess = true)]
[OutputType(typeof(SshCommandResult), ParameterSetName = [ResultSet])]
[OutputType(typeof(SshOutputLine), ParameterSetName = [StreamSet])]
[OutputType(typeof(byte), typeof(byte[]), ParameterSetName = [ByteStreamSet])]
public sealed class InvokeSshCommandCommand : SftpCmdlet
{
    private const string ResultSet = "Result";
    private const string StreamSet = "Stream";
    private const string ByteStreamSet = "ByteStream";

    private readonly CommandInput _input = new();
    private readonly List<SftpSession> _piped = [];
    private bool _hasInput;

    /// <summary>The command line, as the account's shell on the server reads it.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The command line to run on the server.")]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = "";

    /// <summary>Arguments for the command. Each is quoted, so that the shell takes it as one word whatever is in it.</summary>
    [Parameter(Position = 1)]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public string[] ArgumentList { get; set; } = [];

    /// <summary>
    /// The sessions to run it on, as objects, ids or names. May be left out while exactly one is open.
    /// </summary>
    [Parameter]
    [SessionArgument]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public SftpSession[]? Session { get; set; }

    /// <summary>
    /// The command's input: bytes as they are, anything else as a line of UTF-8 each. Sessions among it say where to run.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <summary>
    /// Environment variables. They can be seen in the server's list of processes: no place for secrets, which go into the
    /// command's input.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? Environment { get; set; }

    /// <summary>The directory to run it in. Default: where the account starts.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>Runs it in a login shell, which reads the account's profile.</summary>
    [Parameter]
    public SwitchParameter LoginShell { get; set; }

    /// <summary>Environment modules to load first, in a login shell. Where one cannot be loaded the command is not run.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EnvironmentModuleCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Module { get; set; } = [];

    /// <summary>Writes the lines of both outputs as they arrive, and no result.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StreamSet, HelpMessage = "Writes lines as they arrive.")]
    public SwitchParameter Stream { get; set; }

    /// <summary>Writes the output byte for byte, and no result, as Get-Content -AsByteStream does. On one session only.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByteStreamSet, HelpMessage = "Writes bytes as they arrive.")]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>
    /// How many bytes to write at a time: 1, the default, writes each as an object, more write arrays of that many, and 0
    /// writes all in one array. Arrays are much faster.
    /// </summary>
    [Parameter(ParameterSetName = ByteStreamSet)]
    [ValidateRange(0, int.MaxValue)]
    public int ReadCount { get; set; } = 1;

    /// <summary>Makes an error of an exit code other than 0 and of a signal. The result is written all the same.</summary>
    [Parameter]
    public SwitchParameter ErrorOnNonZero { get; set; }

    /// <summary>How long the command may take, in seconds; 0 for as long as it likes.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; }

    /// <summary>On how many sessions the command runs at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ThrottleLimit { get; set; } = 32;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)))
            return;
        _hasInput = true;
        switch (InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject)
        {
            case SftpSession session:
                _piped.Add(session);
                break;
            case SftpSession[] sessions:
                _piped.AddRange(sessions);
                break;
            default:
                _input.Add(InputObject);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var sessions = (Session ?? []).Concat(_piped).Distinct().ToList();
        if (sessions.Count == 0)
        {
            // "Get-SftpSession db* | Invoke-SshCommand …" with no such session must not run on another one.
            if (MyInvocation.ExpectingInput && !_hasInput)
                return;
            sessions = [SessionCmdlet.ResolveDefault(this)];
        }

        if (AsByteStream && sessions.Count > 1)
            ThrowTerminatingError(SftpErrorRecord.Create(
                "SshByteStreamAmbiguous",
                ErrorCategory.InvalidArgument,
                $"-AsByteStream writes the bytes of one session; {sessions.Count} were given.",
                target: null,
                "Run the command on each session by itself."));
        var command = ReadCommand();
        sessions = sessions.FindAll(session => ShouldProcess(session.ToString(), $"Run '{Shown(command)}'"));
        if (sessions.Count == 0)
            return;
        sessions.ForEach(Follow);
        Run(command, sessions);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _input.Dispose();
    }

    private void Run(SshCommand command, List<SftpSession> sessions)
    {
        var options = new SshCommandOptions
        {
            Timeout = TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan,
        };
        var run = new CommandRun(command, options, _input.Open) { ThrottleLimit = ThrottleLimit, ErrorOnNonZero = ErrorOnNonZero };
        Run((output, cancellationToken) => ParameterSetName switch
        {
            StreamSet => run.WriteLinesAsync(sessions, output, cancellationToken),
            ByteStreamSet => run.WriteBytesAsync(sessions[0], ReadCount, output, cancellationToken),
            _ => run.WriteResultsAsync(sessions, output, cancellationToken),
        });
    }

    private SshCommand ReadCommand()
    {
        var command = new SshCommand(Command)
        {
            Arguments = ArgumentList,
            Environment = CommandEnvironment.Read(Environment),
            WorkingDirectory = WorkingDirectory,
            LoginShell = LoginShell,
            Modules = Module,
        };
        try
        {
            // What is wrong with it is wrong on every session, and is told once.
            command.ToCommandLine();
        }
        catch (SftpException e)
        {
            ThrowTerminatingError(SftpErrorRecord.From(e, Command));
        }

        return command;
    }

    // Without the environment, whose values need not stand on a screen.
    private static string Shown(SshCommand command) =>
        TerminalText.Clean(new SshCommand(command.Text) { Arguments = command.Arguments }.ToCommandLine());
}
