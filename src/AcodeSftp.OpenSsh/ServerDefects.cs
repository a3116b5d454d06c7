using System.Globalization;
using System.Text.RegularExpressions;

namespace AcodeSftp.OpenSsh;

/// <summary>What versions of servers are known to do wrong.</summary>
internal static partial class ServerDefects
{
    /// <summary>
    /// Whether a server ends the whole connection when a channel is opened while another one's program ends: Dropbear
    /// 2022.82 to 2024.85 (its issue 321, "failed assertion in common-channel.c: !channel->sent_close").
    /// </summary>
    /// <param name="serverVersion">The server's software version; null where it is not known.</param>
    /// <returns>Whether it does.</returns>
    public static bool LosesConnectionWithConcurrentChannels(string? serverVersion) =>
        serverVersion is not null
        && DropbearVersion().Match(serverVersion) is { Success: true } match
        && decimal.Parse(match.Groups[1].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) is >= 2022.82m and <= 2024.85m;

    [GeneratedRegex(@"^dropbear_([0-9]{4}\.[0-9]{1,3})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex DropbearVersion();
}
