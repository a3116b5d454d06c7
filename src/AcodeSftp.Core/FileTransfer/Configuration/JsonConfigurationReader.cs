using System.Text;
using System.Text.Json;

namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>Reads JSON token by token, so that every value keeps its line. Comments and trailing commas are allowed.</summary>
internal ref struct JsonConfigurationReader
{
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _file;
    private Utf8JsonReader _reader;
    private long _countedBytes;
    private int _countedLines;

    private JsonConfigurationReader(string file, ReadOnlySpan<byte> bytes)
    {
        _file = file;
        _bytes = bytes;
        _countedLines = 1;
        _reader = new Utf8JsonReader(
            bytes,
            new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = MaxDepth });
    }

    /// <summary>Reads a text.</summary>
    /// <param name="file">Where it comes from, for messages.</param>
    /// <param name="text">The text.</param>
    /// <returns>What is in it.</returns>
    /// <exception cref="SftpException">It is not JSON.</exception>
    public static ConfigurationNode Read(string file, string text)
    {
        try
        {
            return new JsonConfigurationReader(file, Encoding.UTF8.GetBytes(text)).ReadDocument();
        }
        catch (JsonException e)
        {
            throw ConfigurationFault.At(
                file,
                (int)(e.LineNumber ?? -1) + 1,
                $"this is not JSON: {TerminalText.Clean(e.Message)}",
                cause: e);
        }
    }

    private ConfigurationNode ReadDocument()
    {
        _reader.Read();
        var root = ReadNode();
        // Reading on tells of anything that stands behind the value.
        _reader.Read();
        return root;
    }

    private ConfigurationNode ReadNode()
    {
        var line = CountLines();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartArray:
                var items = new List<ConfigurationNode>();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                    items.Add(ReadNode());
                return new ListNode(line, items);
            case JsonTokenType.StartObject:
                var entries = new List<MapEntry>();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
                {
                    var keyLine = CountLines();
                    var key = ReadText(keyLine);
                    _reader.Read();
                    entries.Add(new MapEntry(key, keyLine, ReadNode()));
                }

                return new MapNode(line, entries);
            case JsonTokenType.String:
                return new ScalarNode(line, ScalarKind.Text, ReadText(line));
            case JsonTokenType.Number:
                return new ScalarNode(line, ScalarKind.Number, Encoding.UTF8.GetString(_reader.ValueSpan));
            case JsonTokenType.True:
                return new ScalarNode(line, ScalarKind.Boolean, "true");
            case JsonTokenType.False:
                return new ScalarNode(line, ScalarKind.Boolean, "false");
            default:
                return new ScalarNode(line, ScalarKind.Null, "null");
        }
    }

    private readonly string ReadText(int line)
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escape that is half of a character, such as "\ud800".
            throw ConfigurationFault.At(_file, line, "this is not JSON: the text is not Unicode.", cause: e);
        }
    }

    // Tokens come in order, so the lines before one are counted from where the last one began.
    private int CountLines()
    {
        var position = _reader.TokenStartIndex;
        _countedLines += _bytes[(int)_countedBytes..(int)position].Count((byte)'\n');
        _countedBytes = position;
        return _countedLines;
    }
}
