using System.Text.RegularExpressions;

namespace AcodeSftp.OpenSsh;

/// <summary>What is known of a failed <c>ssh</c>.</summary>
/// <param name="Host">The host, as the user named it.</param>
/// <param name="Text">What <c>ssh</c> wrote, without debug messages.</param>
internal sealed record SshFailure(string Host, string Text)
{
    /// <summary>What to call the host in messages; null for its name.</summary>
    public string? Subject { get; init; }

    /// <summary>Whether the target was not reached yet, and what failed is on the way to it.</summary>
    public bool IsOnTheWay { get; init; }

    /// <summary>Whether login had succeeded.</summary>
    public bool WasAuthenticated { get; init; }

    /// <summary>Whether a password was given.</summary>
    public bool HadPassword { get; init; }

    /// <summary>Whether a passphrase was given.</summary>
    public bool HadPassphrase { get; init; }

    /// <summary>The key file that the server would have taken, had <c>ssh</c> been able to sign with it; null for none.</summary>
    public string? AcceptedKey { get; init; }

    /// <summary>The server's host key as <c>type SHA256:fingerprint</c>, or null.</summary>
    public string? HostKey { get; init; }

    /// <summary>How the process ended, in words; null where it still runs.</summary>
    public string? Exit { get; init; }
}

/// <summary>
/// Turns the messages of <c>ssh</c> into errors. They are always English, but for the tail that the C library adds, because
/// <c>ssh</c> takes nothing from the locale but the character set; so their heads are matched.
/// </summary>
internal static partial class SshDiagnostics
{
    private const string MayBeFull =
        "The server may allow fewer connections at once (MaxStartups), or have blocked this address for a while "
        + "(PerSourcePenalties, fail2ban, hosts.deny).";

    /// <summary>Finds the cause.</summary>
    /// <param name="failure">What is known.</param>
    /// <returns>The error. It names the host, and says what to do where that is known.</returns>
    public static SftpException Explain(SshFailure failure)
    {
        foreach (var rule in Rules)
        {
            var match = rule.Pattern.Match(failure.Text);
            if (match.Success && (rule.When is null || rule.When(failure)))
                return rule.ToException(failure, match);
        }

        var lastWords = LastWords(failure.Text);
        var ending = failure.Exit is { } exit ? $"ssh ended with {exit}" : "ssh closed the connection";
        return failure.WasAuthenticated
            ? Error(SftpErrorCode.ConnectionLost, $"The connection to {failure.Host} was lost: {lastWords ?? ending}.")
            : Error(SftpErrorCode.Unavailable, $"No connection to {failure.Host}: {lastWords ?? ending}.");

        SftpException Error(SftpErrorCode code, string message) => new(code, message) { Host = failure.Host };
    }

    /// <summary>The last line of what <c>ssh</c> wrote, safe to print; null where it wrote nothing.</summary>
    /// <param name="text">What it wrote.</param>
    /// <returns>The line, without a full stop.</returns>
    public static string? LastWords(string text)
    {
        var line = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        return line is null ? null : TerminalText.Clean(line).TrimEnd('.');
    }

    private static string Fingerprint(SshFailure failure) =>
        failure.HostKey is { } key ? $" It shows {TerminalText.Clean(key)}." : "";

    /// <summary>One kind of message.</summary>
    /// <param name="Expression">What it looks like; <c>^</c> and <c>$</c> are those of lines.</param>
    /// <param name="Code">What it means.</param>
    /// <param name="Message">The message; <c>{0}</c> is the host, <c>{1}</c> and so on are groups of the expression.</param>
    private sealed record Rule(string Expression, SftpErrorCode Code, string Message)
    {
        /// <summary>What to do; may hold the same placeholders.</summary>
        public string? Advice { get; init; }

        /// <summary>Whether trying again is pointless although the code says otherwise.</summary>
        public bool IsPermanent { get; init; }

        /// <summary>When it applies; null for always.</summary>
        public Func<SshFailure, bool>? When { get; init; }

        /// <summary>Adds to the message; null for nothing.</summary>
        public Func<SshFailure, string>? Suffix { get; init; }

        public Regex Pattern { get; } = new(Expression, RegexOptions.Multiline | RegexOptions.CultureInvariant);

        public SftpException ToException(SshFailure failure, Match match)
        {
            var message = Fill(Message);
            // A host's name is not changed, but words in place of it begin a sentence.
            if (failure.Subject is not null && Message.StartsWith("{0}", StringComparison.Ordinal))
                message = char.ToUpperInvariant(message[0]) + message[1..];
            return new SftpException(Code, message + Suffix?.Invoke(failure))
            {
                Host = failure.Host,
                Advice = Advice is null ? null : Fill(Advice),
                IsTransientOverride = IsPermanent ? false : null,
            };

            string Fill(string template) => Placeholder().Replace(template, placeholder => TerminalText.Clean(
                placeholder.Value[1] is '0' ? failure.Subject ?? failure.Host : match.Groups[placeholder.Value[1] - '0'].Value.TrimEnd('.', ' ')));
        }
    }

    [GeneratedRegex(@"\{[0-9]\}")]
    private static partial Regex Placeholder();
}
