using System.Management.Automation;
using AcodeSftp.Commands;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Shell.Commands;

/// <summary>What to say of a command that did not end with exit code 0.</summary>
internal static class CommandFailure
{
    /// <summary>The error's fixed id.</summary>
    public const string Id = "SshCommandFailed";

    /// <summary>How many lines of error output a message has at most.</summary>
    public const int LinesShown = 5;

    /// <summary>One sentence, with the last lines of the error output.</summary>
    /// <param name="result">What the command did.</param>
    /// <param name="lastLines">The end of its error output.</param>
    /// <returns>The text.</returns>
    public static string Describe(SshCommandResult result, IEnumerable<string> lastLines)
    {
        var end = result switch
        {
            { ExitCode: { } code } => $"ended with exit code {code}",
            { Signal: { } signal } => $"was ended by the signal {TerminalText.Clean(signal)}",
            _ => "ended, and the server did not say how",
        };
        var said = string.Join('\n', lastLines.Select(TerminalText.Clean));
        return $"{TerminalText.Clean(result.HostName)}: the command {end}{(said.Length > 0 ? ": " + said : ".")}";
    }

    /// <summary>The last lines of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The lines, without empty ones.</returns>
    public static IEnumerable<string> LastLines(string text) => text
        .ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .TakeLast(LinesShown);

    /// <summary>The error, with the result as its target.</summary>
    /// <param name="result">What the command did.</param>
    /// <param name="lastLines">The end of its error output.</param>
    /// <returns>The record.</returns>
    public static ErrorRecord ToRecord(SshCommandResult result, IEnumerable<string> lastLines) => SftpErrorRecord.Create(
        Id,
        ErrorCategory.InvalidResult,
        new SftpException(SftpErrorCode.Unknown, Describe(result, lastLines)) { Host = result.HostName },
        result,
        "The exit code and the output are in the error's TargetObject.");
}
