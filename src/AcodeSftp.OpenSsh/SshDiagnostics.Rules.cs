namespace AcodeSftp.OpenSsh;

internal static partial class SshDiagnostics
{
    // The first that matches counts, so the particular stand before the general: "Permission denied" also ends a login that
    // an unreadable key spoiled, and "Connection closed" follows many a message that says why.
    private static readonly Rule[] Rules =
    [
        // Host keys (sshconnect.c)
        new(@"^Offending (\S+) key in (.+):(\d+)$(?s:.*)", SftpErrorCode.HostKeyRejected,
            "The host key of {0} is not the one that is known ({1}, {2} line {3}).")
        {
            When = failure => failure.Text.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal),
            Suffix = Fingerprint,
            Advice = "If the server was set up anew, check the key's fingerprint with whoever runs it and remove the old key: "
                + "ssh-keygen -R \"{0}\" -f \"{2}\". If not, somebody may be between you and the server.",
        },
        new(@"REMOTE HOST IDENTIFICATION HAS CHANGED", SftpErrorCode.HostKeyRejected,
            "The host key of {0} is not the one that is known.")
        {
            Suffix = Fingerprint,
            Advice = "If the server was set up anew, check the key's fingerprint with whoever runs it and remove the old key "
                + "from known_hosts: ssh-keygen -R \"{0}\". If not, somebody may be between you and the server.",
        },
        new(@"REVOKED HOST KEY|marked as revoked|Host key .* (?:was|is) revoked", SftpErrorCode.HostKeyRejected,
            "The host key of {0} is marked as revoked.")
        {
            Suffix = Fingerprint,
            Advice = "Do not connect. Ask whoever runs the server for its new key.",
        },
        new(@"^No (\S+) host key is known for (.+) and you have requested strict checking", SftpErrorCode.HostKeyRejected,
            "The host key of {0} is not known ({1}, {2}).")
        {
            Suffix = Fingerprint,
            Advice = "Check the key's fingerprint with whoever runs the server, then connect once with -HostKeyPolicy TrustOnFirstUse, "
                + "which saves it, or add it to known_hosts.",
        },
        new(@"^Host key verification failed", SftpErrorCode.HostKeyRejected, "The host key of {0} was refused.")
        {
            Suffix = Fingerprint,
            Advice = "Compare known_hosts with the server's key. A jump host on the way must be known there, too.",
        },
        new(@"Certificate invalid: (.*)$", SftpErrorCode.HostKeyRejected, "The host certificate of {0} was refused: {1}.")
        {
            Suffix = Fingerprint,
        },

        // The configuration (readconf.c)
        new(@"^command-line:? line \d+: Bad configuration option: (\S+)", SftpErrorCode.InvalidArgument, "ssh has no option named '{1}'.")
        {
            Advice = "See ssh_config(5) of the installed version for the options there are.",
        },
        new(@"^command-line:? line \d+: (.*)$", SftpErrorCode.InvalidArgument, "ssh does not accept an option: {1}.")
        {
            Advice = "Look at the ssh options given; ssh_config(5) tells what they may be.",
        },
        new(@"^(.+): terminating, \d+ bad configuration options", SftpErrorCode.InvalidArgument, "ssh does not accept its configuration file {1}.")
        {
            Suffix = failure => $" {TerminalText.Clean(failure.Text.Split('\n')[0])}.",
            Advice = "Correct the file; ssh_config(5) tells what options there are and what they may be.",
        },
        new(@"^Can't open user config file (.+): (.*)$", SftpErrorCode.NotFound, "The ssh configuration file {1} cannot be read: {2}."),
        new(@"^Bad owner or permissions on (.+)$", SftpErrorCode.InvalidArgument,
            "ssh does not read {1}, because others may write to it.")
        {
            Advice = "Run: chmod go-w \"{1}\"",
        },
        new(@"(hostname|remote username|remote user name) contains invalid characters", SftpErrorCode.InvalidArgument,
            "ssh does not accept the {1}: it contains invalid characters."),
        new(@"ControlPath too long|too long for Unix domain socket", SftpErrorCode.Unavailable, "The path of ssh's control socket is too long.")
        {
            IsPermanent = true,
            Advice = "Set XDG_RUNTIME_DIR to a directory with a short path.",
        },

