using System.Management.Automation;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.HostKeys;

namespace AcodeSftp.Shell.Display;

/// <summary>How the views show host keys. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class HostKeyDisplay
{
    /// <summary>The host, or that it is hidden.</summary>
    /// <param name="item">The key.</param>
    /// <returns>The text.</returns>
    public static string HostNameText(PSObject item) => item.BaseObject switch
    {
        SshKnownHost { IsHashed: true } known when known.HostName == known.HostNames => "(hashed)",
        SshKnownHost known => TerminalText.Clean(known.HostName),
        SshPresentedKey presented => TerminalText.Clean(presented.HostName),
        _ => "",
    };

    /// <summary>The type of the key, with the line's marker.</summary>
    /// <param name="item">The line.</param>
    /// <returns>The text.</returns>
    public static string KeyTypeText(PSObject item) => (SshKnownHost)item.BaseObject switch
    {
        { Marker: KnownHostMarker.Revoked } known => $"{known.KeyType} (revoked)",
        { Marker: KnownHostMarker.CertificateAuthority } known => $"{known.KeyType} (authority)",
        var known => known.KeyType,
    };
}
