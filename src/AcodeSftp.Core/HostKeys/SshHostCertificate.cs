namespace AcodeSftp.HostKeys;

/// <summary>
/// What a host certificate says (OpenSSH's PROTOCOL.certkeys). It is read, not verified: that the authority did sign it
/// has to be checked by whoever has the cryptography, before anything here is believed.
/// </summary>
public sealed class SshHostCertificate
{
    internal SshHostCertificate()
    {
    }

    /// <summary>The key that the certificate is about.</summary>
    public required SshHostKey PlainKey { get; init; }

    /// <summary>The key that the certificate claims to be signed with.</summary>
    public required SshHostKey AuthorityKey { get; init; }

    /// <summary>True for a host's certificate, false for a user's.</summary>
    public required bool IsHostCertificate { get; init; }

    /// <summary>The authority's serial number.</summary>
    public required ulong Serial { get; init; }

    /// <summary>The authority's name for the certificate, as the server sent it.</summary>
    public required string KeyId { get; init; }

    /// <summary>The host names that the certificate is for; <c>*</c> and <c>?</c> in them are wildcards.</summary>
    public required IReadOnlyList<string> Principals { get; init; }

    /// <summary>First moment of validity, in seconds since 1970-01-01 UTC.</summary>
    public required ulong ValidAfter { get; init; }

    /// <summary>First moment after the validity, in seconds since 1970-01-01 UTC; the greatest number means for ever.</summary>
    public required ulong ValidBefore { get; init; }

    internal bool HasCriticalOptions { get; init; }

    /// <summary>
    /// Why the certificate does not speak for a host at a moment, apart from its signature: the checks of OpenSSH's
    /// <c>sshkey_cert_check_host</c>.
    /// </summary>
    /// <param name="host">The host's name, without a port.</param>
    /// <param name="now">The moment.</param>
    /// <returns>The reason, or null when the certificate is good for the host.</returns>
    public string? ProblemFor(string host, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (!IsHostCertificate)
            return "it is a user's certificate, not a host's";
        var seconds = (ulong)Math.Max(0, now.ToUnixTimeSeconds());
        if (seconds < ValidAfter)
            return "it is not valid yet";
        if (seconds >= ValidBefore)
            return "it has expired";
        if (Principals.Count == 0)
            return "it names no host";
        var name = KnownHostName.ToMatch(KnownHostName.Plain(host));
        if (!Principals.Any(principal => HostPatternList.MatchesPattern(name, KnownHostName.ToMatch(principal))))
            return "it is for other hosts";
        return HasCriticalOptions ? "it has critical options that are not supported" : null;
    }
}
