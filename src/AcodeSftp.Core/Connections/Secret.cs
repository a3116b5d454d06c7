using System.Security.Cryptography;
using System.Text;

namespace AcodeSftp.Connections;

/// <summary>
/// A password, passphrase or private key held in memory only. It has no text form, is kept as UTF-8 in one array that
/// the garbage collector does not move, and is wiped by <see cref="Dispose"/>.
/// </summary>
public sealed class Secret : IDisposable
{
    private readonly byte[] _utf8;
    private bool _wiped;

    /// <summary>Copies a text. The caller wipes its own copy.</summary>
    /// <param name="text">The secret.</param>
    public Secret(ReadOnlySpan<char> text)
    {
        _utf8 = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(text), pinned: true);
        Encoding.UTF8.GetBytes(text, _utf8);
    }

    /// <summary>Whether the secret is the empty text.</summary>
    public bool IsEmpty => _utf8.Length == 0;

    /// <summary>The secret's UTF-8 bytes, to be written to where they are needed and nowhere else.</summary>
    /// <exception cref="ObjectDisposedException">The secret was wiped.</exception>
    public ReadOnlyMemory<byte> Reveal()
    {
        ObjectDisposedException.ThrowIf(_wiped, this);
        return _utf8;
    }

    /// <summary>Overwrites the secret. Doing so twice is fine.</summary>
    public void Dispose()
    {
        _wiped = true;
        CryptographicOperations.ZeroMemory(_utf8);
    }

    /// <inheritdoc/>
    public override string ToString() => "********";
}
