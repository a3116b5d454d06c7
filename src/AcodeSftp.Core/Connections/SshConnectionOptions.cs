namespace AcodeSftp.Connections;

/// <summary>How a server's host key is judged (SFTP-006).</summary>
public enum HostKeyPolicy
{
    /// <summary>Only a key that is already known is accepted.</summary>
    Strict = 0,

    /// <summary>An unknown key is accepted and saved; a changed one is refused.</summary>
    TrustOnFirstUse,

    /// <summary>Any key is accepted. For tests only: it gives a man in the middle everything.</summary>
    AcceptAny,
}

/// <summary>Which protocol carries files.</summary>
public enum FileProtocolChoice
{
    /// <summary>SFTP, and SCP where the server refuses the SFTP subsystem.</summary>
    Auto = 0,

    /// <summary>SFTP or nothing.</summary>
    Sftp,

    /// <summary>SCP, whether or not the server has SFTP.</summary>
    Scp,
}

/// <summary>Where and how to connect. Holds no connection; creating one touches no network.</summary>
public sealed record SshConnectionOptions
{
    private readonly string _hostName = "";
    private readonly string? _userName;

    /// <summary>Host name, address or an alias of <c>ssh_config</c>.</summary>
    /// <exception cref="ArgumentException">Empty, only white space, starting with <c>-</c> or with a control character in it.</exception>
    public required string HostName
    {
        get => _hostName;
        init => _hostName = CheckName(value, nameof(HostName), "host name");
    }

    /// <summary>TCP port; null for what <c>ssh_config</c> says, or 22.</summary>
    public int? Port { get; init; }

    /// <summary>Account; null for what <c>ssh_config</c> says, or the local user's name.</summary>
    /// <exception cref="ArgumentException">Empty, only white space, starting with <c>-</c> or with a control character in it.</exception>
    public string? UserName
    {
        get => _userName;
        init => _userName = value is null ? null : CheckName(value, nameof(UserName), "user name");
    }

    /// <summary>Password, answered to password and keyboard-interactive prompts; null for none.</summary>
    public Secret? Password { get; init; }

    /// <summary>
    /// Private key files to offer. Where there are any, the agent's other keys are not offered: servers end a login after a
    /// few wrong keys.
    /// </summary>
    public IReadOnlyList<string> KeyFilePaths { get; init; } = [];

    /// <summary>Passphrase of the key files and of <see cref="PrivateKey"/>; null for none.</summary>
    public Secret? KeyPassphrase { get; init; }

    /// <summary>
    /// A private key as text, as it comes from a vault: already mended by <see cref="HostKeys.PemText"/>. Never written to
    /// a file. Null for none.
    /// </summary>
    public Secret? PrivateKey { get; init; }

    /// <summary>Certificate files that go with the keys, besides those named after them.</summary>
    public IReadOnlyList<string> CertificateFilePaths { get; init; } = [];

    /// <summary>Hosts to go through, the first one first, each as <c>[user@]host[:port]</c>; none for a direct connection.</summary>
    public IReadOnlyList<string> JumpHosts { get; init; } = [];

    /// <summary>How the host key is judged.</summary>
    public HostKeyPolicy HostKeyPolicy { get; init; } = HostKeyPolicy.Strict;

    /// <summary>Which protocol carries files.</summary>
    public FileProtocolChoice FileProtocol { get; init; }

    /// <summary>
    /// The only host keys to accept, as known_hosts lines or as bare keys (SFTP-007, first in the order); null to look
    /// further: in <see cref="ConfiguredKnownHostKeys"/>, the environment variable <c>SFTP_KNOWN_HOST_KEYS</c>, the files.
    /// </summary>
    public string? KnownHostKeys { get; init; }

    /// <summary>As <see cref="KnownHostKeys"/>, from a configuration, second in the order; null for none.</summary>
    public string? ConfiguredKnownHostKeys { get; init; }

    /// <summary>Fingerprints as <c>SHA256:…</c> of which the host's key must have one; none to judge by known keys.</summary>
    public IReadOnlyList<string> HostKeyFingerprints { get; init; } = [];

    /// <summary>A known_hosts file to use in place of the user's own; null for the user's own.</summary>
    public string? KnownHostsPath { get; init; }

    /// <summary>An <c>ssh_config</c> file to use in place of the user's own; null for the user's own.</summary>
    public string? SshConfigPath { get; init; }

    /// <summary>Further options as in <c>ssh_config(5)</c>, by keyword.</summary>
    public IReadOnlyDictionary<string, string> SshOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Time limit for the whole of connecting: name, TCP, keys, login.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the line may be silent before the peer is asked for a sign of life; zero to never ask.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many signs of life may be missed before the connection counts as lost.</summary>
    public int KeepAliveCountMax { get; init; } = 3;

    /// <summary>How long one request may go unanswered before it fails with <see cref="SftpErrorCode.Timeout"/>.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>user@host:port</c> with the parts that are known, for messages.</summary>
    public string Authority
    {
        get
        {
            var host = HostName.Contains(':', StringComparison.Ordinal) ? $"[{HostName}]" : HostName;
            var user = UserName is null ? "" : UserName + "@";
            return Port is { } port ? $"{user}{host}:{port}" : user + host;
        }
    }

    // A name that starts with a dash would be read by ssh as an option, whatever stands before it on the command line.
    private static string CheckName(string? value, string parameter, string what)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw new ArgumentException($"The {what} is empty. Give the {what} to connect with.", parameter);
        if (value[0] == '-')
            throw new ArgumentException($"The {what} '{value}' starts with '-', which ssh would take for an option.", parameter);
        if (value.AsSpan().IndexOfAnyInRange('\0', '\x1F') >= 0 || value.Contains('\x7F', StringComparison.Ordinal))
            throw new ArgumentException($"The {what} has a control character in it.", parameter);
        return value;
    }
}
