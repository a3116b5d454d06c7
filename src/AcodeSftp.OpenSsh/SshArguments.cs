using System.Globalization;
using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Jumps;
using AcodeSftp.OpenSsh.Trust;

namespace AcodeSftp.OpenSsh;

/// <summary>
/// The argument vector of <c>ssh</c>. Of an option that is given twice <c>ssh</c> takes the first: what this transport
/// depends on comes first, then what the user asked for, then defaults that the user may change.
/// </summary>
internal sealed class SshArguments
{
    // Each of these would change what ssh's standard streams carry, or whether and how long it runs.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "BatchMode", "ControlMaster", "ControlPath", "ControlPersist", "EscapeChar", "ForkAfterAuthentication", "LocalCommand",
        "LogLevel", "LogVerbose", "NumberOfPasswordPrompts", "PermitLocalCommand", "RemoteCommand", "RequestTTY",
        "SessionType", "StdinNull", "SyslogFacility", "Tunnel",
    };

    // Those that a parameter of ours sets, and its name.
    private static readonly Dictionary<string, string> ByParameter = new(StringComparer.OrdinalIgnoreCase)
    {
        ["StrictHostKeyChecking"] = "HostKeyPolicy",
        ["ConnectTimeout"] = "ConnectTimeout",
    };

    // Refused by ssh itself from 9.6 on, for these names reach a shell in ProxyCommand and Match exec (CVE-2023-51385).
    private const string ShellCharactersOfHosts = "'`\"$\\;&<>|(){}";
    private const string ShellCharactersOfUsers = "'`\";&<>|(){}";

    private readonly SshConnectionOptions _options;
    private readonly OpenSshProgram _program;
    private readonly string _host;

    /// <summary>Checks the options.</summary>
    /// <param name="options">Where and how to connect.</param>
    /// <param name="program">The <c>ssh</c> that will read the arguments.</param>
    /// <exception cref="SftpException">
    /// Something in them cannot be given to <c>ssh</c> (<see cref="SftpErrorCode.InvalidArgument"/>), or a key file does not
    /// exist (<see cref="SftpErrorCode.NotFound"/>).
    /// </exception>
    public SshArguments(SshConnectionOptions options, OpenSshProgram program)
    {
        _options = options;
        _program = program;
        var host = options.HostName;
        _host = host is ['[', .., ']'] ? host[1..^1] : host;
        HostKeyRules = HostKeyRules.ByPolicy(options);
        ConfigPath = options.SshConfigPath;
        JumpHosts = [.. options.JumpHosts.Select(JumpHost.Parse)];
        CheckNames();
        foreach (var (keyword, value) in options.SshOptions)
            CheckOption(keyword, value);
    }

    /// <summary>What is told about host keys: the policy, until it is known where the keys come from.</summary>
    public HostKeyRules HostKeyRules { get; set; }

    /// <summary>The configuration file: the one given, until one is made for jump hosts. Null for the user's own.</summary>
    public string? ConfigPath { get; set; }

    /// <summary>The socket of the agent that holds <see cref="SshConnectionOptions.PrivateKey"/>; null for none.</summary>
    public string? AgentSocket { get; set; }

    /// <summary>The jump hosts that were given.</summary>
    public IReadOnlyList<JumpHost> JumpHosts { get; }

    /// <summary>Whether <c>ssh</c> may ask for something that we know.</summary>
    public bool HasSecret => _options.Password is not null || _options.KeyPassphrase is not null;

    /// <summary>Whether the user chose ciphers.</summary>
    public bool HasCiphers => IsGiven("Ciphers");

    /// <summary>Whether the log of a command tells if the server reported its exit.</summary>
    public bool LogsExit => _program.HasLogVerbose;

    /// <summary>For <c>ssh -G</c>, which prints the configuration that applies and does nothing else.</summary>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> ForConfiguration() => [.. Target("-G"), "--", _host];

    /// <summary>For the process that carries the session and its first SFTP channel.</summary>
    /// <param name="controlPath">The control socket to listen on; null for none.</param>
    /// <param name="ciphers">The ciphers to ask for; null for what <c>ssh</c> prefers.</param>
    /// <param name="command">What to run where there is no SFTP; null for the SFTP channel.</param>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> ForSession(string? controlPath, string? ciphers, string? command = null) =>
    [
        // DEBUG1 tells the server's version and whether login succeeded; later on it is silent but for channel openings.
        .. Connection(controlPath, "DEBUG1", ciphers),
        .. command is null ? ["-s", "--", _host, "sftp"] : (string[])[.. CommandSession(), "--", _host, command],
    ];

    /// <summary>For a process that carries one more channel to a subsystem.</summary>
    /// <param name="subsystem">Its name.</param>
    /// <param name="ciphers">As for the session.</param>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> ForSubsystem(string subsystem, string? ciphers) =>
        [.. Connection(null, "INFO", ciphers), "-s", "--", _host, subsystem];

    /// <summary>
    /// For a process that hands its standard streams to the session's <c>ssh</c>, which runs one command with them.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="controlPath">The control socket of the session's <c>ssh</c>.</param>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> ForStreamsOfCommand(string command, string controlPath) =>
    [
        "-T", "-F", "none",
        .. Option("LogLevel", "ERROR"),
        .. Option("ControlMaster", "no"),
        .. Option("ControlPath", controlPath),
        .. Option("EscapeChar", "none"),
        .. Option("BatchMode", "yes"),
        // Where the socket is gone it would connect by itself.
        .. Option("ProxyCommand", "false"),
        "--", _host, command,
    ];

    /// <summary>For a process that carries one command.</summary>
    /// <param name="request">The command.</param>
    /// <param name="logPath">Where <c>ssh</c> writes its own messages, apart from the command's error output.</param>
    /// <param name="ciphers">As for the session.</param>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> ForCommand(RemoteCommandRequest request, string logPath, string? ciphers)
    {
        var environment = request.Environment.Select(variable => Quote($"{variable.Key}={variable.Value}", "environment variable"));
        return
        [
            // ERROR keeps the server's banner out of the command's error output.
            .. Connection(null, "ERROR", ciphers),
            "-E", logPath,
            .. LogsExit ? Option("LogVerbose", "clientloop.c:client_input_channel_req():*") : [],
            .. CommandSession(),
            .. request.Environment.Count == 0 ? [] : Option("SetEnv", string.Join(' ', environment)),
            "--", _host, request.Command,
        ];
    }

    /// <summary>A path as the value of an option of <c>ssh_config</c>.</summary>
    /// <param name="path">The path; a leading <c>~</c> is the user's home.</param>
    /// <returns>The quoted value.</returns>
    /// <exception cref="SftpException">The path cannot be written there.</exception>
    internal string QuotePath(string path)
    {
        // ssh expands %tokens and ${VARIABLES} in paths; of the latter there is no way to write one as it stands.
        if (path.Contains("${", StringComparison.Ordinal))
            throw Invalid($"The path '{path}' holds '${{', which ssh would take for a variable.");
        // On Windows a backslash would have to be doubled for some versions and not for others; ssh takes slashes.
        var portable = OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path;
        return Quote(portable.Replace("%", "%%", StringComparison.Ordinal), "path");
    }

    // From 8.7 on a backslash before a backslash escapes it (readconf.c, argv_split); before, none is special.
    private string Quote(string value, string what)
    {
        if (value.AsSpan().ContainsAny('"', '\n', '\r') || value.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid(
                $"The {what} '{TerminalText.Clean(value)}' holds a quotation mark or a line break, which cannot be given to ssh.");
        }

        return $"\"{(_program.HasArgumentEscapes ? value.Replace("\\", "\\\\", StringComparison.Ordinal) : value)}\"";
    }

    // Where -s is not given, which says so itself, and accepts no other.
    private string[] CommandSession() => _program.HasSessionType ? Option("SessionType", "default") : [];

    private static string[] Option(string keyword, string value) => ["-o", $"{keyword}={value}"];

    // Whole seconds, never rounded down to "for ever".
    private static string Seconds(TimeSpan time) =>
        Math.Max(1, (long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static SftpException Invalid(string message) => new(SftpErrorCode.InvalidArgument, message);

    private bool IsGiven(string keyword) =>
        _options.SshOptions.Keys.Any(key => string.Equals(key, keyword, StringComparison.OrdinalIgnoreCase));

    // What decides which host is meant and how it is reached: enough for ssh -G.
    private List<string> Target(string first)
    {
        List<string> arguments = [first];
        if (ConfigPath is { } config)
            arguments.AddRange(["-F", config]);
        if (JumpHosts.Count > 0)
            arguments.AddRange(["-J", string.Join(',', JumpHosts)]);
        if (_options.UserName is { } user)
            arguments.AddRange(["-l", user]);
        if (_options.Port is { } port)
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        foreach (var (keyword, value) in _options.SshOptions)
            arguments.AddRange(Option(keyword, value));
        return arguments;
    }

    private List<string> Connection(string? controlPath, string logLevel, string? ciphers)
    {
        List<string> arguments =
        [
            "-T",
            .. Option("LogLevel", logLevel),
            .. Option("ControlMaster", controlPath is null ? "no" : "yes"),
            .. Option("ControlPath", controlPath ?? "none"),
            .. Option("ControlPersist", "no"),
            .. Option("RemoteCommand", "none"),
            .. Option("RequestTTY", "no"),
            .. Option("EscapeChar", "none"),
            .. Option("PermitLocalCommand", "no"),
            .. Option("Tunnel", "no"),
            // With askpass an unknown host would otherwise be a question, asked again and again.
            .. HostKeyRules.Options(_program, QuotePath).SelectMany(option => Option(option.Keyword, option.Value)),
            .. Option("NumberOfPasswordPrompts", "1"),
            .. Option("BatchMode", HasSecret ? "no" : "yes"),
            .. Option("ConnectTimeout", Seconds(_options.ConnectTimeout)),
        ];
        if (_program.HasSessionType)
        {
            arguments.AddRange(Option("StdinNull", "no"));
            arguments.AddRange(Option("ForkAfterAuthentication", "no"));
        }

        foreach (var key in _options.KeyFilePaths)
            arguments.AddRange(Option("IdentityFile", QuotePath(key)));
        foreach (var certificate in _options.CertificateFilePaths)
            arguments.AddRange(Option("CertificateFile", QuotePath(certificate)));
        if (AgentSocket is { } socket)
        {
            arguments.AddRange(Option("IdentityAgent", QuotePath(socket)));
            // A configuration that says yes would keep the one key that was given from being tried.
            arguments.AddRange(Option("IdentitiesOnly", "no"));
        }

        arguments.AddRange(Target("-x"));
        arguments.AddRange(Defaults(ciphers));
        return arguments;
    }

    private List<string> Defaults(string? ciphers)
    {
        var keepAlive = _options.KeepAliveInterval;
        List<string> arguments =
        [
            .. Option("ClearAllForwardings", "yes"),
            .. Option("ForwardAgent", "no"),
            .. Option("ForwardX11", "no"),
            .. Option("VisualHostKey", "no"),
            .. Option("ServerAliveInterval", keepAlive > TimeSpan.Zero ? Seconds(keepAlive) : "0"),
            .. Option("ServerAliveCountMax", Math.Max(1, _options.KeepAliveCountMax).ToString(CultureInfo.InvariantCulture)),
        ];
        if (ciphers is not null)
            arguments.AddRange(Option("Ciphers", ciphers));
        // Servers allow six tries by default. An agent full of keys would use them up before the key or the password that
        // was given for this host has its turn.
        if (_options.KeyFilePaths.Count > 0)
            arguments.AddRange(Option("IdentitiesOnly", "yes"));
        else if (_options.PrivateKey is null && _options.Password is not null)
            arguments.AddRange(Option(
                "PreferredAuthentications",
                "password,keyboard-interactive,publickey,gssapi-with-mic,hostbased"));
        return arguments;
    }

    private void CheckNames()
    {
        if (_host.Length == 0 || _host[0] == '-')
            throw Invalid($"The host name '{_host}' starts with '-' or is empty.");
        if (_host.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || ShellCharactersOfHosts.Contains(c, StringComparison.Ordinal)))
            throw Invalid($"The host name '{TerminalText.Clean(_host)}' has a character in it that no host name has.");
        if (_options.UserName is { } user
            && (user[0] == '-' || user[^1] == '\\'
                || user.Any(c => char.IsControl(c) || ShellCharactersOfUsers.Contains(c, StringComparison.Ordinal))))
            throw Invalid($"The user name '{TerminalText.Clean(user)}' has a character in it that ssh does not accept.");
        if (_options.Port is < 1 or > 65535)
            throw Invalid($"The port {_options.Port} is not between 1 and 65535.");
        foreach (var key in _options.KeyFilePaths)
            CheckFile(key, "key file", "Give the path of a private key file, such as ~/.ssh/id_ed25519.");
        foreach (var certificate in _options.CertificateFilePaths)
        {
            CheckFile(
                certificate, "certificate file", "Give the path of a certificate for the key, such as ~/.ssh/id_ed25519-cert.pub.");
        }
    }

    // ssh passes over a file that is not there and then says only "Permission denied".
    private static void CheckFile(string path, string what, string advice)
    {
        if (path.StartsWith('~') || File.Exists(path))
            return;
        throw new SftpException(SftpErrorCode.NotFound, $"The {what} '{path}' does not exist.") { Path = path, Advice = advice };
    }

    private void CheckOption(string keyword, string value)
    {
        if (keyword.Length == 0 || !keyword.All(char.IsAsciiLetterOrDigit))
            throw Invalid($"'{TerminalText.Clean(keyword)}' is not a keyword of ssh_config: letters and digits only.");
        if (value.AsSpan().ContainsAny('\n', '\r', '\0'))
            throw Invalid($"The value of the ssh option {keyword} has a line break in it.");
        if (Reserved.Contains(keyword))
            throw Invalid($"The ssh option {keyword} cannot be set: this transport depends on it.");
        if (ByParameter.TryGetValue(keyword, out var parameter))
            throw Invalid($"The ssh option {keyword} cannot be set this way. Use {parameter}.");
        var fixesHostKeys = _options.HostKeyPolicy == HostKeyPolicy.AcceptAny || _options.KnownHostsPath is not null
            || _options.KnownHostKeys is not null || _options.HostKeyFingerprints.Count > 0;
        if (fixesHostKeys && keyword.Contains("KnownHosts", StringComparison.OrdinalIgnoreCase))
            throw Invalid($"The ssh option {keyword} contradicts HostKeyPolicy, KnownHostsPath, KnownHostKeys or HostKeyFingerprints.");
        if (JumpHosts.Count > 0 && keyword.StartsWith("Proxy", StringComparison.OrdinalIgnoreCase))
            throw Invalid($"The ssh option {keyword} contradicts JumpHosts.");
        if (_options.PrivateKey is not null && keyword.Equals("IdentityAgent", StringComparison.OrdinalIgnoreCase))
            throw Invalid("The ssh option IdentityAgent contradicts PrivateKey, which is given to ssh by an agent of its own.");
    }
}
