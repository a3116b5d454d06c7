using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>
/// The entries of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") as they were when it was read. To change a
/// file, see <see cref="KnownHostsEditor"/>.
/// </summary>
public sealed class KnownHostsFile
{
    // Thousands of times what files in use have; it bounds the memory that a wrong path such as a disk image can take.
    internal const long MaxLength = 64 * 1024 * 1024;

    internal KnownHostsFile(string source, ReadOnlyMemory<byte> content, bool bareKeys = false)
    {
        Source = source;
        Lines = KnownHostLine.ReadAll(content, source, bareKeys);
        Entries = [.. Lines.Select(line => line.Entry).OfType<KnownHostEntry>()];
        DamagedLines = [.. Lines.Select(line => line.Damage).OfType<KnownHostsDamage>()];
    }

    /// <summary>The user's own files, as <c>ssh</c> reads them by default. The first is the one that new keys go to.</summary>
    public static IReadOnlyList<string> UserFiles { get; } =
    [
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh", "known_hosts"),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh", "known_hosts2"),
    ];

    /// <summary>The machine's files, as <c>ssh</c> reads them by default.</summary>
    public static IReadOnlyList<string> GlobalFiles { get; } = OperatingSystem.IsWindows()
        ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "ssh", "ssh_known_hosts")]
        : ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

    /// <summary>The file, or what else the text came from.</summary>
    public string Source { get; }

    /// <summary>The keys, in the order of the file.</summary>
    public IReadOnlyList<KnownHostEntry> Entries { get; }

    /// <summary>Lines that cannot be used. Changes to the file leave them as they are.</summary>
    public IReadOnlyList<KnownHostsDamage> DamagedLines { get; }

    internal IReadOnlyList<KnownHostLine> Lines { get; }

    /// <summary>Reads a file. One that does not exist has no entries.</summary>
    /// <param name="path">The file; <c>~/</c> stands for the user's home directory.</param>
    /// <returns>Its entries.</returns>
    /// <exception cref="SftpException">
    /// It cannot be read (<see cref="SftpErrorCode.PermissionDenied"/>, <see cref="SftpErrorCode.Unknown"/>) or is too
    /// large to be a known_hosts file (<see cref="SftpErrorCode.InvalidArgument"/>).
    /// </exception>
    public static KnownHostsFile Load(string path)
    {
        path = LocalFile.Expand(path);
        return new KnownHostsFile(path, LocalFile.Read(path, MaxLength));
    }

    /// <summary>Reads lines from a text.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="source">Where they come from, for messages.</param>
    /// <returns>The entries.</returns>
    public static KnownHostsFile Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        return new KnownHostsFile(source, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The entries for a host and port, as <c>ssh-keygen -F</c> finds them.</summary>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <returns>The entries, those of authorities and revoked ones among them.</returns>
    public IReadOnlyList<KnownHostEntry> Find(string host, int port = KnownHostName.DefaultPort)
    {
        var name = KnownHostName.ToMatch(KnownHostName.For(host, port));
        return [.. Entries.Where(entry => entry.Matches(name))];
    }

    /// <summary>Judges a key that a host presents; see <see cref="HostKeyJudgement.Of"/>.</summary>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <param name="key">The key.</param>
    /// <returns>The judgement.</returns>
    public HostKeyJudgement Judge(string host, int port, SshHostKey key) => HostKeyJudgement.Of(Entries, host, port, key);
}
