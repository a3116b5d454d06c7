using System.Text;
using AcodeSftp.Connections;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace AcodeSftp.SshNet;

/// <summary>Reads the private keys of a login.</summary>
internal static class LoginKeys
{
    private static readonly string[] DefaultNames = ["id_ed25519", "id_ecdsa", "id_rsa"];

    /// <summary>Reads the keys that were given, or else the user's own.</summary>
    /// <param name="options">Which they are.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="SftpException">A key that was given cannot be used.</exception>
    public static IReadOnlyList<IPrivateKeySource> Load(SshConnectionOptions options)
    {
        var keys = new List<IPrivateKeySource>();
        var passphrase = options.KeyPassphrase is { IsEmpty: false } secret ? Encoding.UTF8.GetString(secret.Reveal().Span) : null;
        if (options.PrivateKey is { } text)
            keys.Add(Read(text.Reveal().ToArray(), passphrase, options, "private key given as text", null));
        foreach (var path in options.KeyFilePaths)
            keys.Add(Read(ReadFile(path, options.HostName), passphrase, options, $"key file '{TerminalText.Clean(path)}'", path));
        if (keys.Count == 0 && options.Password is null)
            keys.AddRange(OfUser(passphrase, options));
        return keys;
    }

    // What ssh would try too; one that cannot be used is passed over, for nobody asked for it.
    private static IEnumerable<IPrivateKeySource> OfUser(string? passphrase, SshConnectionOptions options)
    {
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh");
        foreach (var path in DefaultNames.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            IPrivateKeySource? key = null;
            try
            {
                key = Read(ReadFile(path, options.HostName), passphrase, options, path, path);
            }
            catch (SftpException)
            {
            }

            if (key is not null)
                yield return key;
        }
    }

    private static byte[] ReadFile(string path, string host)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SftpException(SftpErrorCode.NotFound, $"The key file '{TerminalText.Clean(path)}' does not exist.", e)
            {
                Path = path,
                Host = host,
                Advice = "Give the path of a private key file.",
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SftpException(SftpErrorCode.PermissionDenied, $"The key file '{TerminalText.Clean(path)}' cannot be read: {e.Message}", e)
            {
                Path = path,
                Host = host,
            };
        }
    }

    private static PrivateKeyFile Read(byte[] key, string? passphrase, SshConnectionOptions options, string what, string? path)
    {
        var host = options.HostName;
        try
        {
            foreach (var certificate in Certificates(options, path))
            {
                try
                {
                    return Read(key, passphrase, certificate);
                }
                catch (ArgumentException)
                {
                    // It is for another of the keys.
                }
            }

            return Read(key, passphrase, null);
        }
        catch (Exception e) when (e is SshPassPhraseNullOrEmptyException || (passphrase is null && IsEncryptedPkcs8(key)))
        {
            throw Unusable($"The {what} is encrypted, and no passphrase was given.", "Give its passphrase with -KeyPassphrase.", e);
        }
        catch (Exception e) when (passphrase is not null && IsWrongPassphrase(e))
        {
            throw Unusable($"The passphrase given does not open the {what}.", "Give the right passphrase.", e);
        }
        catch (Exception e) when (e is not SftpException)
        {
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"The {what} cannot be used: {TerminalText.Clean(e.Message).TrimEnd('.')}.",
                e)
            {
                Host = host,
                Path = path,
                Advice = "SSH.NET reads RSA, ECDSA and Ed25519 keys. Keys on hardware (FIDO) and keys of an agent need the OpenSSH "
                    + "transport: -Transport OpenSsh.",
            };
        }
        finally
        {
            Array.Clear(key);
        }

        SftpException Unusable(string message, string advice, Exception cause) =>
            new(SftpErrorCode.AuthenticationFailed, message, cause) { Host = host, Path = path, Advice = advice };
    }

    private static PrivateKeyFile Read(byte[] key, string? passphrase, byte[]? certificate)
    {
        using var keyStream = new MemoryStream(key, writable: false);
        if (certificate is null)
            return new PrivateKeyFile(keyStream, passphrase);
        using var certificateStream = new MemoryStream(certificate, writable: false);
        return new PrivateKeyFile(keyStream, passphrase, certificateStream);
    }

    // Of a key in this format SSH.NET tells only that it is none.
    private static bool IsEncryptedPkcs8(ReadOnlySpan<byte> key) => key.IndexOf("-----BEGIN ENCRYPTED PRIVATE KEY-----"u8) >= 0;

    // SSH.NET finds a wrong passphrase in several ways, depending on the format of the key.
    private static bool IsWrongPassphrase(Exception failure) =>
        failure is not SshException
        || failure.Message.Contains("passphrase", StringComparison.OrdinalIgnoreCase)
        || failure.Message.Contains("check", StringComparison.OrdinalIgnoreCase)
        || failure.Message.Contains("random", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<byte[]> Certificates(SshConnectionOptions options, string? keyPath)
    {
        foreach (var path in options.CertificateFilePaths)
            yield return ReadFile(path, options.HostName);
        if (keyPath is not null && File.Exists(keyPath + "-cert.pub"))
            yield return ReadFile(keyPath + "-cert.pub", options.HostName);
    }
}
