using System.Globalization;

namespace AcodeSftp.Shell.Sessions;

/// <summary>A host as people write it, with the account and the port that may come with it.</summary>
/// <param name="HostName">The host name, address or alias, without brackets.</param>
/// <param name="UserName">The account, or null.</param>
/// <param name="Port">The port, or null.</param>
internal sealed record HostTarget(string HostName, string? UserName, int? Port)
{
    /// <summary>
    /// Reads <c>host</c>, <c>user@host</c>, <c>host:port</c>, <c>[IPv6 address]:port</c> and the same after <c>ssh://</c> or
    /// <c>sftp://</c>. An IPv6 address without brackets is taken whole.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <returns>Its parts.</returns>
    /// <exception cref="SftpException">It cannot be read so (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static HostTarget Parse(string text)
    {
        var rest = text.Trim();
        var isUrl = false;
        foreach (var scheme in (string[])["ssh://", "sftp://"])
        {
            if (rest.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                (rest, isUrl) = (rest[scheme.Length..], true);
        }

        if (isUrl && rest.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0)
        {
            if (slash < rest.Length - 1)
                throw Invalid(text, "a path after the host is not part of a session; give it to the commands that use the session");
            rest = rest[..slash];
        }

        // An account may have an @ in it, a host cannot.
        string? user = null;
        if (rest.LastIndexOf('@') is var at and >= 0)
        {
            user = isUrl ? Uri.UnescapeDataString(rest[..at]) : rest[..at];
            rest = rest[(at + 1)..];
            if (isUrl && user.Contains(':', StringComparison.Ordinal))
                throw Invalid("(not shown)", "a password does not belong into a URL; use -Credential");
            if (user.Length == 0)
                throw Invalid(text, "there is no account before the @");
        }

        string? portText = null;
        if (rest.StartsWith('[') && rest.IndexOf(']', StringComparison.Ordinal) is var close and > 0)
        {
            var after = rest[(close + 1)..];
            rest = rest[1..close];
            if (after.Length > 0)
                portText = after[0] == ':' ? after[1..] : throw Invalid(text, "only a colon and a port can follow the bracket");
        }
        else if (rest.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 && rest.LastIndexOf(':') == colon)
        {
            (rest, portText) = (rest[..colon], rest[(colon + 1)..]);
        }

        if (string.IsNullOrWhiteSpace(rest))
            throw Invalid(text, "it names no host");
        return new HostTarget(rest, user, portText is null ? null : ParsePort(portText, text));
    }

    private static int ParsePort(string port, string text) =>
        int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
            ? number
            : throw Invalid(text, $"'{port}' is no port (1 to 65535)");

    private static SftpException Invalid(string text, string why) =>
        new(SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(text)}' cannot be read as a host: {why}.")
        {
            Advice = "Write the host as host, user@host, user@host:port, [IPv6 address]:port or an alias of ssh_config.",
        };
}
