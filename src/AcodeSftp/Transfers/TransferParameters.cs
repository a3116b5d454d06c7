using AcodeSftp.FileTransfer.Configuration;

namespace AcodeSftp.Shell.Transfers;

/// <summary>What the parameters of the cmdlets are in a configuration of transfers. Knows nothing of PowerShell.</summary>
internal static class TransferParameters
{
    private static readonly Dictionary<string, Func<object, (string Key, object? Value)[]>> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ChunkSize"] = static value => [("chunkSizeBytes", value)],
        ["ThrottleLimit"] = static value => [("parallelTransfers", value)],
        ["NoPreserveTime"] = static value => [("preserveTimestamps", !(bool)value)],
        ["NoPreservePermission"] = static value => [("preservePermissions", !(bool)value)],
        ["PreserveOwner"] = static value => [("preserveOwner", value)],
        ["NoAtomicRename"] = static value => [("useAtomicRename", !(bool)value)],
        ["SftpOnly"] = static value => [("sftpOnly", value)],
        ["Verify"] = static value => Verification(value.ToString()!),
        ["Recurse"] = static value => [("recursive", value)],
        ["NoClobber"] = static value => [("overwrite", !(bool)value)],
        ["NoResume"] = static value => [("enableResume", !(bool)value)],
        ["StopOnFirstError"] = static value => [("stopOnFirstError", value)],
        ["TimeoutSec"] = static value => [("timeout", Limit(value))],
        ["IdleTimeoutSec"] = static value => [("idleTimeout", Limit(value))],
        ["Include"] = static value => [("include", value)],
        ["Exclude"] = static value => [("exclude", value)],
        ["SymbolicLink"] = static value => [("symbolicLinks", value.ToString())],
        ["MaxFileSize"] = static value => [("maxFileSize", value)],
        ["MaxTotalSize"] = static value => [("maxTotalSize", value)],
        ["BandwidthLimit"] = static value => [("bandwidthLimit", Limit(value))],
    };

    /// <summary>A configuration with what parameters say in place of what it says.</summary>
    /// <param name="option">The configuration.</param>
    /// <param name="given">The parameters that were given, switches as Booleans. Those of no transfer option are left out.</param>
    /// <returns>The configuration as changed.</returns>
    /// <exception cref="SftpException">A value is none that the option can have (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public static TransferConfiguration Apply(TransferConfiguration option, IEnumerable<KeyValuePair<string, object>> given)
    {
        foreach (var (parameter, value) in given)
        {
            if (!Settings.TryGetValue(parameter, out var settings))
                continue;
            foreach (var (key, setting) in settings(value))
                option = option.With(key, setting);
        }

        return option;
    }

    // Whoever asks for a checksum is told where there is none; the default is content with what the server can do.
    private static (string Key, object? Value)[] Verification(string verify)
    {
        var isChecksum = Is("Checksum");
        return
        [
            ("verifyChecksum", isChecksum),
            ("requireChecksum", isChecksum),
            ("verifySize", !Is("None")),
        ];

        bool Is(string text) => string.Equals(verify, text, StringComparison.OrdinalIgnoreCase);
    }

    // Nothing at all can be no limit; to a command it says that there is none.
    private static object? Limit(object value) => value is 0 or 0L ? null : value;
}
