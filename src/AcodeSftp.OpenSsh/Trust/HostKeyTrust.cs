using System.Globalization;
using System.Text.RegularExpressions;
using AcodeSftp.Connections;
using AcodeSftp.HostKeys;

namespace AcodeSftp.OpenSsh.Trust;

/// <summary>
/// Which host keys one connection accepts, and why it did not. <c>ssh</c> does all the checking: given keys (SFTP-007) reach
/// it as a known_hosts file of its own, pinned fingerprints by a command that vouches for keys with such a fingerprint only.
/// </summary>
internal sealed partial class HostKeyTrust
{
    private const string FileName = "known_hosts";
    private const string PinScriptName = "pins";

    private readonly SshConnectionOptions _options;
    private readonly SshTarget _target;
    private readonly ResolvedKnownHosts _known;
    private readonly IReadOnlyList<string> _pins;
    private readonly string _file;
    private bool _hasScanned;

    private HostKeyTrust(
        SshConnectionOptions options, SshTarget target, string directory, ResolvedKnownHosts known, IReadOnlyList<string> pins)
    {
        (_options, _target, _known, _pins) = (options, target, known, pins);
        _file = Path.Combine(directory, FileName);
        Rules = JumpRules = HostKeyRules.ByPolicy(options);
    }

    /// <summary>What is told to the <c>ssh</c> of the target.</summary>
    public HostKeyRules Rules { get; private set; }

    /// <summary>What is told to those of the jump hosts: the same without the pins, which are for the target.</summary>
    public HostKeyRules JumpRules { get; private set; }

    // The name that ssh looks for in known_hosts; an alias goes without a port.
    private (string Name, int Port) KnownAs => _target.HostKeyAlias is { } alias ? (alias, 22) : (_target.HostName, _target.Port);

    /// <summary>Finds the keys, and writes them where <c>ssh</c> reads them.</summary>
    /// <param name="options">Where and how to connect.</param>
    /// <param name="program">The <c>ssh</c> that will check.</param>
    /// <param name="target">What its configuration makes of the options.</param>
    /// <param name="directory">The connection's private directory.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is trusted.</returns>
    /// <exception cref="SftpException">
    /// A text of keys or a fingerprint is none (<see cref="SftpErrorCode.InvalidArgument"/>); or this <c>ssh</c> cannot check
    /// pins here (<see cref="SftpErrorCode.Unsupported"/>).
    /// </exception>
    public static async Task<HostKeyTrust> PrepareAsync(
        SshConnectionOptions options,
        OpenSshProgram program,
        SshTarget target,
        string directory,
        Func<string, string?> environment,
        CancellationToken cancellationToken)
    {
        string[] pins = [.. options.HostKeyFingerprints.Select(SshHostKey.NormalizeFingerprint).Distinct(StringComparer.Ordinal)];
        var source = new KnownHostKeysSource
        {
            Parameter = options.KnownHostKeys,
            SessionConfiguration = options.ConfiguredKnownHostKeys,
            KnownHostsPath = options.KnownHostsPath,
            Environment = environment,
        };
        if (target.UserKnownHostsFiles.Count > 0)
            source = source with { UserFiles = target.UserKnownHostsFiles, GlobalFiles = target.GlobalKnownHostsFiles };
        var trust = new HostKeyTrust(options, target, directory, source.Resolve(), pins);
        if (pins.Length == 0 && options.HostKeyPolicy == HostKeyPolicy.AcceptAny)
            return trust;
        if (trust._known.Lines is not null && options.HostKeyPolicy != HostKeyPolicy.AcceptAny)
            trust.UseLines();
        if (pins.Length > 0)
            await trust.UsePinsAsync(program, directory, cancellationToken).ConfigureAwait(false);
        return trust;
    }

    /// <summary>
    /// After a rejection: asks the server for its other host keys, of which one may be pinned. <c>ssh</c> cannot know which
    /// type of key a pin is for, and so may have asked for another.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether there is a pinned one; <see cref="Rules"/> then ask for it.</returns>
    public async Task<bool> TryOtherKeysAsync(CancellationToken cancellationToken)
    {
        if (_pins.Count == 0 || _target.HasProxy || _hasScanned)
            return false;
        try
        {
            return await ScanAsync(cancellationToken).ConfigureAwait(false) is null;
        }
        catch (SftpException)
        {
            // The rejection says more than that the question about other keys went unanswered.
            return false;
        }
    }

