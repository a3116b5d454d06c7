namespace AcodeSftp.HostKeys;

/// <summary>What known_hosts entries say about a key that a host presents.</summary>
public enum HostKeyStanding
{
    /// <summary>No entry is for the host.</summary>
    Unknown = 0,

    /// <summary>An entry has the key.</summary>
    Known,

    /// <summary>
    /// The key is a certificate that names an authority which an entry trusts for the host. Its signature, dates and
    /// names are not checked by this; see <see cref="SshHostCertificate"/>.
    /// </summary>
    KnownByAuthority,

    /// <summary>Entries are for the host, and none has the key. As with OpenSSH, a key of another type counts.</summary>
    Changed,

    /// <summary>An entry says that the key, or the authority that signed it, must never be accepted.</summary>
    Revoked,
}

/// <summary>What known_hosts entries say about a key that a host presents, and which of them say so.</summary>
/// <param name="Standing">The verdict.</param>
/// <param name="Entries">
/// The entries it rests on: those that have the key, or for <see cref="HostKeyStanding.Changed"/> all that have another.
/// </param>
public sealed record HostKeyJudgement(HostKeyStanding Standing, IReadOnlyList<KnownHostEntry> Entries)
{
    /// <summary>
    /// Judges a key as OpenSSH's client does (<c>check_hostkeys_by_key_or_type</c> and <c>check_host_key</c>): a host on
    /// another port than 22 is looked for as <c>[host]:port</c>, and when that is not found the key may also be the one
    /// known for <c>host</c>. One thing is stricter than in OpenSSH: a key revoked for <c>host</c> is revoked on every
    /// port, where <c>ssh</c> warns and goes on.
    /// </summary>
    /// <param name="entries">The entries of all files.</param>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <param name="key">The key that the host presents.</param>
    /// <returns>The judgement.</returns>
    public static HostKeyJudgement Of(IEnumerable<KnownHostEntry> entries, string host, int port, SshHostKey key)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(key);
        entries = entries as IReadOnlyCollection<KnownHostEntry> ?? [.. entries];
        var judgement = For(entries, KnownHostName.For(host, port), key);
        if (judgement.Standing != HostKeyStanding.Unknown || port == KnownHostName.DefaultPort)
            return judgement;
        var anyPort = For(entries, KnownHostName.Plain(host), key);
        return anyPort.Standing == HostKeyStanding.Changed ? judgement : anyPort;
    }

    private static HostKeyJudgement For(IEnumerable<KnownHostEntry> entries, string name, SshHostKey key)
    {
        name = KnownHostName.ToMatch(name);
        KnownHostEntry[] matching = [.. entries.Where(entry => entry.Matches(name))];
        var judgement = key.Certificate is { } certificate ? OfCertificate(matching, certificate) : OfKey(matching, key);
        KnownHostEntry[] revoked =
            [.. matching.Where(entry => entry.Marker == KnownHostMarker.Revoked && IsOf(entry.Key, key))];
        return revoked.Length > 0 ? new HostKeyJudgement(HostKeyStanding.Revoked, revoked) : judgement;
    }

    private static bool IsOf(SshHostKey entry, SshHostKey key) =>
        entry.EqualsPlain(key) || (key.Certificate is { } certificate && entry.EqualsPlain(certificate.AuthorityKey));

    private static HostKeyJudgement OfKey(KnownHostEntry[] matching, SshHostKey key)
    {
        KnownHostEntry[] plain = [.. matching.Where(entry => entry.Marker == KnownHostMarker.None)];
        KnownHostEntry[] same = [.. plain.Where(entry => entry.Key.Equals(key))];
        if (same.Length > 0)
            return new HostKeyJudgement(HostKeyStanding.Known, same);

        // A line with a type of key that OpenSSH does not know is no line to it, and so cannot contradict a key.
        KnownHostEntry[] others = [.. plain.Where(entry => entry.Key.HasKnownType)];
        return new HostKeyJudgement(others.Length > 0 ? HostKeyStanding.Changed : HostKeyStanding.Unknown, others);
    }

    // A certificate whose authority is not trusted is worth what the plain key in it is worth.
    private static HostKeyJudgement OfCertificate(KnownHostEntry[] matching, SshHostCertificate certificate)
    {
        KnownHostEntry[] authorities =
        [
            .. matching.Where(entry => entry.Marker == KnownHostMarker.CertificateAuthority
                && entry.Key.EqualsPlain(certificate.AuthorityKey)),
        ];
        return authorities.Length > 0
            ? new HostKeyJudgement(HostKeyStanding.KnownByAuthority, authorities)
            : OfKey(matching, certificate.PlainKey);
    }
}
