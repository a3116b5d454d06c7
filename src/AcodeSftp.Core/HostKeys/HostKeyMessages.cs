using System.Globalization;

namespace AcodeSftp.HostKeys;

/// <summary>The key that a server presented, as far as the transport knows it.</summary>
/// <param name="Type">Its type, such as <c>ssh-ed25519</c>.</param>
/// <param name="Fingerprint">Its fingerprint, as <c>SHA256:…</c>.</param>
/// <param name="KeyText">Its type and the key in base64; null where the transport tells only the fingerprint.</param>
internal sealed record PresentedHostKey(string Type, string Fingerprint, string? KeyText)
{
    public static PresentedHostKey Of(SshHostKey key) => new(key.Type, key.Fingerprint, key.KeyText);
}

/// <summary>
/// What a person is told about a server's key: which it is, what was expected, where that is written, and the remedy.
/// </summary>
internal sealed class HostKeyMessages(
    string host, int port, PresentedHostKey key, HostKeyJudgement judgement, ResolvedKnownHosts known)
{
    private string Server => TerminalText.Clean(
        host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]:{port}" : $"{host}:{port}");

    private string Presented => $"It presented {key.Type} {key.Fingerprint}";

    public SftpException Changed() => Rejected(
        $"The host key of {Server} has changed. {Presented}; known is {Expected()}. "
        + "Either the server was set up anew, or someone is between you and it.",
        $"Compare the new fingerprint with the server's own ({OnServer()}). If it is genuine: {Remedy()}");

    public SftpException Revoked() => Rejected(
        $"The host key of {Server} is revoked. {Presented}, which must not be accepted according to {Locations()}.",
        "Do not connect. The key is known to be stolen or was withdrawn: ask the server's administrator for a new host key.");

    public SftpException NotPinned(IReadOnlyList<string> pins) => Rejected(
        $"The host key of {Server} is not the one asked for. {Presented}; asked for with -HostKeyFingerprint is "
        + $"{string.Join(" or ", pins)}.",
        $"Compare the presented fingerprint with the server's own ({OnServer()}). If it is genuine, give it: "
        + $"-HostKeyFingerprint '{key.Fingerprint}'.");

    public SftpException Unknown(IReadOnlyList<KnownHostEntry> entries)
    {
        var authority = entries.FirstOrDefault(entry =>
            entry.Marker == KnownHostMarker.CertificateAuthority && (entry.IsFor(host, port) || entry.IsFor(host)));
        var expected = authority is null
            ? "no key is known for it"
            : $"expected is a certificate of the authority {authority.Key.Fingerprint} in {authority.Location}";
        var remedy = known.SaveFile is null
            ? $"add '{KnownHostName.For(host, port)} {key.KeyText ?? key.Type + " <key>"}' to {known.Description}, "
                + "from which the known keys are taken."
            : "connect once with -HostKeyPolicy TrustOnFirstUse, which writes it down, "
                + $"or give -HostKeyFingerprint '{key.Fingerprint}'.";
        return Rejected(
            $"The host key of {Server} is unknown. {Presented}; {expected} in {TerminalText.Clean(known.Description)}.",
            $"Compare the fingerprint with the server's own ({OnServer()}). If it is genuine: {TerminalText.Clean(remedy)}");
    }

    public string Saving() =>
        $"The host key of {Server} was not known and is now trusted: {key.Type} {key.Fingerprint}, "
        + $"written to {TerminalText.Clean(known.SaveFile!)}.";

    public string AcceptedUnseen() => judgement.Standing switch
    {
        HostKeyStanding.Changed => $"The host key of {Server} has changed and is accepted only because the policy is AcceptAny. "
            + $"{Presented}; known is {Expected()}.",
        HostKeyStanding.Revoked => $"The host key of {Server} is revoked and is accepted only because the policy is AcceptAny. "
            + $"{Presented}, which must not be accepted according to {Locations()}.",
        _ => $"The host key of {Server} is accepted without being checked, because the policy is AcceptAny. {Presented}.",
    };

    private SftpException Rejected(string message, string advice) =>
        new(SftpErrorCode.HostKeyRejected, message) { Host = host, Advice = advice };

    private string Expected() => string.Join(
        " or ", judgement.Entries.Select(entry => $"{entry.Key.Type} {entry.Key.Fingerprint} ({Place(entry)})"));

    private string Locations() => string.Join(" and ", judgement.Entries.Select(Place));

    private static string Place(KnownHostEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Clean(entry.Source)}, line {entry.LineNumber}");

    private string OnServer() => $"on it, run: ssh-keygen -lf /etc/ssh/ssh_host_{FileNameOfType()}_key.pub";

    private string FileNameOfType() => key.Type switch
    {
        "ssh-rsa" => "rsa",
        "ssh-dss" => "dsa",
        _ when key.Type.StartsWith("ecdsa-", StringComparison.Ordinal) => "ecdsa",
        _ => "ed25519",
    };

    // The commands that take the old key away, for each file that has it and that the user may be expected to change.
    private string Remedy()
    {
        if (known.SaveFile is null)
            return $"put it in place of the old one in {TerminalText.Clean(known.Description)}.";
        var steps = judgement.Entries.Select(entry => entry.Source).Distinct(StringComparer.Ordinal).Select(RemedyFor);
        return string.Join("; ", steps) + "; then connect with -HostKeyPolicy TrustOnFirstUse.";
    }

    private string RemedyFor(string file)
    {
        if (!known.UserFiles.Contains(file, StringComparer.Ordinal))
            return $"have the administrator correct {string.Join(", ", LinesIn(file))}";
        var isDefault = file == KnownHostsFile.UserFiles[0];
        var cmdlet = string.Create(CultureInfo.InvariantCulture, $"Remove-SshKnownHost -HostName {Quote(host)} -Port {port}");
        var keygen = $"ssh-keygen -R {Quote(KnownHostName.For(host, port))}";
        return isDefault
            ? $"{cmdlet} (or: {keygen})"
            : $"{cmdlet} -KnownHostsPath {Quote(file)} (or: {keygen} -f {Quote(file)})";
    }

    private IEnumerable<string> LinesIn(string file) =>
        judgement.Entries.Where(entry => entry.Source == file).Select(Place);

    private static string Quote(string text)
    {
        text = TerminalText.Clean(text);
        return text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or ':') ? text
            : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }
}
