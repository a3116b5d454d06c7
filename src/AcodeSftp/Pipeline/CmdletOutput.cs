using System.Management.Automation;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Shell.Pipeline;

/// <summary>What work off the pipeline thread writes through: each call has the pipeline thread write.</summary>
internal sealed class CmdletOutput(Cmdlet cmdlet, PipelinePump pump)
{
    /// <summary>Writes an object.</summary>
    /// <param name="item">The object.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask WriteAsync(object item) => pump.PostAsync(() => cmdlet.WriteObject(item));

    /// <summary>Writes bytes, each an object of its own.</summary>
    /// <param name="bytes">The bytes, which no longer change.</param>
    /// <returns>A task that ends when they are queued.</returns>
    public ValueTask WriteEachAsync(byte[] bytes) => pump.PostAsync(() => cmdlet.WriteObject(bytes, enumerateCollection: true));

    /// <summary>Writes an error that does not end the command.</summary>
    /// <param name="record">What went wrong.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask ErrorAsync(ErrorRecord record) => pump.PostAsync(() => cmdlet.WriteError(record));

    /// <summary>Writes an error that does not end the command.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">What it went wrong with; null for the path or host that the error names.</param>
    /// <param name="host">What to call the host, where the command works with several; null where it need not be said.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask ErrorAsync(SftpException error, object? target = null, string? host = null) =>
        pump.PostAsync(() => cmdlet.WriteError(SftpErrorRecord.From(error, target, host)));

    /// <summary>Writes a warning.</summary>
    /// <param name="text">The warning.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask WarningAsync(string text) => pump.PostAsync(() => cmdlet.WriteWarning(text));

    /// <summary>Writes a line for -Verbose.</summary>
    /// <param name="text">The line.</param>
    /// <returns>A task that ends when it is queued.</returns>
    public ValueTask VerboseAsync(string text) => pump.PostAsync(() => cmdlet.WriteVerbose(text));

    /// <summary>Asks whether to do something, as -WhatIf and -Confirm say.</summary>
    /// <param name="target">What it is done to.</param>
    /// <param name="action">What is done.</param>
    /// <returns>Whether to.</returns>
    public Task<bool> ShouldProcessAsync(string target, string action) =>
        pump.InvokeAsync(() => cmdlet.ShouldProcess(TerminalText.Clean(target), action));

    /// <summary>Has the pipeline thread do something and waits for what comes of it.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="function">What to do.</param>
    /// <returns>What came of it.</returns>
    public Task<T> InvokeAsync<T>(Func<T> function) => pump.InvokeAsync(function);
}
