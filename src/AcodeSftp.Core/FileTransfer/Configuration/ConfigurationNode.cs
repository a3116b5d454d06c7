namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>What a scalar of a configuration file was written as.</summary>
internal enum ScalarKind
{
    /// <summary>Nothing: <c>null</c>, <c>~</c> or no text at all.</summary>
    Null,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A decimal number.</summary>
    Number,

    /// <summary>Any other text, and everything in quotes.</summary>
    Text,
}

/// <summary>A part of a configuration file, the same for YAML and JSON.</summary>
/// <param name="Line">Where it begins, counted from 1; 0 where it does not come from a file.</param>
internal abstract record ConfigurationNode(int Line);

/// <summary>A single value.</summary>
/// <param name="Line">Where it is.</param>
/// <param name="Kind">What it was written as.</param>
/// <param name="Text">What was written, without quotes and escapes.</param>
internal sealed record ScalarNode(int Line, ScalarKind Kind, string Text) : ConfigurationNode(Line);

/// <summary>A list.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Items">What is in it.</param>
internal sealed record ListNode(int Line, IReadOnlyList<ConfigurationNode> Items) : ConfigurationNode(Line);

/// <summary>Keys with values, in the order they were written.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Entries">The keys and values.</param>
internal sealed record MapNode(int Line, IReadOnlyList<MapEntry> Entries) : ConfigurationNode(Line);

/// <summary>A key with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Line">Where the key is.</param>
/// <param name="Value">The value.</param>
internal sealed record MapEntry(string Key, int Line, ConfigurationNode Value);
