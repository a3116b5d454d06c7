using AcodeSftp.Connections;

namespace AcodeSftp.HostKeys;

/// <summary>
/// Decides whether a server's key is accepted (SFTP-006), for transports that have the key in hand. What is decided on:
/// fingerprints that were pinned, if any; otherwise the known keys and the policy. A revoked key is accepted by
/// <see cref="HostKeyPolicy.AcceptAny"/> only, and never where a fingerprint is pinned.
/// </summary>
public sealed class HostKeyVerifier
{
    private readonly HostKeyPolicy _policy;
    private readonly ResolvedKnownHosts _known;
    private readonly IReadOnlyList<string> _pins;
    private readonly TimeProvider _clock;

    /// <summary>Creates a verifier.</summary>
    /// <param name="policy">What to do with keys that are not known.</param>
    /// <param name="known">Where the known keys come from.</param>
    /// <param name="fingerprints">
    /// Fingerprints of the only keys to accept, each <c>SHA256:</c> and 43 characters; none to go by the known keys.
    /// </param>
    /// <param name="clock">Tells whether a certificate is valid; null for the system's clock.</param>
    /// <exception cref="SftpException">A fingerprint is none (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public HostKeyVerifier(
        HostKeyPolicy policy, ResolvedKnownHosts known, IEnumerable<string>? fingerprints = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(known);
        _policy = policy;
        _known = known;
        _pins = [.. (fingerprints ?? []).Select(SshHostKey.NormalizeFingerprint).Distinct(StringComparer.Ordinal)];
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>Decides on a key. Nothing is written; see <see cref="Save"/>.</summary>
    /// <param name="host">Host name or address, as the user gave it.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <param name="key">The key or certificate that the server proved to hold.</param>
    /// <param name="isCertificateVerified">
    /// Whether the transport checked the authority's signature on the certificate. A certificate without this counts for no
    /// more than the plain key in it.
    /// </param>
    /// <returns>The decision.</returns>
    /// <exception cref="SftpException">A file of known keys is there and cannot be read.</exception>
    public HostKeyDecision Decide(string host, int port, SshHostKey key, bool isCertificateVerified = false)
    {
        ArgumentNullException.ThrowIfNull(key);
        var entries = LoadEntries();
        var judgement = HostKeyJudgement.Of(entries, host, port, key);
        if (judgement.Standing == HostKeyStanding.KnownByAuthority
            && (!isCertificateVerified || key.Certificate!.ProblemFor(host, _clock.GetUtcNow()) is not null))
        {
            key = key.Certificate!.PlainKey;
            judgement = HostKeyJudgement.Of(entries, host, port, key);
        }

        var messages = new HostKeyMessages(host, port, PresentedHostKey.Of(key), judgement, _known);
        var isUnknown = judgement.Standing == HostKeyStanding.Unknown;
        if (_pins.Count > 0)
        {
            if (judgement.Standing == HostKeyStanding.Revoked)
                return Reject(messages.Revoked());
            if (!_pins.Contains(key.Fingerprint, StringComparer.Ordinal))
                return Reject(messages.NotPinned(_pins));
            return Accept(isUnknown && _policy == HostKeyPolicy.TrustOnFirstUse && _known.SaveFile is not null);
        }

        if (_policy == HostKeyPolicy.AcceptAny)
            return new HostKeyDecision(HostKeyAction.Accept, judgement) { Warning = messages.AcceptedUnseen() };
        return judgement.Standing switch
        {
            HostKeyStanding.Known or HostKeyStanding.KnownByAuthority => Accept(save: false),
            HostKeyStanding.Revoked => Reject(messages.Revoked()),
            HostKeyStanding.Changed => Reject(messages.Changed()),
            _ when _policy != HostKeyPolicy.TrustOnFirstUse => Reject(messages.Unknown(entries)),

            // What cannot be remembered would be a first use every time.
            _ => _known.SaveFile is null ? Reject(messages.Unknown(entries)) : Accept(save: true),
        };

        HostKeyDecision Accept(bool save) =>
            new(save ? HostKeyAction.AcceptAndSave : HostKeyAction.Accept, judgement)
            {
                Warning = save ? messages.Saving() : null,
            };

        HostKeyDecision Reject(SftpException error) => new(HostKeyAction.Reject, judgement) { Error = error };
    }

    /// <summary>
    /// Writes a key that was accepted into the user's file. The file is judged once more when no one else can change it,
    /// so that of two first connections at once only one can be the first.
    /// </summary>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <param name="key">The key; of a certificate, the plain key in it is written.</param>
    /// <param name="hiding">Whether the name is hashed.</param>
    /// <returns>The new entry, or null when it was there already or there is no file to write to.</returns>
    /// <exception cref="SftpException">
    /// By now the file has another key for the host (<see cref="SftpErrorCode.HostKeyRejected"/>), or it cannot be written;
    /// <c>ssh</c> warns of the latter and goes on.
    /// </exception>
    public KnownHostEntry? Save(string host, int port, SshHostKey key, HostNameHiding hiding = HostNameHiding.AsFile)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_known.SaveFile is not { } path)
            return null;
        key = key.Certificate?.PlainKey ?? key;
        return KnownHostsEditor.Add(path, host, port, key, hiding, KnownHostMarker.None, file =>
        {
            var judgement = file.Judge(host, port, key);
            var messages = new HostKeyMessages(host, port, PresentedHostKey.Of(key), judgement, _known);
            if (judgement.Standing == HostKeyStanding.Changed)
                throw messages.Changed();
            if (judgement.Standing == HostKeyStanding.Revoked)
                throw messages.Revoked();
        });
    }

    private IReadOnlyList<KnownHostEntry> LoadEntries()
    {
        try
        {
            return _known.Load();
        }
        catch (SftpException) when (_policy == HostKeyPolicy.AcceptAny)
        {
            // Whatever the file says, the key is accepted; it is only read to say more in the warning.
            return [];
        }
    }
}
