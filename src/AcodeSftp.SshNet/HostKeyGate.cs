using AcodeSftp.Connections;
using AcodeSftp.HostKeys;
using Microsoft.Extensions.Logging;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace AcodeSftp.SshNet;

/// <summary>
/// Judges the host keys of one connection. SSH.NET knows no known_hosts and trusts every key that no handler refuses, so a
/// client that this gate does not guard must not connect.
/// </summary>
internal sealed class HostKeyGate
{
    private readonly SshRoute _target;
    private readonly ResolvedKnownHosts _known;
    private readonly HostKeyVerifier _verifier;
    private readonly ILogger _logger;
    private readonly bool _hasPins;

    /// <summary>Creates a gate.</summary>
    /// <param name="options">Which keys are trusted.</param>
    /// <param name="target">The host they are for.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="logger">For warnings.</param>
    /// <exception cref="SftpException">What says whom to trust cannot be read.</exception>
    public HostKeyGate(SshConnectionOptions options, SshRoute target, Func<string, string?> environment, ILogger logger)
    {
        (_target, _logger) = (target, logger);
        _known = new KnownHostKeysSource
        {
            Parameter = options.KnownHostKeys,
            SessionConfiguration = options.ConfiguredKnownHostKeys,
            KnownHostsPath = options.KnownHostsPath,
            Environment = environment,
        }.Resolve();
        _verifier = new HostKeyVerifier(options.HostKeyPolicy, _known, options.HostKeyFingerprints);
        _hasPins = options.HostKeyFingerprints.Count > 0;
        var isByKnownKeys = options.HostKeyPolicy != HostKeyPolicy.AcceptAny && !_hasPins;
        KnownTypes = isByKnownKeys ? _known.KnownKeyTypes(target.HostName, target.Port) : [];
    }

    /// <summary>The types of key that are known for the host, to be asked for first.</summary>
    public IReadOnlyList<string> KnownTypes { get; }

    /// <summary>
    /// The types of the keys that were refused because others are pinned: the server may have one of those, too, and gives it
    /// when it is not asked for these.
    /// </summary>
    public HashSet<string> NotPinnedTypes { get; } = new(StringComparer.Ordinal);

    /// <summary>Why the last key was refused, or null.</summary>
    public SftpException? Refusal { get; private set; }

    /// <summary>Makes a client ask this gate.</summary>
    /// <param name="client">The client, not connected yet.</param>
    public void Guard(BaseClient client) => client.HostKeyReceived += (_, key) => key.CanTrust = IsTrusted(key);

    // SSH.NET calls this on the thread that reads from the connection. Nothing may leave it but the answer.
    private bool IsTrusted(HostKeyEventArgs presented)
    {
        try
        {
            var key = SshHostKey.FromBlob(presented.HostKey);
            // SSH.NET checks the authority's signature before it asks.
            var decision = _verifier.Decide(_target.HostName, _target.Port, key, isCertificateVerified: presented.Certificate is not null);
            if (decision.Action == HostKeyAction.Reject && _hasPins && decision.Judgement.Standing != HostKeyStanding.Revoked)
                NotPinnedTypes.Add(key.Type);
            decision.ThrowIfRejected();
            if (decision.Warning is { } warning)
                _logger.LogWarning("{Warning}", warning);
            if (decision.Action == HostKeyAction.AcceptAndSave)
                Save(key);
            Refusal = null;
            return true;
        }
        catch (SftpException e)
        {
            Refusal = e;
            return false;
        }
    }

    private void Save(SshHostKey key)
    {
        try
        {
            _verifier.Save(_target.HostName, _target.Port, key);
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.HostKeyRejected)
        {
            // As ssh does it: the key is as good as it was, it is only not remembered.
            _logger.LogWarning("The host key could not be saved: {Reason}", e.Message);
        }
    }
}
