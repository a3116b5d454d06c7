using System.Globalization;

namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>Reads one kind of value.</summary>
/// <param name="node">What was written.</param>
/// <param name="value">What it means.</param>
/// <returns>Whether it means anything.</returns>
internal delegate bool ReadSetting(ConfigurationNode node, out object? value);

/// <summary>The kinds of values that settings have.</summary>
internal static class SettingReader
{
    /// <summary>The word for "no limit".</summary>
    public const string None = "none";

    public static bool Boolean(ConfigurationNode node, out object? value)
    {
        value = null;
        if (node is not ScalarNode { Kind: ScalarKind.Boolean } scalar)
            return false;
        value = bool.Parse(scalar.Text);
        return true;
    }

    public static bool Text(ConfigurationNode node, out object? value)
    {
        value = null;
        if (node is not ScalarNode scalar || scalar.Kind == ScalarKind.Boolean)
            return false;
        if (scalar.Kind == ScalarKind.Null)
            return true;
        value = scalar.Text;
        return scalar.Text.Length > 0;
    }

    /// <summary>A list of texts; one text by itself is a list of one.</summary>
    public static bool TextList(ConfigurationNode node, out object? value)
    {
        value = null;
        var items = node is ListNode list ? list.Items : [node];
        var texts = new string[items.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            if (!Text(items[i], out var text) || text is null)
                return false;
            texts[i] = (string)text;
        }

        value = Array.AsReadOnly(texts);
        return true;
    }

    public static ReadSetting Integer(int least, int most) => (ConfigurationNode node, out object? value) =>
    {
        value = null;
        if (node is not ScalarNode { Kind: ScalarKind.Number } scalar
            || !int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || number < least
            || number > most)
            return false;
        value = number;
        return true;
    };

    /// <summary>A size that must be given, as an <see cref="int"/>.</summary>
    public static ReadSetting BufferSize(int least) => (ConfigurationNode node, out object? value) =>
    {
        value = null;
        if (!TryReadSize(node, "", out var size) || size < least || size > int.MaxValue)
            return false;
        value = (int)size;
        return true;
    };

    /// <summary>A size or "none", as a <see cref="long"/> or null.</summary>
    public static ReadSetting SizeLimit(long least, string suffix = "") => (ConfigurationNode node, out object? value) =>
    {
        value = null;
        if (IsNone(node))
            return true;
        if (!TryReadSize(node, suffix, out var size) || size < least)
            return false;
        value = size;
        return true;
    };

    /// <summary>A time limit or "none", as a <see cref="TimeSpan"/>.</summary>
    public static ReadSetting TimeLimit(TimeSpan most) => (ConfigurationNode node, out object? value) =>
    {
        value = Timeout.InfiniteTimeSpan;
        if (IsNone(node))
            return true;
        if (node is not ScalarNode scalar || !TryReadTime(scalar, most, out var time))
            return false;
        value = time;
        return time > TimeSpan.Zero && time <= most;
    };

    /// <summary>A member of an enumeration by its name, upper and lower case alike.</summary>
    public static bool Choice<T>(ConfigurationNode node, out object? value)
        where T : struct, Enum
    {
        value = null;
        if (node is not ScalarNode { Kind: ScalarKind.Text } scalar)
            return false;
        foreach (var choice in Enum.GetValues<T>())
        {
            if (!string.Equals(choice.ToString(), scalar.Text, StringComparison.OrdinalIgnoreCase))
                continue;
            value = choice;
            return true;
        }

        return false;
    }

    private static bool IsNone(ConfigurationNode node) =>
        node is ScalarNode { Kind: ScalarKind.Null } or ScalarNode { Kind: ScalarKind.Text, Text: None };

    private static bool TryReadSize(ConfigurationNode node, string suffix, out long size)
    {
        size = 0;
        if (node is not ScalarNode { Kind: ScalarKind.Number or ScalarKind.Text } scalar)
            return false;
        var text = scalar.Text.AsSpan();
        if (scalar.Kind == ScalarKind.Text && suffix.Length > 0 && text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            text = text[..^suffix.Length];
        return ByteSize.TryParse(text, out size);
    }

    private static bool TryReadTime(ScalarNode scalar, TimeSpan most, out TimeSpan time)
    {
        time = default;
        if (scalar.Kind == ScalarKind.Number)
        {
            if (!double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
                || !(seconds > 0 && seconds <= most.TotalSeconds))
                return false;
            time = TimeSpan.FromSeconds(seconds);
            return true;
        }

        return scalar.Kind == ScalarKind.Text
            && TimeSpan.TryParseExact(
                scalar.Text,
                [@"h\:mm\:ss", @"hh\:mm\:ss", @"d\.hh\:mm\:ss"],
                CultureInfo.InvariantCulture,
                out time);
    }
}
