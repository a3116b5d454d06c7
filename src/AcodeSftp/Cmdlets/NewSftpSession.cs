using System.Collections;
using System.Management.Automation;
using System.Security;
using AcodeSftp.Connections;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Sessions;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Opens a session to a server.</summary>
[Cmdlet(VerbsCommon.New, "SftpSession", DefaultParameterSetName = UserNameSet)]
[OutputType(typeof(SftpSession))]
public sealed class NewSftpSessionCommand : SftpCmdlet
{
    private const string UserNameSet = "UserName";
    private const string CredentialSet = "Credential";
    private const string NoConfig = "none";

    // An integer, not the enumeration itself: a field that is a value of a type of Core would have to be found before
    // the module could make it findable. See ModuleLifecycle.
    private int _hostKeyPolicy;

    /// <summary>
    /// The host: a name, an address or an alias of ssh_config, also as <c>user@host</c>, <c>user@host:port</c> or
    /// <c>ssh://user@host:port</c>.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The server: host, user@host or an alias of ssh_config.")]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    [Alias("ComputerName", "Host")]
    [ValidateNotNullOrEmpty]
    public string HostName { get; set; } = "";

    /// <summary>The TCP port. Default: what ssh_config says, or 22.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>The account. Default: what ssh_config says, or the local user's name.</summary>
    [Parameter(ParameterSetName = UserNameSet)]
    [ValidateNotNullOrEmpty]
    public string? UserName { get; set; }

    /// <summary>The account with its password.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CredentialSet, HelpMessage = "The account and its password.")]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Private key files to offer before those of the agent and of ssh_config.</summary>
    [Parameter]
    [Alias("IdentityFile")]
    [ValidateNotNullOrEmpty]
    public string[] KeyFilePath { get; set; } = [];

    /// <summary>
    /// A private key as text, as a vault gives it: a secure string or a string, spoiled line breaks allowed. It stays in
    /// memory. A string leaves copies there that cannot be wiped, and can end up in a log of commands; a secure string does not.
    /// </summary>
    [Parameter]
    [PrivateKeyArgument]
    [ValidateNotNull]
    public SecureString? PrivateKey { get; set; }

    /// <summary>Certificate files that go with the keys, besides those that lie beside the key files.</summary>
    [Parameter]
    [Alias("CertificateFile")]
    [ValidateNotNullOrEmpty]
    public string[] CertificatePath { get; set; } = [];

    /// <summary>Hosts to go through, the first one first, each as <c>[user@]host[:port]</c>.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    [Alias("ProxyJump")]
    [ValidateNotNullOrEmpty]
    public string[] JumpHost { get; set; } = [];

    /// <summary>The passphrase of the key files and of <see cref="PrivateKey"/>.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? KeyPassphrase { get; set; }

    /// <summary>A name for the session. Default: the host with its account and port.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>How to connect. Default: Auto, or what the environment variable ACODE_SFTP_TRANSPORT says.</summary>
    [Parameter]
    [ValidateSet("Auto", "OpenSsh", "SshNet", "Memory", IgnoreCase = true)]
    public string Transport { get; set; } = SshTransportSelector.Auto;

    /// <summary>How the server's host key is judged.</summary>
    [Parameter]
    public HostKeyPolicy HostKeyPolicy
    {
        get => (HostKeyPolicy)_hostKeyPolicy;
        set => _hostKeyPolicy = (int)value;
    }

    /// <summary>
    /// The only host keys to accept, as known_hosts lines or as bare keys (<c>ssh-ed25519 AAAA…</c>). No file is then looked at.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] KnownHostKey { get; set; } = [];

    /// <summary>Fingerprints as <c>SHA256:…</c> of which the host's key must have one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] HostKeyFingerprint { get; set; } = [];

    /// <summary>A known_hosts file to use in place of the user's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KnownHostsPath { get; set; }

    /// <summary>An ssh_config file to use in place of the user's own; <c>none</c> for no file at all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SshConfigPath { get; set; }

    /// <summary>Further options of ssh_config(5), by keyword.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? SshOption { get; set; }

    /// <summary>Time limit for the whole of connecting, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int ConnectTimeout { get; set; } = 30;

    /// <summary>After how many seconds of silence the server is asked for a sign of life; 0 to never ask.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public int KeepAliveInterval { get; set; } = 15;

    /// <summary>How long one request may go unanswered, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int OperationTimeout { get; set; } = 60;

    /// <summary>Leaves connecting to the session's first use.</summary>
    [Parameter]
    public SwitchParameter Lazy { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ReadOptions() is not { } options)
            return;
        Tell(options);
        var (session, error) = TryAwait(cancellationToken =>
            ModuleSessions.Registry.OpenAsync(options, Name, Transport, Lazy, Follow, cancellationToken));
        if (session is not null)
        {
            WriteVerbose($"{session}: transport {session.Transport}, {session.TransportReason}");
            WriteObject(session);
            return;
        }

