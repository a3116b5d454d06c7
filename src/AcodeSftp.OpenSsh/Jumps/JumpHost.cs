using System.Globalization;

namespace AcodeSftp.OpenSsh.Jumps;

/// <summary>A host to go through.</summary>
/// <param name="UserName">The account there; null for what <c>ssh_config</c> says.</param>
/// <param name="HostName">Its name, address or alias of <c>ssh_config</c>, without brackets.</param>
/// <param name="Port">Its port; null for what <c>ssh_config</c> says.</param>
internal sealed record JumpHost(string? UserName, string HostName, int? Port)
{
    /// <summary>Reads <c>[user@]host[:port]</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The host.</returns>
    /// <exception cref="SftpException">It is something else (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static JumpHost Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            throw Invalid(text, "it is empty");
        var at = text.LastIndexOf('@');
        var user = at < 0 ? null : text[..at];
        var (host, port) = Split(text, text[(at + 1)..]);
        // 'none' would turn jumping off.
        if (host.Length == 0 || host[0] == '-' || host == "none" || !host.All(IsOfHost))
            throw Invalid(text, "the host name is none");
        if (user is not null && (user.Length == 0 || user[0] == '-' || !user.All(IsOfUser)))
            throw Invalid(text, "the user name has a character in it that ssh does not accept there");
        return new JumpHost(user, host, port);
    }

    /// <summary>As <c>ssh</c> reads it.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var host = HostName.Contains(':', StringComparison.Ordinal) ? $"[{HostName}]" : HostName;
        var user = UserName is null ? "" : UserName + "@";
        return Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{user}{host}:{port}") : user + host;
    }

    // These go through a shell and through patterns of ssh_config on their way: only what cannot mean anything there.
    private static bool IsOfHost(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '%' || c > '\x9F';

    private static bool IsOfUser(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' or '+' || c > '\x9F';

    private static (string Host, int? Port) Split(string text, string authority)
    {
        var end = authority.LastIndexOf(':');
        if (authority.StartsWith('['))
        {
            var bracket = authority.IndexOf(']', StringComparison.Ordinal);
            if (bracket < 0 || (bracket + 1 < authority.Length && bracket + 1 != end))
                throw Invalid(text, "its brackets do not belong together");
            return (authority[1..bracket], end > bracket ? PortOf(text, authority[(end + 1)..]) : null);
        }

        // Two colons without brackets are an address of IP version 6 without a port.
        return end < 0 || authority.IndexOf(':', StringComparison.Ordinal) != end
            ? (authority, null)
            : (authority[..end], PortOf(text, authority[(end + 1)..]));
    }

    private static int PortOf(string text, string port) =>
        int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65535
            ? number
            : throw Invalid(text, "its port is not between 1 and 65535");

    private static SftpException Invalid(string? text, string reason) =>
        new(SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(text ?? "")}' is not a jump host: {reason}.")
        {
            Advice = "Give each jump host as [user@]host[:port], the first one first.",
        };
}
