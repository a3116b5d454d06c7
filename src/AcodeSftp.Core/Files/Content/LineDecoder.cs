using System.Text;

namespace AcodeSftp.Files.Content;

/// <summary>Makes lines of blocks of bytes. A line ends at a line feed, with a carriage return before it or without.</summary>
internal sealed class LineDecoder
{
    private readonly Decoder _decoder;
    private readonly StringBuilder _rest = new();
    private char[] _characters = [];

    /// <summary>Creates a decoder.</summary>
    /// <param name="encoding">The encoding of the text.</param>
    public LineDecoder(Encoding encoding) => _decoder = encoding.GetDecoder();

    /// <summary>Takes the next block.</summary>
    /// <param name="block">The bytes.</param>
    /// <returns>The lines that end in it.</returns>
    public List<string> Decode(ReadOnlySpan<byte> block)
    {
        var text = Characters(block, flush: false);
        var lines = new List<string>();
        while (text.IndexOf('\n') is var end and >= 0)
        {
            _rest.Append(text[..end]);
            lines.Add(TakeRest());
            text = text[(end + 1)..];
        }

        _rest.Append(text);
        return lines;
    }

    /// <summary>What is left when there are no more blocks.</summary>
    /// <returns>The last line, where no line feed ends it; null where there is none.</returns>
    public string? Complete()
    {
        _rest.Append(Characters([], flush: true));
        return _rest.Length == 0 ? null : TakeRest();
    }

    private ReadOnlySpan<char> Characters(ReadOnlySpan<byte> block, bool flush)
    {
        var most = _decoder.GetCharCount(block, flush);
        if (_characters.Length < most)
            _characters = new char[most];
        return _characters.AsSpan(0, _decoder.GetChars(block, _characters, flush));
    }

    private string TakeRest()
    {
        if (_rest.Length > 0 && _rest[^1] == '\r')
            _rest.Length--;
        var line = _rest.ToString();
        _rest.Clear();
        return line;
    }
}