        Wipe(options);
        if (error is not null)
            ThrowTerminatingError(SftpErrorRecord.From(error));
    }

    private static void Wipe(SshConnectionOptions options)
    {
        options.Password?.Dispose();
        options.KeyPassphrase?.Dispose();
        options.PrivateKey?.Dispose();
    }

    // What the session will do, without the secrets themselves.
    private void Tell(SshConnectionOptions options)
    {
        if (options.HostKeyPolicy == HostKeyPolicy.AcceptAny && options.HostKeyFingerprints.Count == 0)
            WriteWarning(
                $"The host key of {TerminalText.Clean(options.HostName)} is not checked (-HostKeyPolicy AcceptAny): " +
                "whoever is between you and the server can read and change everything, the password included. This is for tests only.");
        var ways = new List<string>();
        if (options.PrivateKey is not null)
            ways.Add("a private key given as text");
        ways.AddRange(options.KeyFilePaths.Select(path => $"the key file {TerminalText.Clean(path)}"));
        ways.AddRange(options.CertificateFilePaths.Select(path => $"the certificate {TerminalText.Clean(path)}"));
        if (options.Password is not null)
            ways.Add("a password");
        WriteVerbose($"{TerminalText.Clean(options.Authority)}: to log in with {(ways.Count > 0 ? string.Join(", ", ways) : "what ssh finds")}"
            + (options.JumpHosts.Count > 0 ? $", through {string.Join(", ", options.JumpHosts)}" : ""));
        WriteDebug(
            $"{TerminalText.Clean(options.Authority)}: host key policy {options.HostKeyPolicy}, "
            + $"connect timeout {options.ConnectTimeout.TotalSeconds} s, operation timeout {options.OperationTimeout.TotalSeconds} s, "
            + $"keep-alive {options.KeepAliveInterval.TotalSeconds} s, "
            + $"known hosts {TerminalText.Clean(options.KnownHostsPath ?? "as usual")}, ssh_config {TerminalText.Clean(options.SshConfigPath ?? "as usual")}");
    }

    private SshConnectionOptions? ReadOptions()
    {
        try
        {
            var target = HostTarget.Parse(HostName);
            var keyFiles = KeyFilePath.Select(path => ExistingFile(path, nameof(KeyFilePath))).ToList();
            var options = new SshConnectionOptions
            {
                HostName = target.HostName,
                Port = Agree(Port, target.Port, nameof(Port)),
                UserName = Agree(Credential?.UserName ?? UserName, target.UserName, Credential is null ? nameof(UserName) : nameof(Credential)),
                KeyFilePaths = keyFiles,
                CertificateFilePaths = [.. CertificatePath.Select(path => ExistingFile(path, nameof(CertificatePath)))],
                JumpHosts = [.. JumpHost.Select(JumpHostArgument.Read)],
                KnownHostKeys = HostKeyArguments.ReadKnownKeys(KnownHostKey),
                HostKeyFingerprints = [.. HostKeyFingerprint.Select(SshHostKey.NormalizeFingerprint)],
                KnownHostsPath = KnownHostsPath is null ? null : LocalPath(KnownHostsPath, nameof(KnownHostsPath)),
                SshConfigPath = SshConfigPath is null or NoConfig ? SshConfigPath : ExistingFile(SshConfigPath, nameof(SshConfigPath)),
                SshOptions = SshOptionTable.Read(SshOption),
                HostKeyPolicy = HostKeyPolicy,
                ConnectTimeout = TimeSpan.FromSeconds(ConnectTimeout),
                KeepAliveInterval = TimeSpan.FromSeconds(KeepAliveInterval),
                OperationTimeout = TimeSpan.FromSeconds(OperationTimeout),
            };

            // Secrets come last: nothing that can fail comes after them and would leave them unwiped.
            return options with
            {
                PrivateKey = PrivateKey?.ToPrivateKey(),
                Password = Credential?.Password.ToSecret(),
                KeyPassphrase = KeyPassphrase?.ToSecret(),
            };
        }
        catch (ArgumentException e)
        {
            ThrowTerminatingError(SftpErrorRecord.From(new SftpException(SftpErrorCode.InvalidArgument, e.Message, e)));
        }
        catch (SftpException e)
        {
            ThrowTerminatingError(SftpErrorRecord.From(e, HostName));
        }

        return null;
    }

    // A value that is given twice has to be the same twice.
    private T? Agree<T>(T? parameter, T? fromHostName, string parameterName) =>
        parameter is null || fromHostName is null || parameter.Equals(fromHostName)
            ? parameter ?? fromHostName
            : throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"-{parameterName} says '{parameter}' and -HostName '{HostName}' says '{fromHostName}'.")
            {
                Advice = $"Give it once, in -HostName or with -{parameterName}.",
            };

    private string ExistingFile(string path, string parameterName)
    {
        var full = LocalPath(path, parameterName);
        return File.Exists(full)
            ? full
            : throw new SftpException(SftpErrorCode.NotFound, $"There is no local file '{path}' (-{parameterName}).") { Path = full };
    }

    private string LocalPath(string path, string parameterName) =>
        new LocalPaths(this).Locate(path)
        ?? throw new SftpException(SftpErrorCode.InvalidArgument, $"-{parameterName} has to be the path of a local file.") { Path = path };
}
