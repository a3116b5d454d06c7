namespace AcodeSftp.Protocol.Embedded;

/// <summary>A command that an embedded host was asked to run.</summary>
/// <param name="CommandLine">The command line as it was sent.</param>
/// <param name="Environment">The environment variables asked for.</param>
/// <param name="StandardInput">Its input.</param>
public sealed record EmbeddedCommand(
    string CommandLine,
    IReadOnlyDictionary<string, string> Environment,
    Stream StandardInput);

/// <summary>What a command on an embedded host does.</summary>
/// <param name="StandardOutput">Its output.</param>
/// <param name="StandardError">Its error output.</param>
/// <param name="ExitCode">Its exit code.</param>
public sealed record EmbeddedReply(string StandardOutput = "", string StandardError = "", int ExitCode = 0)
{
    /// <summary>The signal that ends it, without <c>SIG</c>, in place of an exit code; null for none.</summary>
    public string? Signal { get; init; }

    /// <summary>How long it runs before it ends. A signal ends it early.</summary>
    public TimeSpan Duration { get; init; }
}
