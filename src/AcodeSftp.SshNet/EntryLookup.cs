using System.Collections.Concurrent;
using System.Diagnostics;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace AcodeSftp.SshNet;

/// <summary>
/// Finds what is at a path itself. SSH.NET resolves every path with REALPATH first and so always acts on what a link leads
/// to: deleting a link by its path deletes the target. Only an entry of a listing stands for the link itself.
/// </summary>
/// <param name="sftp">The client.</param>
/// <param name="folders">What is known of directories.</param>
internal sealed class EntryLookup(SftpClient sftp, CanonicalFolders folders)
{
    /// <summary>Finds an entry; a link is not followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="findDangling">
    /// Whether a link that leads nowhere is found. To SSH.NET it looks like nothing at all, so the whole directory is listed
    /// where nothing was found.
    /// </param>
    /// <param name="mayRemember">Whether the links that an earlier listing saw may do instead.</param>
    /// <returns>The entry, whose full name is the path in its canonical directory.</returns>
    /// <exception cref="SftpPathNotFoundException">There is none.</exception>
    public ISftpFile Find(string path, bool findDangling, bool mayRemember = false)
    {
        var absolute = Absolute(path);
        if (absolute is "/")
            return sftp.Get(absolute);
        var slash = absolute.LastIndexOf('/');
        var (folder, name) = (slash == 0 ? "/" : absolute[..slash], absolute[(slash + 1)..]);
        if (name is "." or "..")
            return sftp.Get(absolute);
        SftpPathNotFoundException? missing = null;
        try
        {
            var found = sftp.Get(absolute);
            if (found.FullName == Join(folders.Find(folder) ?? folders.Resolve(folder, sftp), name))
                return found;
        }
        catch (SftpPathNotFoundException e) when (findDangling)
        {
            missing = e;
        }

        var canonicalFolder = folders.Resolve(folder, sftp);
        if (missing is not null && mayRemember && folders.HadNoLink(canonicalFolder, name))
            throw missing;
        var started = Stopwatch.GetTimestamp();
        var entries = sftp.ListDirectory(canonicalFolder).ToList();
        folders.RememberLinks(
            canonicalFolder,
            entries.Where(entry => entry.IsSymbolicLink).Select(entry => entry.FullName[Join(canonicalFolder, "").Length..]),
            Stopwatch.GetElapsedTime(started));
        return entries.Find(entry => entry.FullName == Join(canonicalFolder, name)) ?? throw missing ?? new SftpPathNotFoundException();
    }

    /// <summary>Whether a path is a link that leads to something.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Whether it is; false where nothing is there.</returns>
    public bool IsLink(string path)
    {
        try
        {
            return Find(path, findDangling: false).Attributes.IsSymbolicLink;
        }
        catch (SftpPathNotFoundException)
        {
            return false;
        }
    }

    /// <summary>A path from the root on, without trailing slashes.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The same, absolute.</returns>
    public string Absolute(string path)
    {
        var full = path[0] == '/' ? path : path == "." ? sftp.WorkingDirectory : Join(sftp.WorkingDirectory, path);
        var trimmed = full.TrimEnd('/');
        return trimmed.Length == 0 ? "/" : trimmed;
    }

    /// <summary>Joins a directory and a name.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="name">The name.</param>
    /// <returns>The path.</returns>
    public static string Join(string folder, string name) => folder.EndsWith('/') ? folder + name : $"{folder}/{name}";
}

/// <summary>
/// Remembers what directories are called once links are resolved, for a while. It may be out of date: then a path looks like
/// a link, and is looked up anew. Remembers which links were in a directory, too, for a second or a little more.
/// </summary>
internal sealed class CanonicalFolders
{
    private const int Most = 1_000;

    // A listing that took long is not made again soon.
    private const int LinkAgePerListing = 20;

    private static readonly TimeSpan LeastLinkAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (HashSet<string> Names, long Seen, TimeSpan Age)> _links = new(StringComparer.Ordinal);

    /// <summary>What is remembered of a directory.</summary>
    /// <param name="folder">The directory.</param>
    /// <returns>Its canonical path, or null.</returns>
    public string? Find(string folder) => _known.GetValueOrDefault(folder);

    /// <summary>Whether a listing of a directory, not long ago, saw no link of that name in it.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="name">The name.</param>
    /// <returns>Whether that is so; false where it is not known.</returns>
    public bool HadNoLink(string folder, string name) =>
        _links.TryGetValue(folder, out var links) && Stopwatch.GetElapsedTime(links.Seen) < links.Age && !links.Names.Contains(name);

    /// <summary>Remembers the links in a directory for a moment.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="names">Their names.</param>
    /// <param name="duration">How long listing it took.</param>
    public void RememberLinks(string folder, IEnumerable<string> names, TimeSpan duration)
    {
        if (_links.Count > Most)
            _links.Clear();
        var age = duration * LinkAgePerListing;
        _links[folder] = (names.ToHashSet(StringComparer.Ordinal), Stopwatch.GetTimestamp(), age < LeastLinkAge ? LeastLinkAge : age);
    }

    /// <summary>Takes note that a link may have come to be somewhere.</summary>
    public void ForgetLinks() => _links.Clear();

    /// <summary>Asks the server.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="sftp">The client.</param>
    /// <returns>Its canonical path.</returns>
    public string Resolve(string folder, SftpClient sftp)
    {
        if (_known.Count > Most)
            _known.Clear();
        return _known[folder] = sftp.Get(folder).FullName;
    }
}
