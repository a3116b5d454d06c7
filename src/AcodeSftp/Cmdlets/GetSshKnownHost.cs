using System.Management.Automation;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.HostKeys;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Writes the host keys that are known: those of the user's known_hosts files and of the machine's.</summary>
[Cmdlet(VerbsCommon.Get, "SshKnownHost")]
[OutputType(typeof(SshKnownHost))]
public sealed class GetSshKnownHostCommand : KnownHostCmdlet
{
    /// <summary>
    /// The hosts. <c>*</c> and <c>?</c> match names that stand in the file as they are; a hashed name is found by the whole
    /// name only. Default: all.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(KnownHostNameCompleter))]
    [Alias("ComputerName", "Host")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? HostName { get; set; }

    /// <summary>The port. Default: any, and 22 for hashed names.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // The machine's files are shown beside the user's own, as both are looked at when connecting.
        var files = KnownHostsPath is null ? UserFiles.Concat(KnownHostsFile.GlobalFiles) : UserFiles;
        var entries = files.SelectMany(Load).ToList();
        foreach (var name in HostName ?? [null!])
            WriteObject(SshKnownHost.Find(entries, name, Port), enumerateCollection: true);
    }

    private IReadOnlyList<KnownHostEntry> Load(string path)
    {
        try
        {
            var file = KnownHostsFile.Load(path);
            foreach (var line in file.DamagedLines)
                WriteVerbose($"{TerminalText.Clean(path)}:{line.LineNumber} cannot be used: {line.Problem}");
            return file.Entries;
        }
        catch (SftpException e)
        {
            WriteError(SftpErrorRecord.From(e, path));
            return [];
        }
    }
}
