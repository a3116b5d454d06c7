namespace AcodeSftp.Diagnostics;

/// <summary>What came of a step of <see cref="SessionCheck"/>.</summary>
public enum SessionCheckStatus
{
    /// <summary>As it should be.</summary>
    Passed = 0,

    /// <summary>Works, but not as it should, or something else will not.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Failed,

    /// <summary>Not looked at: it does not apply here, or something before it failed.</summary>
    Skipped,
}

/// <summary>One thing that was looked at.</summary>
public sealed record SessionCheckStep
{
    /// <summary>What was looked at; one of the names in <see cref="SessionCheckNames"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What came of it.</summary>
    public required SessionCheckStatus Status { get; init; }

    /// <summary>What was found, for a person.</summary>
    public required string Detail { get; init; }

    /// <summary>What a person can do about it; null where there is nothing to do.</summary>
    public string? Advice { get; init; }

    /// <summary>How long it took; zero where it was skipped.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The id of the session.</summary>
    public required int SessionId { get; init; }

    /// <summary>The host.</summary>
    public required string HostName { get; init; }
}

/// <summary>The names of the steps, in their order. Scripts compare them, so they never change.</summary>
public static class SessionCheckNames
{
    /// <summary>The host's name has an address.</summary>
    public const string NameResolution = "NameResolution";

    /// <summary>Something answers at the address and the port, and speaks SSH.</summary>
    public const string Tcp = "Tcp";

    /// <summary>The host key is accepted.</summary>
    public const string HostKey = "HostKey";

    /// <summary>The account can log in.</summary>
    public const string Authentication = "Authentication";

    /// <summary>The server offers SFTP.</summary>
    public const string Sftp = "Sftp";

    /// <summary>The account may run commands, and its startup files are quiet.</summary>
    public const string Exec = "Exec";

    /// <summary>There is room on the file system of the start directory.</summary>
    public const string FreeSpace = "FreeSpace";

    /// <summary>A file can be made in the start directory, and removed.</summary>
    public const string WriteAccess = "WriteAccess";

    /// <summary>The server can compute SHA-256.</summary>
    public const string ChecksumTools = "ChecksumTools";

    /// <summary>The server's clock agrees with the local one.</summary>
    public const string ClockDifference = "ClockDifference";

    /// <summary>How long a round trip takes.</summary>
    public const string Latency = "Latency";

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        NameResolution, Tcp, HostKey, Authentication, Sftp, Exec, FreeSpace, WriteAccess, ChecksumTools, ClockDifference, Latency,
    ];
}

/// <summary>What one step found.</summary>
/// <param name="Status">What came of it.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What can be done about it.</param>
internal sealed record SessionFinding(SessionCheckStatus Status, string Detail, string? Advice = null)
{
    public static SessionFinding Passed(string detail) => new(SessionCheckStatus.Passed, detail);

    public static SessionFinding Warning(string detail, string? advice = null) => new(SessionCheckStatus.Warning, detail, advice);

    public static SessionFinding Failed(string detail, string? advice = null) => new(SessionCheckStatus.Failed, detail, advice);

    public static SessionFinding Failed(SftpException error) => new(SessionCheckStatus.Failed, error.Message, error.Advice);

    public static SessionFinding Skipped(string detail) => new(SessionCheckStatus.Skipped, detail);
}
