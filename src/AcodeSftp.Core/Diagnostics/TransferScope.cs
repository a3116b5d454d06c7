using System.Collections;

namespace AcodeSftp.Diagnostics;

/// <summary>The scope of everything that is logged while a transfer runs.</summary>
internal sealed class TransferScope(string transferId) : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>The name of the field that ties log lines to a transfer.</summary>
    public const string TransferId = "TransferId";

    public int Count => 1;

    public KeyValuePair<string, object?> this[int index] =>
        index == 0 ? new(TransferId, transferId) : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"transfer {transferId}";
}
