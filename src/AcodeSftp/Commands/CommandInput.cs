using System.Collections;
using System.Management.Automation;
using System.Text;

namespace AcodeSftp.Shell.Commands;

/// <summary>
/// What comes through the pipeline to be a remote command's input: bytes as they are, anything else as a line of UTF-8
/// each. It is kept until the pipeline ends, for every session gets all of it.
/// </summary>
internal sealed class CommandInput : IDisposable
{
    private readonly MemoryStream _bytes = new();

    /// <summary>Takes an object up.</summary>
    /// <param name="item">A byte, bytes, a text, a list of these, or what has a text.</param>
    public void Add(object? item)
    {
        switch (item is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : item)
        {
            case null:
                break;
            case byte one:
                _bytes.WriteByte(one);
                break;
            case byte[] many:
                _bytes.Write(many);
                break;
            case string line:
                AddLine(line);
                break;
            case IEnumerable items and not IDictionary:
                foreach (var part in items)
                    Add(part);
                break;
            case var other:
                AddLine(LanguagePrimitives.ConvertTo<string>(other));
                break;
        }
    }

    /// <summary>The input from its start, for one session.</summary>
    /// <returns>The stream; null for none.</returns>
    public Stream? Open() => _bytes.Length == 0
        ? null
        : new MemoryStream(_bytes.GetBuffer(), 0, (int)_bytes.Length, writable: false);

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private void AddLine(string line)
    {
        _bytes.Write(Encoding.UTF8.GetBytes(line));
        _bytes.WriteByte((byte)'\n');
    }
}
