using System.Management.Automation;
using AcodeSftp.FileTransfer.Configuration;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <content>The parameters.</content>
public abstract partial class TransferCmdlet
{
    private const int MaxSeconds = 24 * 24 * 60 * 60;

    /// <summary>
    /// The sessions to use, all at the same time, as objects, ids or names. May be left out while exactly one is open.
    /// </summary>
    [Parameter]
    [SessionArgument]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public SftpSession[]? Session { get; set; }

    /// <summary>Also directories, with all that is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>
    /// Patterns such as <c>*.dll</c> or <c>lib/**</c>, one of which a file must match. A pattern without a slash matches at any
    /// depth, others from the directory that is transferred. Upper and lower case differ.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Include { get; set; } = [];

    /// <summary>Patterns, as with -Include, of files and directories to leave out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Exclude { get; set; } = [];

    /// <summary>Leaves existing files alone: each is an error instead of being replaced.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Begins every file at its start, even where an earlier transfer of it broke off.</summary>
    [Parameter]
    public SwitchParameter NoResume { get; set; }

    /// <summary>
    /// How to make sure that what arrived is what was sent: <c>Checksum</c> compares SHA-256, and a file fails where the server
    /// cannot compute it; <c>Size</c> compares sizes; <c>None</c> compares nothing. Default: checksums where the server can,
    /// sizes otherwise.
    /// </summary>
    [Parameter]
    [ValidateSet("None", "Size", "Checksum", IgnoreCase = true)]
    public string Verify { get; set; } = "Checksum";

    /// <summary>Leaves modification times alone.</summary>
    [Parameter]
    public SwitchParameter NoPreserveTime { get; set; }

    /// <summary>
    /// Leaves the permissions of existing files alone. New ones get those of the source, less what lets others write.
    /// </summary>
    [Parameter]
    public SwitchParameter NoPreservePermission { get; set; }

    /// <summary>
    /// What is done with symbolic links in a directory: <c>Skip</c> leaves them out, <c>Follow</c> transfers what they lead
    /// to, <c>Preserve</c> creates links. Default: Skip.
    /// </summary>
    [Parameter]
    [ValidateSet("Skip", "Follow", "Preserve", IgnoreCase = true)]
    public string SymbolicLink { get; set; } = "Skip";

    /// <summary>How many files of each session are transferred at the same time. Default: 4.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; }

    /// <summary>The unit of buffering and progress, in bytes. Default: 64 KiB.</summary>
    [Parameter]
    [ValidateRange(512, int.MaxValue)]
    public int ChunkSize { get; set; }

    /// <summary>How long the transfer of each session may take, in seconds; 0 for as long as it likes, the default.</summary>
    [Parameter]
    [ValidateRange(0, MaxSeconds)]
    public int TimeoutSec { get; set; }

    /// <summary>Files larger than this, in bytes, are refused.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaxFileSize { get; set; }

    /// <summary>Most bytes a second, for all files of a session together; 0 for no limit, the default.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long BandwidthLimit { get; set; }

    /// <summary>Options as New-SftpTransferOption makes them. The parameters of this command win.</summary>
    [Parameter]
    [ValidateNotNull]
    public TransferConfiguration Option { get; set; } = TransferConfiguration.Empty;

    /// <summary>Writes one result for each session in place of the files.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }
}
