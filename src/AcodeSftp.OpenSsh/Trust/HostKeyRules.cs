using AcodeSftp.Connections;

namespace AcodeSftp.OpenSsh.Trust;

/// <summary>What <c>ssh</c> is told about host keys.</summary>
/// <param name="Checking">The value of StrictHostKeyChecking.</param>
internal sealed record HostKeyRules(string Checking)
{
    /// <summary>The file that takes the place of the user's own; null for those.</summary>
    public string? UserFile { get; init; }

    /// <summary>Whether the file is all there is: the machine's files and every other source of trust are off.</summary>
    public bool IsWhole { get; init; }

    /// <summary>A command that vouches for keys (KnownHostsCommand), from OpenSSH 8.5 on; null for none.</summary>
    public string? Command { get; init; }

    /// <summary>What the policy and the given file make of it.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The rules.</returns>
    public static HostKeyRules ByPolicy(SshConnectionOptions options) => options.HostKeyPolicy switch
    {
        // With a known key that differs ssh would go on, but refuse to send passwords.
        HostKeyPolicy.AcceptAny => new HostKeyRules("no") { UserFile = "/dev/null", IsWhole = true },
        HostKeyPolicy.TrustOnFirstUse => new HostKeyRules("accept-new") { UserFile = options.KnownHostsPath },
        _ => new HostKeyRules("yes") { UserFile = options.KnownHostsPath },
    };

    /// <summary>The options that say so, as keyword and value.</summary>
    /// <param name="program">The <c>ssh</c> that will read them.</param>
    /// <param name="quote">Quotes a path.</param>
    /// <returns>The options.</returns>
    public IEnumerable<(string Keyword, string Value)> Options(OpenSshProgram program, Func<string, string> quote)
    {
        yield return ("StrictHostKeyChecking", Checking);
        if (UserFile is { } file)
            yield return ("UserKnownHostsFile", file == "/dev/null" ? file : quote(file));
        if (!IsWhole)
            yield break;
        yield return ("GlobalKnownHostsFile", "/dev/null");
        if (Checking != "yes")
            yield break;
        // The user's configuration may trust in other ways, and these would undercut what was given for this connection.
        yield return ("VerifyHostKeyDNS", "no");
        yield return ("NoHostAuthenticationForLocalhost", "no");
        yield return ("CheckHostIP", "no");
        yield return ("UpdateHostKeys", "no");
        if (program.HasKnownHostsCommand)
            yield return ("KnownHostsCommand", Command ?? "none");
    }
}
