using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>
/// Where the known host keys come from, once the order of <see cref="KnownHostKeysSource"/> has been gone through: either
/// lines of text or files. A transport that can only be given a file writes <see cref="Lines"/> into one.
/// </summary>
public sealed class ResolvedKnownHosts
{
    private readonly KnownHostsFile? _text;

    internal ResolvedKnownHosts(string source, KnownHostsFile text)
    {
        Description = source;
        _text = text;
        Lines = [.. text.Lines.Where(line => line.Entry is not null).Select(Line)];
    }

    internal ResolvedKnownHosts(IEnumerable<string> userFiles, IEnumerable<string> globalFiles)
    {
        UserFiles = [.. userFiles.Select(LocalFile.Expand)];
        GlobalFiles = [.. globalFiles.Select(LocalFile.Expand)];
        Description = string.Join(", ", UserFiles.Concat(GlobalFiles));
    }

    /// <summary>What the keys come from, for a person.</summary>
    public string Description { get; }

    /// <summary>
    /// Lines for a known_hosts file that is to be used in place of all others, or null when the files are to be used. They
    /// are public keys, no secrets. A key that was given alone has the pattern <c>*</c>, because the name under which
    /// <c>ssh</c> looks for a host can be another one than was typed (HostName and HostKeyAlias of ssh_config).
    /// </summary>
    public IReadOnlyList<string>? Lines { get; }

    /// <summary>The user's files, full paths; none where there are <see cref="Lines"/>.</summary>
    public IReadOnlyList<string> UserFiles { get; } = [];

    /// <summary>The machine's files, full paths; none where there are <see cref="Lines"/>.</summary>
    public IReadOnlyList<string> GlobalFiles { get; } = [];

    /// <summary>The file that new keys go to, or null where the keys were given as text and none can be added.</summary>
    public string? SaveFile => UserFiles.Count > 0 ? UserFiles[0] : null;

    /// <summary>Reads the entries, those of files as the files are now.</summary>
    /// <returns>The entries in order.</returns>
    /// <exception cref="SftpException">
    /// A file is there and cannot be read. A file of the machine that the user may not read is left out, as <c>ssh</c> does.
    /// </exception>
    public IReadOnlyList<KnownHostEntry> Load()
    {
        if (_text is not null)
            return _text.Entries;
        var entries = new List<KnownHostEntry>();
        foreach (var file in UserFiles)
            entries.AddRange(KnownHostsFile.Load(file).Entries);
        foreach (var file in GlobalFiles)
        {
            try
            {
                entries.AddRange(KnownHostsFile.Load(file).Entries);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.PermissionDenied)
            {
                // The administrator's choice; what the file would have vouched for is then unknown, and so refused.
            }
        }

        return entries;
    }

    /// <summary>
    /// The types of key that are known for a host, in the order of the entries. A client does well to ask the server for
    /// these first, as <c>ssh</c> does: a host that is known by one type and presents another counts as changed.
    /// </summary>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <returns>Key types such as <c>ssh-ed25519</c>; none when the host is unknown.</returns>
    public IReadOnlyList<string> KnownKeyTypes(string host, int port)
    {
        var plain = Load().Where(entry => entry.Marker == KnownHostMarker.None).ToArray();
        var own = plain.Where(entry => entry.IsFor(host, port)).ToArray();
        return [.. (own.Length > 0 ? own : plain.Where(entry => entry.IsFor(host))).Select(entry => entry.Key.Type).Distinct()];
    }

    private static string Line(KnownHostLine line)
    {
        var text = Encoding.UTF8.GetString(line.Bytes.Span).Trim();
        return SshHostKey.TryParse(text, out var bare) ? "* " + bare.KeyText : text;
    }
}
