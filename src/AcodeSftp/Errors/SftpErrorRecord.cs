using System.Management.Automation;

namespace AcodeSftp.Shell.Errors;

/// <summary>Makes PowerShell's error records.</summary>
internal static class SftpErrorRecord
{
    /// <summary>The record of an error of the core.</summary>
    /// <param name="error">The error.</param>
    /// <param name="target">What it concerns; null for the path or host that it names.</param>
    /// <param name="host">What to call the host, where the command works with several; null where it need not be said.</param>
    /// <returns>The record, with what can be done about it as the recommended action.</returns>
    public static ErrorRecord From(SftpException error, object? target = null, string? host = null)
    {
        var (category, id) = SftpErrorMap.Describe(error.Code);
        var record = Create(error, id, category, target ?? error.Path ?? error.Host, error.Advice);
        if (host is not null)
            record.ErrorDetails = new ErrorDetails($"{TerminalText.Clean(host)}: {error.Message}") { RecommendedAction = error.Advice };
        return record;
    }

    /// <summary>The record of something that is wrong with what the command was asked for.</summary>
    /// <param name="id">Its fixed id.</param>
    /// <param name="category">Its category.</param>
    /// <param name="message">One sentence that names the thing concerned.</param>
    /// <param name="target">What it concerns.</param>
    /// <param name="advice">What can be done about it; null where the message says it.</param>
    /// <returns>The record.</returns>
    public static ErrorRecord Create(string id, ErrorCategory category, string message, object? target, string? advice = null)
    {
        var code = category == ErrorCategory.ObjectNotFound ? SftpErrorCode.NotFound : SftpErrorCode.InvalidArgument;
        return Create(new SftpException(code, message) { Advice = advice }, id, category, target, advice);
    }

    /// <summary>The record of an error that has an id of its own.</summary>
    /// <param name="id">Its fixed id.</param>
    /// <param name="category">Its category.</param>
    /// <param name="error">The error.</param>
    /// <param name="target">What it concerns.</param>
    /// <param name="advice">What can be done about it; null where the message says it.</param>
    /// <returns>The record.</returns>
    public static ErrorRecord Create(string id, ErrorCategory category, SftpException error, object? target, string? advice) =>
        Create(error, id, category, target, advice);

    private static ErrorRecord Create(SftpException error, string id, ErrorCategory category, object? target, string? advice)
    {
        var record = new ErrorRecord(error, id, category, target);
        if (advice is not null)
            record.ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = advice };
        return record;
    }
}
