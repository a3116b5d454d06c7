using System.Diagnostics;
using System.Text;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.HostKeys;

/// <summary>How a key is written into a known_hosts file.</summary>
public enum HostNameHiding
{
    /// <summary>Hashed when the file has a hashed entry already, plain otherwise.</summary>
    AsFile = 0,

    /// <summary>Plain text.</summary>
    Plain,

    /// <summary>Hashed, so that the file does not tell which hosts its owner uses.</summary>
    Hashed,
}

/// <summary>
/// Changes known_hosts files. A file is replaced in one step, keeps its mode and every line that is not concerned byte for
/// byte, and is changed by one of these methods at a time, in this process and others. Links are followed, so that a
/// linked file stays a link.
/// </summary>
public static class KnownHostsEditor
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    // How often a file is written anew because it changed meanwhile; a file that changes that fast is someone's test.
    private const int MaxAttempts = 20;

    /// <summary>Adds a host's key at the end of a file, unless the file has it. Other keys of the host stay.</summary>
    /// <param name="path">The file; made when it is missing, with mode 0600, and its directory with 0700.</param>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <param name="key">The key.</param>
    /// <param name="hiding">Whether the name is hashed.</param>
    /// <param name="marker">What the line says about the key. Lines with a marker are never hashed, as with OpenSSH.</param>
    /// <returns>The new entry, or null when the file had it.</returns>
    /// <exception cref="SftpException">
    /// The host's name cannot stand in the file (<see cref="SftpErrorCode.InvalidArgument"/>), or the file cannot be
    /// written (<see cref="SftpErrorCode.PermissionDenied"/>, <see cref="SftpErrorCode.Timeout"/> when another program
    /// holds its lock, <see cref="SftpErrorCode.Unknown"/>).
    /// </exception>
    public static KnownHostEntry? Add(
        string path,
        string host,
        int port,
        SshHostKey key,
        HostNameHiding hiding = HostNameHiding.AsFile,
        KnownHostMarker marker = KnownHostMarker.None)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Add(path, host, port, key, hiding, marker, check: null);
    }

    /// <summary>Removes the entries of a host, as <c>ssh-keygen -R</c> does: authorities and revoked keys stay.</summary>
    /// <param name="path">The file.</param>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <param name="keyType">The type of key to remove, such as <c>ssh-rsa</c>; null for all.</param>
    /// <returns>
    /// The entries that were removed, with the numbers of the lines they stood in. A line for several hosts goes as a whole.
    /// </returns>
    /// <exception cref="SftpException">The file cannot be written, as with adding.</exception>
    public static IReadOnlyList<KnownHostEntry> Remove(
        string path, string host, int port = KnownHostName.DefaultPort, string? keyType = null)
    {
        var name = KnownHostName.ToMatch(KnownHostName.For(host, port));
        return Remove(path, entry => (keyType is null || SshKeyFormat.IsNameOf(keyType, entry.Key.Type)) && entry.Matches(name));
    }

    /// <summary>
    /// Removes entries that were read from a file, wherever in it they stand by now. Authorities and revoked keys stay.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="entries">The entries.</param>
    /// <returns>The entries that were removed.</returns>
    /// <exception cref="SftpException">The file cannot be written, as with adding.</exception>
    public static IReadOnlyList<KnownHostEntry> Remove(string path, IReadOnlyCollection<KnownHostEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return Remove(path, entry => entries.Any(other => other.HostNames == entry.HostNames && other.Key.Equals(entry.Key)));
    }

    private static List<KnownHostEntry> Remove(string path, Func<KnownHostEntry, bool> isConcerned)
    {
        List<KnownHostEntry> removed = [];
        Change(path, file =>
        {
            removed.Clear();
            using var content = new MemoryStream();
            foreach (var line in file.Lines)
            {
                if (line.Entry is { Marker: KnownHostMarker.None } entry && isConcerned(entry))
                    removed.Add(entry);
                else
                    content.Write(line.Bytes.Span);
            }

            return removed.Count > 0 ? content.ToArray() : null;
        });
        return removed;
    }

    /// <summary>Adds a key after a last look at the file as it is once no one else can change it.</summary>
    internal static KnownHostEntry? Add(
        string path,
        string host,
        int port,
        SshHostKey key,
        HostNameHiding hiding,
        KnownHostMarker marker,
        Action<KnownHostsFile>? check)
    {
        var name = KnownHostName.ForWriting(host, port);
        KnownHostEntry? added = null;
        Change(path, file =>
        {
            added = null;
            check?.Invoke(file);
            if (file.Find(host, port).Any(entry => entry.Marker == marker && entry.Key.Equals(key)))
                return null;

            var hash = marker == KnownHostMarker.None && (hiding == HostNameHiding.Hashed
                || (hiding == HostNameHiding.AsFile && file.Entries.Any(entry => entry.IsHashed)));
            var line = Line(name, key, hash, marker);
            var content = new List<byte>();
            foreach (var old in file.Lines)
                content.AddRange(old.Bytes.Span);
            if (content.Count > 0 && content[^1] != (byte)'\n')
                content.Add((byte)'\n');
            content.AddRange(line);
            added = new KnownHostsFile(file.Source, content.ToArray()).Entries[^1];
            return [.. content];
        });
        return added;
    }

    private static byte[] Line(string name, SshHostKey key, bool hash, KnownHostMarker marker)
    {
        var prefix = marker switch
        {
            KnownHostMarker.CertificateAuthority => "@cert-authority ",
            KnownHostMarker.Revoked => "@revoked ",
            _ => "",
        };
        var hosts = hash ? HashedHostName.Create(KnownHostName.ToMatch(name)) : name;
        return Encoding.UTF8.GetBytes($"{prefix}{hosts} {key.KeyText}\n");
    }

    private static void Change(string path, Func<KnownHostsFile, byte[]?> change)
    {
        path = LocalFile.Expand(path);
        var target = LocalFile.Resolve(path);
        if (LocalFile.IsDevice(target))
        {
            // 'UserKnownHostsFile=/dev/null' is a common way to say that nothing shall be remembered.
            change(new KnownHostsFile(path, default));
            return;
        }

        LocalFile.MakeDirectoryOf(target);
        using var turn = TakeTurn(target);
        for (var attempt = 1; ; attempt++)
        {
            var before = LocalFile.Read(target, KnownHostsFile.MaxLength);
            if (change(new KnownHostsFile(path, before)) is not { } after)
                return;

            // ssh appends to the file without asking for our lock. To look once more right before the rename leaves
            // only that moment in which a line of it could be lost.
            var isLast = attempt == MaxAttempts;
            if (LocalFile.Replace(target, after, () => isLast || IsStill(target, before)))
                return;
        }
    }

    private static bool IsStill(string target, ReadOnlySpan<byte> content) =>
        LocalFile.Read(target, KnownHostsFile.MaxLength).AsSpan().SequenceEqual(content);

    // The lock is a file of its own, because the file itself is replaced. It is taken through the operating system, which
    // gives it up when its holder dies, and removed by whoever had it.
    private static FileStream TakeTurn(string target)
    {
        var lockFile = target + ".lock";
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                var options = new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    Options = FileOptions.DeleteOnClose,
                };
                if (!OperatingSystem.IsWindows())
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                return new FileStream(lockFile, options);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (!IsHeld(e))
                    throw LocalFile.Failed("write", target, e);
                if (waited.Elapsed > LockTimeout)
                {
                    throw new SftpException(
                        SftpErrorCode.Timeout,
                        $"Another program is changing '{TerminalText.Clean(target)}': it has held the lock "
                        + $"'{TerminalText.Clean(lockFile)}' for {LockTimeout.TotalSeconds:0} seconds.",
                        e)
                    {
                        Path = target,
                    };
                }

                Thread.Sleep(Random.Shared.Next(5, 30));
            }
        }
    }

    // Windows also denies access to a lock file that is just being deleted.
    private static bool IsHeld(Exception e) => e is IOException io
        ? LocalErrors.IsInUse(io)
        : OperatingSystem.IsWindows();
}
