using System.Collections;
using System.Collections.Immutable;
using System.Globalization;

namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>
/// Options of transfers that were set somewhere, in a file or by hand, and no others: what is not set stays as it is in
/// the options that it is applied to. So nearer ones win by being applied later, or by <see cref="Merge"/>. Immutable.
/// </summary>
/// <remarks>
/// A file has one section, <c>sftp</c>, with the keys of <see cref="KnownKeys"/>: the members of
/// <see cref="TransferOptions"/> and <see cref="UploadOptions"/> in camel case, exactly as written there. Sizes are bytes or
/// have a unit (KiB, MiB, GiB, TiB; KB, MB, GB, TB), times are seconds or <c>hh:mm:ss</c>, and limits can be <c>none</c>.
/// </remarks>
public sealed class TransferConfiguration
{
    private readonly ImmutableDictionary<string, object?> _values;

    private TransferConfiguration(ImmutableDictionary<string, object?> values) => _values = values;

    /// <summary>Nothing is set.</summary>
    public static TransferConfiguration Empty { get; } =
        new(ImmutableDictionary.Create<string, object?>(StringComparer.Ordinal));

    /// <summary>The keys that can be set.</summary>
    public static IReadOnlyList<string> KnownKeys { get; } = [.. TransferSetting.All.Select(static setting => setting.Key)];

    /// <summary>The values that are set, by key, as the type of the option; null where a limit is taken away.</summary>
    public IReadOnlyDictionary<string, object?> Values => _values;

    /// <summary>Reads a file: YAML where its name ends in <c>.yaml</c> or <c>.yml</c>, JSON where it ends in <c>.json</c>.</summary>
    /// <param name="path">The file, of 64 KiB at most.</param>
    /// <returns>What it sets.</returns>
    /// <exception cref="SftpException">
    /// It cannot be read, or something in it is wrong (<see cref="SftpErrorCode.InvalidArgument"/>): the message names the
    /// file, the line, the key and what is allowed.
    /// </exception>
    public static TransferConfiguration Load(string path) => TransferConfigurationFile.Load(path);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="format">What it is written in.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    /// <returns>What it sets.</returns>
    /// <exception cref="SftpException">Something in it is wrong (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static TransferConfiguration Parse(string text, TransferConfigurationFormat format, string name = "configuration")
    {
        ArgumentNullException.ThrowIfNull(text);
        return TransferConfigurationFile.Parse(text, format, name);
    }

    /// <summary>Sets one more key, or another value for one that is set.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">
    /// The value as a file would have it (a text, a number, a Boolean, a list of texts) or as the option's own type
    /// (<see cref="TimeSpan"/>, <see cref="SymbolicLinkHandling"/>); null to take a limit away.
    /// </param>
    /// <returns>A configuration in which it is set.</returns>
    /// <exception cref="SftpException">
    /// There is no such key, or it cannot have that value (<see cref="SftpErrorCode.InvalidArgument"/>).
    /// </exception>
    public TransferConfiguration With(string key, object? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        var setting = TransferSetting.Find(key) ?? throw TransferConfigurationFile.UnknownKey("transfer options", 0, key);
        return Set(setting, "transfer options", ToNode(value));
    }

    /// <summary>What this sets, and for what both set, what <paramref name="nearer"/> sets.</summary>
    /// <param name="nearer">The one that wins.</param>
    /// <returns>Both together.</returns>
    public TransferConfiguration Merge(TransferConfiguration nearer)
    {
        ArgumentNullException.ThrowIfNull(nearer);
        return new TransferConfiguration(_values.SetItems(nearer._values));
    }

    /// <summary>Options with what is set here in place of what they say.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The options as changed.</returns>
    public UploadOptions Apply(UploadOptions options) => ApplyTo(options);

    /// <summary>
    /// Options with what is set here in place of what they say. What only uploads have (<c>preserveOwner</c>) is left out.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <returns>The options as changed.</returns>
    public DownloadOptions Apply(DownloadOptions options) => ApplyTo(options);

    /// <summary>What is set, for a person.</summary>
    /// <returns>Keys and values.</returns>
    public override string ToString() => string.Join(
        ", ",
        _values.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} = {Show(pair.Value)}"));

    /// <summary>Sets a key to what was written.</summary>
    internal TransferConfiguration Set(TransferSetting setting, string file, ConfigurationNode node) =>
        setting.Read(node, out var value)
            ? new TransferConfiguration(_values.SetItem(setting.Key, value))
            : throw ConfigurationFault.At(
                file,
                node.Line,
                $"'{setting.Key}' cannot be {Describe(node)}: it must be {setting.Allowed}.");

    private T ApplyTo<T>(T options)
        where T : TransferOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        TransferOptions changed = options;
        foreach (var (key, value) in _values)
            changed = TransferSetting.Find(key)!.Set(changed, value);
        return (T)changed;
    }

    private static string Show(object? value) => value switch
    {
        null => SettingReader.None,
        TimeSpan time when time == Timeout.InfiniteTimeSpan => SettingReader.None,
        IReadOnlyList<string> texts => $"[{string.Join(", ", texts.Select(TerminalText.Clean))}]",
        _ => TerminalText.Clean(Convert.ToString(value, CultureInfo.InvariantCulture)!),
    };

    private static string Describe(ConfigurationNode node) => node switch
    {
        ScalarNode { Kind: ScalarKind.Null } => "null",
        ScalarNode { Kind: ScalarKind.Text } scalar => ConfigurationFault.Quote(scalar.Text),
        ScalarNode scalar => ConfigurationFault.Quote(scalar.Text).Trim('\''),
        ListNode list => "a list" + (list.Items.FirstOrDefault(static item => item is not ScalarNode { Kind: ScalarKind.Text, Text.Length: > 0 }) is { } odd
            ? $" with {Describe(odd)} in it"
            : ""),
        _ => "a section",
    };

    private static ConfigurationNode ToNode(object? value) => value switch
    {
        null => new ScalarNode(0, ScalarKind.Null, "null"),
        bool flag => new ScalarNode(0, ScalarKind.Boolean, flag ? "true" : "false"),
        string text => new ScalarNode(0, ScalarKind.Text, text),
        TimeSpan time when time == Timeout.InfiniteTimeSpan => new ScalarNode(0, ScalarKind.Text, SettingReader.None),
        TimeSpan time => Number(time.TotalSeconds),
        Enum choice => new ScalarNode(0, ScalarKind.Text, choice.ToString()),
        byte or short or int or long or uint or float or double or decimal => Number(value),
        IEnumerable list => new ListNode(0, [.. list.Cast<object?>().Select(ToNode)]),
        _ => new ScalarNode(0, ScalarKind.Text, value.ToString() ?? ""),
    };

    private static ScalarNode Number(object value) =>
        new(0, ScalarKind.Number, Convert.ToString(value, CultureInfo.InvariantCulture)!);
}

/// <summary>What a configuration is written in.</summary>
public enum TransferConfigurationFormat
{
    /// <summary>YAML 1.2, without anchors, aliases and tags.</summary>
    Yaml = 0,

    /// <summary>JSON; comments and trailing commas are allowed.</summary>
    Json,
}
