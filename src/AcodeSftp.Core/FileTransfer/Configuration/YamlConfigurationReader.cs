using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>
/// Reads YAML event by event, so that every value keeps its line and nothing is created that the file asks for: anchors
/// and aliases, with which a few lines can stand for gigabytes, and tags, which name types, are refused.
/// </summary>
internal sealed partial class YamlConfigurationReader
{
    private const int MaxDepth = 16;

    private readonly Parser _parser;
    private readonly string _file;

    private YamlConfigurationReader(string file, string text)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a text.</summary>
    /// <param name="file">Where it comes from, for messages.</param>
    /// <param name="text">The text.</param>
    /// <returns>What is in it; null where nothing is.</returns>
    /// <exception cref="SftpException">It is not YAML, or uses what is refused.</exception>
    public static ConfigurationNode? Read(string file, string text)
    {
        try
        {
            return new YamlConfigurationReader(file, text).ReadStream();
        }
        catch (YamlException e)
        {
            throw ConfigurationFault.At(file, (int)e.Start.Line, $"this is not YAML: {TerminalText.Clean(e.Message)}", cause: e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException)
        {
            // The parser's way of giving up on some texts, such as those with NUL characters.
            throw ConfigurationFault.At(file, 0, "this is not YAML.", cause: e);
        }
    }

    private ConfigurationNode? ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            return null;
        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<StreamEnd>(out _)
            ? root
            : throw Fault("there is a second document, and only one is allowed.");
    }

    private ConfigurationNode ReadNode(int depth)
    {
        if (_parser.Current is null)
            _parser.MoveNext();
        var current = _parser.Current;
        if (current is AnchorAlias)
            throw Fault("aliases (*name) are not allowed.");
        if (current is NodeEvent { Anchor.IsEmpty: false })
            throw Fault("anchors (&name) are not allowed.");
        if (current is NodeEvent { Tag.IsEmpty: false })
            throw Fault("tags (!name) are not allowed.");
        if (depth > MaxDepth)
            throw Fault("this is nested too deeply.");

        var line = Line;
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new ScalarNode(line, KindOf(scalar), scalar.Value);
        if (_parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<ConfigurationNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _))
                items.Add(ReadNode(depth + 1));
            return new ListNode(line, items);
        }

        _parser.Consume<MappingStart>();
        var entries = new List<MapEntry>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (ReadNode(depth + 1) is not ScalarNode key)
                throw ConfigurationFault.At(_file, line, "a key must be a text.");
            entries.Add(new MapEntry(key.Text, key.Line, ReadNode(depth + 1)));
        }

        return new MapNode(line, entries);
    }

    private int Line => (int)(_parser.Current?.Start.Line ?? 0);

    private SftpException Fault(string problem) => ConfigurationFault.At(_file, Line, problem);

    // The core schema of YAML 1.2: yes, no, on and off are texts.
    private static ScalarKind KindOf(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain)
            return ScalarKind.Text;
        return scalar.Value switch
        {
            "" or "~" or "null" or "Null" or "NULL" => ScalarKind.Null,
            "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarKind.Boolean,
            var text when Number().IsMatch(text) => ScalarKind.Number,
            _ => ScalarKind.Text,
        };
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
