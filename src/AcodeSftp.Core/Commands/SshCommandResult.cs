namespace AcodeSftp.Commands;

/// <summary>What a remote command did.</summary>
public sealed record SshCommandResult
{
    /// <summary>The id of the session it ran on.</summary>
    public required int SessionId { get; init; }

    /// <summary>The host it ran on.</summary>
    public required string HostName { get; init; }

    /// <summary>The command line as it was sent.</summary>
    public required string Command { get; init; }

    /// <summary>Its exit code; null where a signal ended it or the server did not say.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it, without <c>SIG</c>; null where it exited by itself.</summary>
    public string? Signal { get; init; }

    /// <summary>Its output, read as UTF-8.</summary>
    public required string StandardOutput { get; init; }

    /// <summary>Its error output, read as UTF-8.</summary>
    public required string StandardError { get; init; }

    /// <summary>Time from the request to the end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Whether it exited with code 0.</summary>
    public bool Success => ExitCode == 0;
}
