using System.Management.Automation;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.HostKeys;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Removes the keys of hosts from the user's known_hosts files. Authorities and revoked keys stay, as with
/// <c>ssh-keygen -R</c>.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "SshKnownHost", DefaultParameterSetName = HostNameSet, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveSshKnownHostCommand : KnownHostCmdlet
{
    private const string HostNameSet = "HostName";
    private const string InputObjectSet = "InputObject";

    /// <summary>The hosts: names or addresses, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = HostNameSet, HelpMessage = "The host whose keys are to be forgotten.")]
    [ArgumentCompleter(typeof(KnownHostNameCompleter))]
    [Alias("ComputerName", "Host")]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>The port. Default: 22.</summary>
    [Parameter(ParameterSetName = HostNameSet)]
    [ValidateRange(1, 65535)]
    public int Port { get; set; } = 22;

    /// <summary>The type of key to remove, such as <c>ssh-rsa</c>. Default: all.</summary>
    [Parameter(ParameterSetName = HostNameSet)]
    [ValidateNotNullOrEmpty]
    public string? KeyType { get; set; }

    /// <summary>What Get-SshKnownHost wrote: those lines are removed from the files they were read from.</summary>
    [Parameter(
        Mandatory = true,
        ValueFromPipeline = true,
        ParameterSetName = InputObjectSet,
        HelpMessage = "What Get-SshKnownHost wrote.")]
    [ValidateNotNull]
    public SshKnownHost[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var known in InputObject)
            Remove(known);
        foreach (var host in HostName)
            Remove(host);
    }

    private void Remove(SshKnownHost known)
    {
        var text = $"{Named(known.HostName, known.Port)} {known.Key} ({known.Entry.Location})";
        if (known.Marker != KnownHostMarker.None)
        {
            WriteWarning($"{text} stays: it is marked as {(known.Marker == KnownHostMarker.Revoked ? "revoked" : "an authority")}. Such a line is removed with an editor.");
            return;
        }

        if (ShouldProcess(text, "Remove the host key"))
            Try(known, () => KnownHostsEditor.Remove(known.Source, [known.Entry]));
    }

    private void Remove(string host)
    {
        var found = false;
        foreach (var path in UserFiles)
        {
            Try(host, () =>
            {
                // Looked at first, so that -WhatIf and -Confirm say what there is to lose, and nothing is asked for nothing.
                var concerned = KnownHostsFile.Load(path).Find(host, Port)
                    .Where(entry => entry.Marker == KnownHostMarker.None && (KeyType is null || entry.Key.Type.Equals(KeyType, StringComparison.OrdinalIgnoreCase)))
                    .ToList();
                found |= concerned.Count > 0;
                var keys = string.Join(", ", concerned.Select(entry => $"{entry.Key} (line {entry.LineNumber})"));
                if (concerned.Count > 0 && ShouldProcess(Named(host, Port), $"Remove from {TerminalText.Clean(path)}: {keys}"))
                    KnownHostsEditor.Remove(path, concerned);
            });
        }

        if (!found)
            WriteError(SftpErrorRecord.Create(
                "SshKnownHostNotFound",
                ErrorCategory.ObjectNotFound,
                $"{Named(host, Port)} has no {(KeyType is null ? "" : TerminalText.Clean(KeyType) + " ")}key in {TerminalText.Clean(string.Join(", ", UserFiles))}.",
                host,
                "See what there is with Get-SshKnownHost. A host on another port than 22 needs -Port."));
    }

    private void Try(object target, Action action)
    {
        try
        {
            action();
        }
        catch (SftpException e)
        {
            WriteError(SftpErrorRecord.From(e, target));
        }
    }
}
