using System.Globalization;

namespace AcodeSftp.OpenSsh;

/// <summary>What <c>ssh</c>'s configuration makes of the options, as <c>ssh -G</c> prints it.</summary>
/// <param name="HostName">The host, aliases followed.</param>
/// <param name="Port">The port.</param>
/// <param name="UserName">The account.</param>
internal sealed record SshTarget(string HostName, int Port, string UserName)
{
    /// <summary>The name that the host goes by in known_hosts and in prompts, where it is another; null otherwise.</summary>
    public string? HostKeyAlias { get; init; }

    /// <summary>The ciphers, in order of preference.</summary>
    public string? Ciphers { get; init; }

    /// <summary>The jump hosts or the command that the connection goes through, for a person; null for none.</summary>
    public string? Proxy { get; init; }

    /// <summary>The user's files of known hosts; none where they are not known.</summary>
    public IReadOnlyList<string> UserKnownHostsFiles { get; init; } = [];

    /// <summary>The machine's files of known hosts; none where they are not known.</summary>
    public IReadOnlyList<string> GlobalKnownHostsFiles { get; init; } = [];

    /// <summary>The jump hosts, the first one first; none for none.</summary>
    public IReadOnlyList<string> JumpHosts { get; init; } = [];

    /// <summary>Whether something else makes the connection: jump hosts or a ProxyCommand.</summary>
    public bool HasProxy { get; init; }

    /// <summary>Reads what <c>ssh -G</c> prints: a keyword in lower case and its value on each line.</summary>
    /// <param name="output">What it prints.</param>
    /// <param name="hostName">The host as asked for, where the output has none.</param>
    /// <returns>The target.</returns>
    public static SshTarget Parse(string output, string hostName)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.Split(' ', 2) is [var keyword, var value])
                values.TryAdd(keyword, value);
        }

        var port = int.TryParse(values.GetValueOrDefault("port"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 22;
        return new SshTarget(values.GetValueOrDefault("hostname", hostName), port, values.GetValueOrDefault("user", ""))
        {
            HostKeyAlias = values.GetValueOrDefault("hostkeyalias"),
            Ciphers = values.GetValueOrDefault("ciphers"),
            Proxy = values.TryGetValue("proxyjump", out var jump) && jump != "none" ? $"the jump host {jump}"
                : values.TryGetValue("proxycommand", out var command) && command != "none" ? "a ProxyCommand"
                : null,
            UserKnownHostsFiles = Files("userknownhostsfile"),
            GlobalKnownHostsFiles = Files("globalknownhostsfile"),
            JumpHosts = Set("proxyjump")?.Split(',') ?? [],
            HasProxy = Set("proxyjump") is not null || Set("proxycommand") is not null,
        };

        string? Set(string keyword) => values.GetValueOrDefault(keyword) is { } value && value != "none" ? value : null;

        // They stand there without quotation marks: names with blanks in them come to pieces, and serve messages only.
        string[] Files(string keyword) => Set(keyword)?.Split(' ') ?? [];
    }
}
