using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace AcodeSftp.SshNet;

/// <summary>
/// Finds what is at a path itself. SSH.NET resolves every path with REALPATH first and so always acts on what a link leads
/// to: deleting a link by its path deletes the target. Only an entry of a listing stands for the link itself.
/// </summary>
/// <param name="sftp">The client.</param>
internal sealed class EntryLookup(SftpClient sftp)
{
    /// <summary>Finds an entry; a link is not followed.</summary>
    /// <param name="path">The path.</param>
    /// <param name="findDangling">
    /// Whether a link that leads nowhere is found. To SSH.NET it looks like nothing at all, so the whole directory is listed
    /// where nothing was found.
    /// </param>
    /// <returns>The entry, whose full name is the path in its canonical directory.</returns>
    /// <exception cref="SftpPathNotFoundException">There is none.</exception>
    public ISftpFile Find(string path, bool findDangling)
    {
        var absolute = Absolute(path);
        if (absolute is "/")
            return sftp.Get(absolute);
        var slash = absolute.LastIndexOf('/');
        var (folder, name) = (slash == 0 ? "/" : absolute[..slash], absolute[(slash + 1)..]);
        if (name is "." or "..")
            return sftp.Get(absolute);
        var canonicalFolder = sftp.Get(folder).FullName;
        SftpPathNotFoundException? missing = null;
        try
        {
            var found = sftp.Get(absolute);
            if (found.FullName == Join(canonicalFolder, name))
                return found;
        }
        catch (SftpPathNotFoundException e) when (findDangling)
        {
            missing = e;
        }

        return sftp.ListDirectory(canonicalFolder).FirstOrDefault(entry => entry.FullName == Join(canonicalFolder, name))
            ?? throw missing ?? new SftpPathNotFoundException();
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
