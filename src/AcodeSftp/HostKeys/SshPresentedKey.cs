using AcodeSftp.HostKeys;

namespace AcodeSftp.Shell.HostKeys;

/// <summary>A host key that a server presented, or that whoever answered in its place did.</summary>
public sealed class SshPresentedKey
{
    internal SshPresentedKey(string hostName, int port, SshHostKey key) => (HostName, Port, Key) = (hostName, port, key);

    /// <summary>The host that was asked.</summary>
    public string HostName { get; }

    /// <summary>The port that was asked.</summary>
    public int Port { get; }

    /// <summary>The type of the key, such as <c>ssh-ed25519</c>.</summary>
    public string KeyType => Key.Type;

    /// <summary>The key's size in bits.</summary>
    public int Bits => Key.Bits;

    /// <summary>The fingerprint as <c>SHA256:…</c>, to be compared with one from a source that can be trusted.</summary>
    public string Fingerprint => Key.Fingerprint;

    /// <summary>The key.</summary>
    public SshHostKey Key { get; }

    /// <summary>The known_hosts line.</summary>
    /// <returns>The text, as -KnownHostKey takes it.</returns>
    public override string ToString()
    {
        var isPlain = Port == 22 && !HostName.Contains(':', StringComparison.Ordinal);
        return $"{(isPlain ? HostName : Port == 22 ? HostName.Trim('[', ']') : $"[{HostName.Trim('[', ']')}]:{Port}")} {Key.KeyText}";
    }
}
