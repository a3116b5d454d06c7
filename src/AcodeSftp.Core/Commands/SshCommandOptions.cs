using AcodeSftp.Connections;

namespace AcodeSftp.Commands;

/// <summary>Which of a command's outputs a line came from.</summary>
public enum SshOutputStream
{
    /// <summary>Its output.</summary>
    StandardOutput,

    /// <summary>Its error output.</summary>
    StandardError,
}

/// <summary>A line that a command wrote.</summary>
/// <param name="Stream">Where to.</param>
/// <param name="Text">The line, without its end.</param>
public sealed record SshOutputLine(SshOutputStream Stream, string Text)
{
    /// <summary>The id of the session that the command runs on.</summary>
    public int SessionId { get; init; }

    /// <summary>The host that the command runs on.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The line as it is, so that it can be used as a text.</summary>
    /// <returns><see cref="Text"/>.</returns>
    public override string ToString() => Text;
}

/// <summary>How a command is run.</summary>
public sealed record SshCommandOptions
{
    /// <summary>How long it may take; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for as long as it likes.</summary>
    public TimeSpan Timeout { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>What is written to its input; null for nothing.</summary>
    public Stream? StandardInput { get; init; }

    /// <summary>
    /// Told each line as it arrives, in order within each stream; the command is held up while the task is not done. Null
    /// to collect the output in the result instead.
    /// </summary>
    public Func<SshOutputLine, CancellationToken, ValueTask>? OnLine { get; init; }

    /// <summary>Where its output goes as it is, byte for byte; null to read it as text.</summary>
    public Stream? BinaryOutput { get; init; }

    /// <summary>As <see cref="RemoteCommandRequest.WaitsForChannel"/>; yes, but for what is of use at once or not at all.</summary>
    internal bool WaitsForChannel { get; init; } = true;
}
