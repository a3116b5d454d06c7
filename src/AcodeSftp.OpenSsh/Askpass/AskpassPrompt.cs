using System.Text.RegularExpressions;

namespace AcodeSftp.OpenSsh.Askpass;

/// <summary>What <c>ssh</c> may be told.</summary>
internal enum AskpassSecret
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The account's password.</summary>
    Password,

    /// <summary>The passphrase of a key file.</summary>
    Passphrase,
}

/// <summary>
/// Decides what a prompt of <c>ssh</c> is answered with. Only what is plainly a question for a secret that was given for
/// this very thing gets an answer: never a question about a host key, never a one-time code, never the prompt of a jump
/// host, and never the same prompt twice, for that means that the answer was wrong; but the passphrase of a key file is told
/// to each <c>ssh</c> on the way.
/// </summary>
internal sealed partial class AskpassPrompt
{
    /// <summary>
    /// How many prompts are listened to at all. Some prompts of <c>ssh</c> come back for as long as they are not answered.
    /// </summary>
    public const int MaxPrompts = 16;

    // The password method and keyboard-interactive may ask for the same password in different words.
    private const int MaxPasswordAnswers = 2;

    private readonly string _user;
    private readonly IReadOnlyList<string> _hosts;
    private readonly IReadOnlyList<string> _keyFiles;
    private readonly int _logins;
    private readonly bool _isForAgent;
    private readonly Dictionary<string, int> _answered = new(StringComparer.Ordinal);
    private int _passwordAnswers;

    /// <summary>Prepares for one login.</summary>
    /// <param name="user">The account.</param>
    /// <param name="hosts">The names that <c>ssh</c> may call the host by: as given, as resolved, its HostKeyAlias.</param>
    /// <param name="keyFiles">The key files the passphrase is for; empty for any.</param>
    /// <param name="logins">How many hosts are logged in to on the way, the target among them.</param>
    public AskpassPrompt(string user, IReadOnlyList<string> hosts, IReadOnlyList<string> keyFiles, int logins = 1)
    {
        _logins = logins;
        _user = user;
        _hosts = hosts;
        _keyFiles = keyFiles;
    }

    private AskpassPrompt()
        : this("", [], []) => _isForAgent = true;

    /// <summary>How many prompts came.</summary>
    public int Prompts { get; private set; }

    /// <summary>Prepares for one <c>ssh-add</c> that reads a key from its standard input.</summary>
    /// <returns>The decider.</returns>
    public static AskpassPrompt ForAgent() => new();

    /// <summary>Decides.</summary>
    /// <param name="kind">The value of SSH_ASKPASS_PROMPT: empty where a secret is asked for.</param>
    /// <param name="text">The prompt.</param>
    /// <returns>What to answer.</returns>
    public AskpassSecret Decide(string kind, string text)
    {
        if (++Prompts > MaxPrompts || kind.Length > 0)
            return AskpassSecret.None;
        var secret = Classify(text);
        if (secret == AskpassSecret.None)
            return AskpassSecret.None;
        var answers = _answered[text] = _answered.GetValueOrDefault(text) + 1;
        if (answers > (secret == AskpassSecret.Passphrase ? _logins : 1))
            return AskpassSecret.None;
        return secret == AskpassSecret.Password && ++_passwordAnswers > MaxPasswordAnswers ? AskpassSecret.None : secret;
    }

    private AskpassSecret Classify(string text)
    {
        if (_isForAgent)
            return AgentPattern().IsMatch(text) ? AskpassSecret.Passphrase : AskpassSecret.None;
        // Texts of the server begin with "(user@host) " (sshconnect2.c, from OpenSSH 8.5 on), so one that does not cannot
        // pass for a question about a key file; before that, the name of the key file keeps a server from guessing.
        if (PassphrasePattern().Match(text) is { Success: true } passphrase)
        {
            var file = passphrase.Groups[1].Value;
            return _keyFiles.Count == 0 || _keyFiles.Any(known => IsSameFile(known, file))
                ? AskpassSecret.Passphrase
                : AskpassSecret.None;
        }

        if (PasswordPattern().Match(text) is { Success: true } password)
            return IsOurs(password.Groups[1].Value) ? AskpassSecret.Password : AskpassSecret.None;
        if (ServerPattern().Match(text) is { Success: true } server)
        {
            return IsOurs(server.Groups[1].Value) && AsksForPassword(server.Groups[2].Value)
                ? AskpassSecret.Password
                : AskpassSecret.None;
        }

        // Keyboard-interactive of OpenSSH 8.4, without the prefix.
        return !text.Contains('@', StringComparison.Ordinal) && AsksForPassword(text) ? AskpassSecret.Password : AskpassSecret.None;
    }

    private static bool AsksForPassword(string text) =>
        PasswordWord().IsMatch(text) && !OtherSecret().IsMatch(text);

    private bool IsOurs(string account) => _hosts.Any(host => IsTruncatedBy(account, host));

    // The prompt shows at most 30 characters of the user's name and 128 of the host's.
    private bool IsTruncatedBy(string account, string host) =>
        string.Equals(account, $"{_user}@{host}", StringComparison.OrdinalIgnoreCase)
        || string.Equals(account, $"{Head(_user, 30)}@{Head(host, 128)}", StringComparison.OrdinalIgnoreCase);

    private static string Head(string text, int length) => text.Length <= length ? text : text[..length];

    // ssh shows at most 100 characters of a key file's path.
    private static bool IsSameFile(string known, string shown)
    {
        var full = known.StartsWith("~/", StringComparison.Ordinal)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), known[2..])
            : known;
        return string.Equals(Head(full, 100), shown, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^Enter passphrase for key '(.+?)':? ?$", RegexOptions.CultureInvariant)]
    private static partial Regex PassphrasePattern();

    [GeneratedRegex(@"^Enter passphrase for \(stdin\):? *$", RegexOptions.CultureInvariant)]
    private static partial Regex AgentPattern();

    [GeneratedRegex(@"^(\S+@\S+?)'s password: ?$", RegexOptions.CultureInvariant)]
    private static partial Regex PasswordPattern();

    [GeneratedRegex(@"^\((\S+@\S+)\) (.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ServerPattern();

    [GeneratedRegex(
        "password|passwort|mot de passe|contraseña|senha|パスワード|密码",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PasswordWord();

    [GeneratedRegex(
        @"new password|retype|again|one[- ]time|otp|token|code|pin\b|passphrase|yes/no|fingerprint|current password|change",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OtherSecret();
}
