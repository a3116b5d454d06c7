using System.Management.Automation;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.HostKeys;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Asks servers for their host keys. The answer proves nothing by itself: compare the fingerprint with one from a source
/// that can be trusted before the key is added to known_hosts.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SshHostKey")]
[OutputType(typeof(SshPresentedKey))]
public sealed class GetSshHostKeyCommand : SftpCmdlet
{
    private const int DefaultPort = 22;

    /// <summary>The hosts: names or addresses, also as <c>host:port</c>. Aliases of ssh_config are not known.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The server to ask, by name or address.")]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    [Alias("ComputerName", "Host")]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>The port. Default: 22.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>The types of key to ask for, such as <c>ssh-ed25519</c>. Default: all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? KeyType { get; set; }

    /// <summary>How long a server may take, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 10;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var host in HostName)
        {
            Run(async (output, cancellationToken) =>
            {
                try
                {
                    var target = HostTarget.Parse(host);
                    var port = Port ?? target.Port ?? DefaultPort;
                    var keys = await new HostKeyScanner()
                        .ScanAsync(target.HostName, port, TimeSpan.FromSeconds(TimeoutSec), KeyType, cancellationToken)
                        .ConfigureAwait(false);
                    foreach (var key in keys)
                        await output.WriteAsync(new SshPresentedKey(target.HostName, port, key)).ConfigureAwait(false);
                }
                catch (SftpException e)
                {
                    await output.ErrorAsync(e, host).ConfigureAwait(false);
                }
            });
        }
    }
}
