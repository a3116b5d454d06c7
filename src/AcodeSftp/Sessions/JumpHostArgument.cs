namespace AcodeSftp.Shell.Sessions;

/// <summary>Reads the hosts that -JumpHost names.</summary>
internal static class JumpHostArgument
{
    /// <summary>Reads a host and writes it as <c>[user@]host[:port]</c>.</summary>
    /// <param name="text">The host as <see cref="HostTarget"/> reads it.</param>
    /// <returns>The host as <c>ssh -J</c> reads it.</returns>
    /// <exception cref="SftpException">It cannot be read so (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static string Read(string text)
    {
        HostTarget target;
        try
        {
            target = HostTarget.Parse(text);
        }
        catch (SftpException e)
        {
            throw new SftpException(e.Code, $"-JumpHost: {e.Message}", e) { Advice = e.Advice };
        }

        // ssh splits -J at commas and hands it to a process of its own.
        var parts = (target.UserName ?? "") + target.HostName;
        if (target.HostName[0] == '-' || target.UserName is ['-', ..] || parts.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == ','))
            throw new SftpException(SftpErrorCode.InvalidArgument, $"-JumpHost: '{TerminalText.Clean(text)}' is not the name of one host.")
            {
                Advice = "Give several hosts as several values: -JumpHost first, second.",
            };
        var host = target.HostName.Contains(':', StringComparison.Ordinal) ? $"[{target.HostName}]" : target.HostName;
        return (target.UserName is null ? "" : target.UserName + "@") + host + (target.Port is { } port ? $":{port}" : "");
    }
}