        // The way to the host (sshconnect.c, kex.c)
        new(@"[Cc]ould not resolve hostname (.+?): (.*)$", SftpErrorCode.Unavailable, "There is no host named {1} ({2}).")
        {
            Advice = "Check the name, and that the name server answers.",
        },
        new(@"connect to (?:host|address) (\S+) port (\d+): (?:Connection|Operation) timed out", SftpErrorCode.Timeout,
            "{1} did not answer on port {2}.")
        {
            Advice = "Check the address and the port, that the host is up, and that no firewall drops the packets.",
        },
        new(@"connect to (?:host|address) (\S+) port (\d+): Connection refused", SftpErrorCode.Unavailable,
            "{1} refused the connection on port {2}.")
        {
            Advice = "Check the port, and that the SSH server runs.",
        },
        new(@"connect to (?:host|address) (\S+) port (\d+): (.*)$", SftpErrorCode.Unavailable, "{1} cannot be reached on port {2}: {3}.")
        {
            Advice = "Check the address, the network and the route to the host.",
        },
        new(@"Connection timed out during banner exchange|banner exchange: .*timed out", SftpErrorCode.Timeout,
            "{0} accepted the connection but did not answer as an SSH server.")
        {
            Advice = "The server may be overloaded, or another service listens on this port.",
        },
        new(@"banner exchange: .*invalid format|banner line contains invalid characters|kex_exchange_identification: No banner received",
            SftpErrorCode.Unavailable, "What answers at {0} is not an SSH server.")
        {
            IsPermanent = true,
            Advice = "Check the port.",
        },
        // Jump hosts (channels.c, clientloop.c of the ssh that goes to one)
        new(@"open failed: (?:connect failed: )?(.*)$(?s:.*)stdio forwarding failed", SftpErrorCode.Unavailable,
            "{0} cannot reach the next host: {1}.")
        {
            When = failure => failure.IsOnTheWay,
            Advice = "Check the address and the port as the jump host sees them, and that it allows forwarding (AllowTcpForwarding).",
        },
        new(@"kex_exchange_identification: (.*)$", SftpErrorCode.Unavailable, "{0} ended the connection before login began: {1}.")
        {
            // To the target's ssh it looks like this when a jump host refuses the login, which tells more.
            When = failure => !failure.IsOnTheWay || !failure.Text.Contains("Permission denied (", StringComparison.Ordinal),
            Advice = MayBeFull,
        },
        new(@"no matching (.+) found\. Their offer: (.*)$", SftpErrorCode.Unavailable,
            "ssh and {0} have no {1} in common. The server offers {2}.")
        {
            IsPermanent = true,
            Advice = "If you trust one of them, allow it with an ssh option: KexAlgorithms, HostKeyAlgorithms, Ciphers or MACs "
                + "with the value +name.",
        },
        new(@"exec: (.+): not found|^/bin/sh: (?:\d+: |line \d+: )?(.+): (?:command )?not found", SftpErrorCode.Unavailable,
            "The ProxyCommand of {0} is not there: {1}{2}.")
        {
            IsPermanent = true,
            When = failure => !failure.WasAuthenticated,
        },

