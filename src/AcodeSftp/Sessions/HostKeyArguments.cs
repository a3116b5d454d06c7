using AcodeSftp.HostKeys;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Reads host keys that are given to a command.</summary>
internal static class HostKeyArguments
{
    /// <summary>Reads the values of -KnownHostKey, each of which has to have a key.</summary>
    /// <param name="values">known_hosts lines and bare keys, several to a value allowed.</param>
    /// <returns>One text of all; null for none.</returns>
    /// <exception cref="SftpException">A value has no key (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static string? ReadKnownKeys(IReadOnlyCollection<string> values)
    {
        foreach (var value in values)
        {
            var source = new KnownHostKeysSource { Parameter = value, Environment = _ => null };
            if (source.Resolve().Lines is null)
                throw new SftpException(SftpErrorCode.InvalidArgument, "-KnownHostKey: a value has no host key in it.")
                {
                    Advice = "Give known_hosts lines such as 'example.org ssh-ed25519 AAAAC3Nza...', or only 'ssh-ed25519 AAAAC3Nza...'.",
                };
        }

        return values.Count > 0 ? string.Join('\n', values) : null;
    }

    /// <summary>Reads a key given as an object or as a text.</summary>
    /// <param name="value">A key, what Get-SshHostKey and Get-SshKnownHost write, or <c>ssh-ed25519 AAAA…</c>.</param>
    /// <returns>The key.</returns>
    /// <exception cref="SftpException">It is no key (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static SshHostKey ReadKey(object value) => value switch
    {
        SshHostKey key => key,
        HostKeys.SshPresentedKey presented => presented.Key,
        HostKeys.SshKnownHost known => known.Key,
        _ => SshHostKey.Parse(value.ToString() ?? ""),
    };
}