    /// <summary>Explains why the target's key was rejected.</summary>
    /// <param name="log">What <c>ssh</c> wrote.</param>
    /// <returns>The error; null where it was not about the target's key, or not enough is known.</returns>
    public SftpException? Explain(SshLog log)
    {
        var text = log.Text;
        if (log.IsAuthenticated || log.HostKey?.Split(' ') is not [var type, var fingerprint]
            || !text.Contains("Host key verification failed", StringComparison.Ordinal))
            return null;
        try
        {
            var key = new PresentedHostKey(TerminalText.Clean(type), TerminalText.Clean(fingerprint), null);
            if (text.Contains("REVOKED HOST KEY", StringComparison.Ordinal))
                return Revoked(key);
            if (_pins.Count > 0)
                return Messages(key, HostKeyStanding.Unknown, []).NotPinned(_pins);
            if (text.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal))
                return Changed(key, text);
            return text.Contains("host key is known for", StringComparison.Ordinal)
                ? Messages(key, HostKeyStanding.Unknown, []).Unknown(_known.Load())
                : null;
        }
        catch (SftpException)
        {
            // A file of keys that ssh read and we cannot: what ssh itself said must do.
            return null;
        }
    }

    private void UseLines()
    {
        File.WriteAllLines(_file, _known.Lines!);
        Rules = JumpRules = new HostKeyRules("yes") { UserFile = _file, IsWhole = true };
    }

    private async Task UsePinsAsync(OpenSshProgram program, string directory, CancellationToken cancellationToken)
    {
        var script = Path.Combine(directory, PinScriptName);
        if (program.HasKnownHostsCommand && !OperatingSystem.IsWindows())
        {
            var file = Path.Combine(directory, "revoked_hosts");
            File.WriteAllLines(file, RevokedLines());
            // Fingerprints are letters, digits, '+' and '/': nothing of theirs means anything to the shell.
            File.WriteAllText(script, $"case $1 in {string.Join('|', _pins)}) printf '* %s %s\\n' \"$2\" \"$3\";; esac\nexit 0\n");
            Rules = new HostKeyRules("yes") { UserFile = file, IsWhole = true, Command = $"/bin/sh {script} %f %t %K" };
            return;
        }

        if (_target.HasProxy)
        {
            throw new SftpException(
                SftpErrorCode.Unsupported,
                $"The fingerprint of {_options.HostName}'s host key cannot be checked by {program.VersionText} through a jump host.")
            {
                Host = _options.HostName,
                Advice = "Give the key itself with -KnownHostKey, or install OpenSSH 8.5 or later.",
            };
        }

        if (await ScanAsync(cancellationToken).ConfigureAwait(false) is { } presented)
            throw Messages(PresentedHostKey.Of(presented), HostKeyStanding.Unknown, []).NotPinned(_pins);
    }

    // What was scanned proves nothing; but ssh is told to accept nothing else, and checks that the server holds the key.
    private async Task<SshHostKey?> ScanAsync(CancellationToken cancellationToken)
    {
        _hasScanned = true;
        var keys = await new HostKeyScanner()
            .ScanAsync(_target.HostName, _target.Port, _options.ConnectTimeout, null, cancellationToken)
            .ConfigureAwait(false);
        SshHostKey[] pinned = [.. keys.Where(key => _pins.Contains(key.Fingerprint, StringComparer.Ordinal))];
        if (pinned.Length == 0)
            return keys[0];
        var file = _file + ".pinned";
        File.WriteAllLines(file, [.. RevokedLines(), .. pinned.Select(key => $"* {key.KeyText}")]);
        Rules = new HostKeyRules("yes") { UserFile = file, IsWhole = true };
        return null;
    }

    // Not even a pin makes a revoked key good.
    private IEnumerable<string> RevokedLines() => _known.Load()
        .Where(entry => entry.Marker == KnownHostMarker.Revoked)
        .Select(entry => $"@revoked {entry.HostNames} {entry.Key.KeyText}");

    private SftpException? Revoked(PresentedHostKey key)
    {
        KnownHostEntry[] entries =
        [
            .. _known.Load().Where(entry => entry.Marker == KnownHostMarker.Revoked && entry.Key.Fingerprint == key.Fingerprint),
        ];
        return entries.Length == 0 ? null : Messages(key, HostKeyStanding.Revoked, entries).Revoked();
    }

    private SftpException? Changed(PresentedHostKey key, string text)
    {
        var match = OffendingLine().Match(text);
        if (!match.Success)
            return null;
        var path = match.Groups[1].Value;
        var number = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        // Of a text that was given, each key has become one line of our file.
        var entry = path == _file && _known.Lines is not null
            ? _known.Load().ElementAtOrDefault(number - 1)
            : KnownHostsFile.Load(path).Entries.FirstOrDefault(candidate => candidate.LineNumber == number);
        return entry is null ? null : Messages(key, HostKeyStanding.Changed, [entry]).Changed();
    }

    private HostKeyMessages Messages(PresentedHostKey key, HostKeyStanding standing, IReadOnlyList<KnownHostEntry> entries) =>
        new(KnownAs.Name, KnownAs.Port, key, new HostKeyJudgement(standing, entries), _known);

    [GeneratedRegex(@"^Offending \S+ key in (.+):(\d{1,9})\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex OffendingLine();
}
