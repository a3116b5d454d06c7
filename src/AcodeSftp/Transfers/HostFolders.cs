using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Transfers;

/// <summary>
/// The directories that files of several hosts go into, so that files of one name do not replace each other: the name the
/// user gave a session, or else its host's.
/// </summary>
internal static class HostFolders
{
    // What some file system does not allow in a name, everywhere alike, so that a script finds the same directory anywhere.
    private const string NotInNames = "/\\:*?\"<>|";

    /// <summary>Names the directories.</summary>
    /// <param name="sessions">The sessions.</param>
    /// <returns>The directory of each session, by its id. No two are the same, upper and lower case alike.</returns>
    public static IReadOnlyDictionary<int, string> For(IReadOnlyCollection<SftpSession> sessions)
    {
        var wanted = sessions.Select(session => (session.Id, Name: Safe(NameOf(session)))).ToList();
        var shared = wanted.GroupBy(folder => folder.Name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var taken = wanted.Select(folder => folder.Name).Where(name => !shared.Contains(name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var folders = new Dictionary<int, string>();
        foreach (var (id, name) in wanted)
        {
            var folder = name;
            while (shared.Contains(folder) || (folder != name && !taken.Add(folder)))
                folder += $"-{id}";
            folders[id] = folder;
        }

        return folders;
    }

    private static string NameOf(SftpSession session) =>
        session.Name == session.Options.Authority || session.Name == session.Authority ? session.HostName : session.Name;

    /// <summary>A text as the name of one directory.</summary>
    /// <param name="name">The text.</param>
    /// <returns>The name: never empty, never one that leads elsewhere.</returns>
    internal static string Safe(string name)
    {
        var safe = string.Concat(name.Select(character =>
            char.IsControl(character) || NotInNames.Contains(character, StringComparison.Ordinal) ? '_' : character)).TrimEnd(' ', '.');
        return safe.Length == 0 ? "_" : safe;
    }
}
