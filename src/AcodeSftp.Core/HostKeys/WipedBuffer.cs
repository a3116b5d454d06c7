using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AcodeSftp.HostKeys;

/// <summary>Memory for a secret on its way: the garbage collector makes no copies of it, and it is wiped at the end.</summary>
internal sealed class WipedBuffer<T>(int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] _items = GC.AllocateUninitializedArray<T>(length, pinned: true);

    public Span<T> Span => _items;

    public void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_items.AsSpan()));
}
