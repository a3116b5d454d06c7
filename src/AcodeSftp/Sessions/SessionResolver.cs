using System.Globalization;
using System.IO.Enumeration;
using System.Management.Automation;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Finds the sessions that a command is to work with.</summary>
internal static class SessionResolver
{
    /// <summary>The session to use where the command names none: the only one that is open.</summary>
    /// <param name="sessions">The open sessions.</param>
    /// <returns>The session, or what is wrong with leaving it out.</returns>
    public static (SftpSession? Session, SessionProblem? Problem) Default(IReadOnlyList<SftpSession> sessions) => sessions switch
    {
        [var only] => (only, null),
        [] => (null, new SessionProblem(
            SessionProblem.NoneOpen,
            "No SFTP session is open.",
            "Open one with New-SftpSession.")),
        _ => (null, new SessionProblem(
            SessionProblem.Ambiguous,
            $"{sessions.Count} sessions are open, so the command has to be told which to use: {Describe(sessions)}.",
            "Name one with -Session, by its id or its name.")),
    };

    /// <summary>The sessions that an id or a name, with or without wildcards, stands for.</summary>
    /// <param name="idOrName">A number, or a name.</param>
    /// <param name="sessions">The open sessions.</param>
    /// <returns>The sessions; none where nothing matches.</returns>
    public static IReadOnlyList<SftpSession> Find(object idOrName, IReadOnlyList<SftpSession> sessions)
    {
        var text = Convert.ToString(idOrName, CultureInfo.InvariantCulture) ?? "";
        var named = sessions.Where(session => Matches(text, session.Name)).ToList();
        if (named.Count > 0 || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return named;
        return [.. sessions.Where(session => session.Id == id)];
    }

    /// <summary>Whether a session's name is, or matches, a text; upper and lower case alike.</summary>
    /// <param name="pattern">The name, with or without <c>*</c> and <c>?</c>.</param>
    /// <param name="name">The session's name.</param>
    /// <returns>Whether it does.</returns>
    public static bool Matches(string pattern, string name) =>
        string.Equals(pattern, name, StringComparison.OrdinalIgnoreCase) ||
        FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), name, ignoreCase: true);

    /// <summary>What to say of an id or a name that stands for no session.</summary>
    /// <param name="idOrName">The id or the name.</param>
    /// <param name="sessions">The open sessions.</param>
    /// <returns>The problem.</returns>
    public static SessionProblem NotFound(object idOrName, IReadOnlyList<SftpSession> sessions) => new(
        SessionProblem.NotFoundId,
        sessions.Count == 0
            ? $"There is no session '{idOrName}': no SFTP session is open."
            : $"There is no session '{idOrName}'. Open are: {Describe(sessions)}.",
        sessions.Count == 0 ? "Open one with New-SftpSession." : "Use one of these, or open another with New-SftpSession.");

    private static string Describe(IReadOnlyList<SftpSession> sessions) => string.Join(", ", sessions.Select(session =>
        session.Name == session.Options.Authority || session.Name == session.Authority
            ? $"{session.Id} ({session.Authority})"
            : $"{session.Id} '{TerminalText.Clean(session.Name)}' ({session.Authority})"));
}

/// <summary>Why there is no session to work with.</summary>
/// <param name="Id">The error's fixed id.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Advice">What to do about it.</param>
internal sealed record SessionProblem(string Id, string Message, string Advice)
{
    /// <summary>No session is open.</summary>
    public const string NoneOpen = "SftpNoSession";

    /// <summary>Several are open and none was named.</summary>
    public const string Ambiguous = "SftpSessionAmbiguous";

    /// <summary>The one that was named is not open.</summary>
    public const string NotFoundId = "SftpSessionNotFound";

    /// <summary>The problem as an error.</summary>
    /// <param name="target">What it concerns.</param>
    /// <returns>The record.</returns>
    public ErrorRecord ToErrorRecord(object? target = null) => SftpErrorRecord.Create(
        Id,
        Id == Ambiguous ? ErrorCategory.InvalidArgument : ErrorCategory.ObjectNotFound,
        Message,
        target,
        Advice);
}
