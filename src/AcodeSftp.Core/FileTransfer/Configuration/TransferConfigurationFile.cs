using System.Text;

namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>Reads configuration files.</summary>
internal static class TransferConfigurationFile
{
    private const string Section = "sftp";

    // All keys with their longest sensible values take a twentieth of this.
    private const int MaxSize = 64 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file.</summary>
    public static TransferConfiguration Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TransferConfigurationFormat? format = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".YAML" or ".YML" => TransferConfigurationFormat.Yaml,
            ".JSON" => TransferConfigurationFormat.Json,
            _ => null,
        };
        return format is { } known
            ? Parse(ReadText(path), known, path)
            : throw ConfigurationFault.At(path, 0, "a configuration file has a name that ends in .yaml, .yml or .json.");
    }

    /// <summary>Reads a text.</summary>
    public static TransferConfiguration Parse(string text, TransferConfigurationFormat format, string file)
    {
        if (text.Length > MaxSize)
            throw TooLarge(file);
        var root = format == TransferConfigurationFormat.Json
            ? JsonConfigurationReader.Read(file, text)
            : YamlConfigurationReader.Read(file, text);
        return Bind(file, root);
    }

    /// <summary>The error for a key that does not exist.</summary>
    public static SftpException UnknownKey(string file, int line, string key) =>
        Unknown(file, line, key, TransferConfiguration.KnownKeys, $"The keys are {string.Join(", ", TransferConfiguration.KnownKeys)}.");

    private static TransferConfiguration Bind(string file, ConfigurationNode? root)
    {
        MapNode? section = null;
        foreach (var (key, line, value) in Entries(file, root, "the file"))
        {
            if (key != Section)
            {
                // The usual mistake: the keys without the section they belong to.
                throw TransferSetting.Find(key) is null
                    ? Unknown(file, line, key, [Section], $"The file has one section, '{Section}:', with all keys in it.")
                    : ConfigurationFault.At(file, line, $"'{key}' belongs into the section '{Section}:'.");
            }

            if (section is not null)
                throw Twice(file, line, key);
            section = new MapNode(line, Entries(file, value, $"'{Section}'"));
        }

        if (section is null)
            throw ConfigurationFault.At(file, 0, $"there is no section '{Section}:'.");
        var configuration = TransferConfiguration.Empty;
        foreach (var (key, line, value) in section.Entries)
        {
            var setting = TransferSetting.Find(key) ?? throw UnknownKey(file, line, key);
            if (configuration.Values.ContainsKey(key))
                throw Twice(file, line, key);
            configuration = configuration.Set(setting, file, value);
        }

        return configuration;
    }

    private static IReadOnlyList<MapEntry> Entries(string file, ConfigurationNode? node, string what) => node switch
    {
        MapNode map => map.Entries,
        // A section of which every line is commented out.
        null or ScalarNode { Kind: ScalarKind.Null } => [],
        _ => throw ConfigurationFault.At(file, node.Line, $"{what} must consist of keys with values."),
    };

    private static SftpException Unknown(string file, int line, string key, IReadOnlyList<string> known, string advice)
    {
        var meant = NearestKey.Of(key, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        return ConfigurationFault.At(file, line, $"there is no key {ConfigurationFault.Quote(key)}.{meant}", advice);
    }

    private static SftpException Twice(string file, int line, string key) =>
        ConfigurationFault.At(file, line, $"'{key}' is set twice.");

    private static SftpException TooLarge(string file) =>
        ConfigurationFault.At(file, 0, $"a configuration file has {MaxSize / 1024} KiB at most.");

    private static string ReadText(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            // One more than allowed, so that a file which grows or has no length, such as a pipe, is noticed as well.
            var buffer = new byte[MaxSize + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > MaxSize)
                throw TooLarge(path);
            var text = StrictUtf8.GetString(buffer, 0, length);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw ConfigurationFault.At(path, 0, "the file is not UTF-8.", cause: e);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            throw LocalErrors.From(e, "read", path);
        }
    }
}
