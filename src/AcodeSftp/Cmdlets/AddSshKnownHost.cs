using System.Management.Automation;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.HostKeys;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Adds host keys to a known_hosts file. Keys that are in it already are not added again.</summary>
[Cmdlet(VerbsCommon.Add, "SshKnownHost", SupportsShouldProcess = true)]
[OutputType(typeof(SshKnownHost))]
public sealed class AddSshKnownHostCommand : KnownHostCmdlet
{
    /// <summary>The host: a name or an address.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The host that the key is of.")]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    [Alias("ComputerName", "Host")]
    [ValidateNotNullOrEmpty]
    public string HostName { get; set; } = "";

    /// <summary>The port. Default: 22.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    public int Port { get; set; } = 22;

    /// <summary>The key: what Get-SshHostKey wrote, or a text such as <c>ssh-ed25519 AAAA…</c>.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "The key: 'ssh-ed25519 AAAA...'.")]
    [ValidateNotNull]
    public object? Key { get; set; }

    /// <summary>Hides the host's name in the file. Without it, it is hidden where the file has hidden names already.</summary>
    [Parameter]
    public SwitchParameter Hashed { get; set; }

    /// <summary>Writes what was added.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var path = UserFiles[0];
        try
        {
            var key = HostKeyArguments.ReadKey(Key is PSObject wrapped ? wrapped.BaseObject : Key!);
            if (!ShouldProcess(Named(HostName, Port), $"Add the host key {key} to {TerminalText.Clean(path)}"))
                return;
            var others = KnownHostsFile.Load(path).Find(HostName, Port);
            var hiding = Hashed ? HostNameHiding.Hashed : HostNameHiding.AsFile;
            if (KnownHostsEditor.Add(path, HostName, Port, key, hiding) is not { } added)
            {
                WriteVerbose($"{TerminalText.Clean(path)} has this key of {Named(HostName, Port)} already.");
                return;
            }

            if (others.FirstOrDefault(other => IsOtherKey(other, key)) is { } old)
                WriteWarning(
                    $"{Named(HostName, Port)} is also known by another {key.Type} key ({old.Key.Fingerprint}, {old.Location}), which stays accepted. "
                    + "If the server no longer has it, remove it with Remove-SshKnownHost and add the new one again.");
            if (PassThru)
                WriteObject(new SshKnownHost(added, HostName, Port));
        }
        catch (SftpException e)
        {
            WriteError(SftpErrorRecord.From(e, HostName));
        }
    }

    private static bool IsOtherKey(KnownHostEntry entry, SshHostKey key) =>
        entry.Marker == KnownHostMarker.None && entry.Key.Type == key.Type && !entry.Key.Equals(key);
}
