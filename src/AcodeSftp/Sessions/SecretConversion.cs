using System.Runtime.InteropServices;
using System.Security;
using AcodeSftp.Connections;
using AcodeSftp.HostKeys;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Takes secrets over from PowerShell.</summary>
internal static class SecretConversion
{
    /// <summary>Copies a secure string. The plain text in between is wiped, and is never a <see cref="string"/>.</summary>
    /// <param name="secureString">The secure string.</param>
    /// <returns>The secret.</returns>
    public static Secret ToSecret(this SecureString secureString) => secureString.Read(static plain => new Secret(plain));

    /// <summary>Copies a private key, with its line breaks mended. The plain text in between is wiped.</summary>
    /// <param name="secureString">The key as PEM text.</param>
    /// <returns>The key.</returns>
    /// <exception cref="SftpException">It is no private key (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static Secret ToPrivateKey(this SecureString secureString) => secureString.Read(static plain => PemText.Mend(plain));

    private static Secret Read(this SecureString secureString, Func<char[], Secret> read)
    {
        // Pinned, so that the collector leaves no copy behind when it moves things.
        var plain = GC.AllocateUninitializedArray<char>(secureString.Length, pinned: true);
        var unmanaged = Marshal.SecureStringToGlobalAllocUnicode(secureString);
        try
        {
            Marshal.Copy(unmanaged, plain, 0, plain.Length);
            return read(plain);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(unmanaged);
            Array.Clear(plain);
        }
    }
}
