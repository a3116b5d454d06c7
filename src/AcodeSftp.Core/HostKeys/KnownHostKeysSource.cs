namespace AcodeSftp.HostKeys;

/// <summary>
/// The places that known host keys can come from, and the order in which they are asked (SFTP-007): the first that has a
/// key is used, and the others are not looked at.
/// <list type="number">
/// <item><see cref="Parameter"/>;</item>
/// <item><see cref="SessionConfiguration"/>;</item>
/// <item>the environment variable <see cref="EnvironmentVariable"/>;</item>
/// <item><see cref="KnownHostsPath"/>, or the user's own files; in both cases with the machine's files.</item>
/// </list>
/// The first three are texts of known_hosts lines. Lines are separated by line breaks or by <c>\n</c> spelled out, as
/// environment variables and JSON often have it. Besides full lines, which are for the hosts that they name, a line may be
/// a key alone (<c>ssh-ed25519 AAAA…</c>), which is for whatever host is connected to.
/// </summary>
/// <remarks>
/// "Has a key" means any key, not one for the host in question: a text of keys is a full statement of what is trusted.
/// </remarks>
public sealed record KnownHostKeysSource
{
    /// <summary>The environment variable of the third place.</summary>
    public const string EnvironmentVariable = "SFTP_KNOWN_HOST_KEYS";

    /// <summary>Lines given in code or on the command line; null or blank for none.</summary>
    public string? Parameter { get; init; }

    /// <summary>Lines given by the session's configuration (<c>known_host_keys</c>); null or blank for none.</summary>
    public string? SessionConfiguration { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>A file to use in place of the user's own; null for those.</summary>
    public string? KnownHostsPath { get; init; }

    /// <summary>The user's own files; the first is the one that new keys go to.</summary>
    public IReadOnlyList<string> UserFiles { get; init; } = KnownHostsFile.UserFiles;

    /// <summary>The machine's files.</summary>
    public IReadOnlyList<string> GlobalFiles { get; init; } = KnownHostsFile.GlobalFiles;

    /// <summary>Finds the first place that has a key. Files are not read yet.</summary>
    /// <returns>What to use.</returns>
    /// <exception cref="SftpException">
    /// A text has no comment and no key but something else (<see cref="SftpErrorCode.InvalidArgument"/>). What was meant to
    /// say whom to trust must not be passed over in silence.
    /// </exception>
    public ResolvedKnownHosts Resolve() =>
        FromText(Parameter, "the parameter -KnownHostKey")
        ?? FromText(SessionConfiguration, "the session's configuration (known_host_keys)")
        ?? FromText(Environment(EnvironmentVariable), $"the environment variable {EnvironmentVariable}")
        ?? new ResolvedKnownHosts(string.IsNullOrEmpty(KnownHostsPath) ? UserFiles : [KnownHostsPath], GlobalFiles);

    private static ResolvedKnownHosts? FromText(string? text, string source)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var lines = text.TrimStart('\uFEFF')
            .Replace("\\r\\n", "\n", StringComparison.Ordinal)
            .Replace("\\n", "\n", StringComparison.Ordinal)
            .ReplaceLineEndings("\n");
        var parsed = new KnownHostsFile(source, System.Text.Encoding.UTF8.GetBytes(lines), bareKeys: true);
        if (parsed.Entries.Count > 0)
            return new ResolvedKnownHosts(source, parsed);
        return parsed.DamagedLines is not [var damage, ..]
            ? null
            : throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"There is no host key in {source}. Line {damage.LineNumber} cannot be used: {damage.Problem}.")
            {
                Advice = "Give known_hosts lines such as 'example.org ssh-ed25519 AAAAC3Nza...', as ssh-keyscan prints them, "
                    + "or only 'ssh-ed25519 AAAAC3Nza...'.",
            };
    }
}