        // Login (sshconnect2.c)
        new(@"Permissions \S+ for '(.+)' are too open", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: the key file {1} was not used, because others may read it.")
        {
            When = failure => !failure.WasAuthenticated,
            Advice = "Run: chmod 600 \"{1}\"",
        },
        new(@"UNPROTECTED PRIVATE KEY FILE|^bad permissions", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: a key file was not used, because others may read it.")
        {
            When = failure => !failure.WasAuthenticated,
            Advice = "Run: chmod 600 on the key file.",
        },
        new(@"Load key ""(.+)"": incorrect passphrase", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: the passphrase of the key file {1} is wrong.")
        {
            When = failure => !failure.WasAuthenticated,
            Advice = "Give the right passphrase, or load the key into the agent with ssh-add.",
        },
        new(@"Load key ""(.+)"": (.*)$", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: the key file {1} cannot be used: {2}.")
        {
            When = failure => !failure.WasAuthenticated,
            Advice = "Make sure that it is a private key in a format that ssh reads, and readable for you.",
        },
        new(@"Too many authentication failures", SftpErrorCode.AuthenticationFailed,
            "{0} ended the login after too many tries.")
        {
            Advice = "An agent with many keys uses the tries up. Name the key for this host with -KeyFilePath, or in ssh_config "
                + "with IdentityFile and IdentitiesOnly yes.",
        },
        new(@"sign_and_send_pubkey: (?:no mutual signature|signing failed)(.*)$", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: a key could not sign{1}.")
        {
            When = failure => !failure.WasAuthenticated,
            Advice = "The agent may be locked or ask for a confirmation, or the server may not accept keys of this type.",
        },
        new(@"^(\S+@\S+): Permission denied \(([^)]*)\)", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login of {1} (it allows: {2}).")
        {
            When = failure => failure.IsOnTheWay,
            Advice = "A jump host needs a key: -KeyFilePath, -PrivateKey, the agent or ssh_config. The password given is for the "
                + "target alone, and is told to no other host.",
        },
        // ssh says nothing of a wrong passphrase; but it told the server of the key, and the server wanted a signature.
        new(@"Permission denied \(", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: the passphrase given does not open the key file that it would accept")
        {
            When = failure => failure is { AcceptedKey: not null, HadPassphrase: true },
            Suffix = failure => $" ({TerminalText.Clean(failure.AcceptedKey!)}).",
            Advice = "Give the right passphrase, or load the key into the agent with ssh-add.",
        },
        new(@"Permission denied \(", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: it would accept a key file that is encrypted")
        {
            When = failure => failure is { AcceptedKey: not null, HadPassphrase: false },
            Suffix = failure => $" ({TerminalText.Clean(failure.AcceptedKey!)}).",
            Advice = "Give the passphrase of the key file, or load the key into the agent with ssh-add.",
        },
        new(@"[Pp]assword has expired|[Pp]assword change required|account (?:has )?expired", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login: the account or its password has expired.")
        {
            When = failure => !failure.WasAuthenticated,
            Advice = "Log in with ssh in a terminal to change the password.",
        },
        new(@"Permission denied \(([^)]*)\)", SftpErrorCode.AuthenticationFailed,
            "{0} refused the password and every key that was offered (the server allows: {1}).")
        {
            When = failure => failure.HadPassword,
            Advice = "Check the user name and the password.",
        },
        new(@"Permission denied \(([^)]*)\)", SftpErrorCode.AuthenticationFailed,
            "{0} refused the login (the server allows: {1}).")
        {
            Advice = "Check the user name. Give a key with -KeyFilePath or load it into the agent with ssh-add, or give a "
                + "password with -Credential.",
        },
        new(@"[Nn]o more authentication methods", SftpErrorCode.AuthenticationFailed, "{0} refused the login.")
        {
            Advice = "Check the user name and the key.",
        },

        // Channels (clientloop.c, channels.c)
        new(@"subsystem request failed on channel", SftpErrorCode.Unavailable, "{0} has no SFTP subsystem.")
        {
            IsPermanent = true,
            Advice = "The login worked. Ask whoever runs the server to enable SFTP: Subsystem sftp internal-sftp in sshd_config.",
        },
        new(@"administratively prohibited|open failed", SftpErrorCode.Unavailable, "{0} refused a channel.")
        {
            Advice = "The server may allow fewer sessions on one connection (MaxSessions), or none at all for this account.",
        },

        // The end of a connection (packet.c, clientloop.c)
        new(@"Timeout, server (\S+) not responding", SftpErrorCode.ConnectionLost, "{0} no longer answers signs of life."),
        new(@"Received disconnect from .*?: ?(.*)$", SftpErrorCode.ConnectionLost, "{0} ended the connection: {1}.")
        {
            When = failure => failure.WasAuthenticated,
        },
        new(@"Received disconnect from .*?: ?(.*)$", SftpErrorCode.Unavailable, "{0} ended the connection during login: {1}.")
        {
            Advice = MayBeFull,
        },
        new(@"(Connection to .+ closed by remote host|Connection reset by .+|Connection closed by .+|.*Broken pipe.*|Read from remote host .+)$",
            SftpErrorCode.ConnectionLost, "The connection to {0} was lost: {1}.")
        {
            When = failure => failure.WasAuthenticated,
        },
        new(@"(Connection reset by .+|Connection closed by .+|Connection to .+ closed by remote host|.*Broken pipe.*)$",
            SftpErrorCode.Unavailable, "{0} ended the connection during login: {1}.")
        {
            Advice = MayBeFull,
        },
    ];
}
