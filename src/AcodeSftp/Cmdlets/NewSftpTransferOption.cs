using System.Management.Automation;
using AcodeSftp.FileTransfer.Configuration;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Makes an object of options for transfers, from a configuration file, from parameters, or from both: parameters win. It
/// sets what was given and nothing else.
/// </summary>
[Cmdlet(VerbsCommon.New, "SftpTransferOption", DefaultParameterSetName = PathSet)]
[OutputType(typeof(TransferConfiguration))]
public sealed class NewSftpTransferOptionCommand : LocalFileCmdlet
{
    /// <summary>A configuration file, YAML or JSON.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string? Path { get; set; }

    /// <summary>A configuration file, its name taken as it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "The configuration file, taken as it is.")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string? LiteralPath { get; set; }

    /// <summary>The unit of buffering and progress, in bytes.</summary>
    [Parameter]
    public int ChunkSize { get; set; }

    /// <summary>How many files are transferred at the same time.</summary>
    [Parameter]
    public int ThrottleLimit { get; set; }

    /// <summary>Leaves modification times alone.</summary>
    [Parameter]
    public SwitchParameter NoPreserveTime { get; set; }

    /// <summary>Leaves permissions alone.</summary>
    [Parameter]
    public SwitchParameter NoPreservePermission { get; set; }

    /// <summary>Gives uploaded files the owner and group of the local ones, by number.</summary>
    [Parameter]
    public SwitchParameter PreserveOwner { get; set; }

    /// <summary>Writes destinations in place, for servers that allow no rename.</summary>
    [Parameter]
    public SwitchParameter NoAtomicRename { get; set; }

    /// <summary>Moves the bytes of files over SFTP alone, those of large ones on a near server too.</summary>
    [Parameter]
    public SwitchParameter SftpOnly { get; set; }

    /// <summary>
    /// How to make sure that what arrived is what was sent: <c>Checksum</c> compares SHA-256, and a file fails where the server
    /// cannot compute it; <c>Size</c> compares sizes; <c>None</c> compares nothing. Default: checksums where the server can,
    /// sizes otherwise.
    /// </summary>
    [Parameter]
    [ValidateSet("None", "Size", "Checksum", IgnoreCase = true)]
    public string Verify { get; set; } = "Checksum";

    /// <summary>Leaves existing files alone: each is an error instead of being replaced.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Begins every file at its start.</summary>
    [Parameter]
    public SwitchParameter NoResume { get; set; }

    /// <summary>Ends the transfer with the first file that fails.</summary>
    [Parameter]
    public SwitchParameter StopOnFirstError { get; set; }

    /// <summary>How long a transfer may take, in seconds; 0 for as long as it likes.</summary>
    [Parameter]
    public int TimeoutSec { get; set; }

    /// <summary>How long a transfer may go without moving a byte, in seconds; 0 for as long as it likes.</summary>
    [Parameter]
    public int IdleTimeoutSec { get; set; }

    /// <summary>Patterns such as <c>**/*.dll</c>, one of which a file of a directory must match.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = [];

    /// <summary>Patterns of what to leave out of a directory.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>What is done with symbolic links in a directory.</summary>
    [Parameter]
    [ValidateSet("Skip", "Follow", "Preserve", IgnoreCase = true)]
    public string SymbolicLink { get; set; } = "Skip";

    /// <summary>Files larger than this, in bytes, are refused.</summary>
    [Parameter]
    public long MaxFileSize { get; set; }

    /// <summary>A transfer of more than this, in bytes, is stopped.</summary>
    [Parameter]
    public long MaxTotalSize { get; set; }

    /// <summary>Most bytes a second, for all files together; 0 for no limit.</summary>
    [Parameter]
    public long BandwidthLimit { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            var option = Path is null && LiteralPath is null
                ? TransferConfiguration.Empty
                : TransferConfiguration.Load(Locate(Path, LiteralPath));
            WriteObject(TransferParameters.Apply(option, MyInvocation.BoundParameters.Select(static parameter =>
                KeyValuePair.Create(parameter.Key, parameter.Value is SwitchParameter flag ? flag.IsPresent : parameter.Value))));
        }
        catch (SftpException e)
        {
            ThrowTerminatingError(SftpErrorRecord.From(e));
        }
    }
}
