namespace AcodeSftp.FileTransfer.Configuration;

/// <summary>A member of <see cref="TransferOptions"/> that a configuration can set.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Allowed">What it can be, as in "it must be {Allowed}".</param>
/// <param name="Read">Reads its value.</param>
/// <param name="Set">Options with the value in place of theirs; options that have no such member as they are.</param>
internal sealed record TransferSetting(
    string Key,
    string Allowed,
    ReadSetting Read,
    Func<TransferOptions, object?, TransferOptions> Set)
{
    private const string TrueOrFalse = "true or false";
    private const string SizeExamples = "such as 1048576, 64KiB or 10MB";
    private const string TimeAllowed = "a number of seconds or hh:mm:ss, more than nothing and at most 24 days, or none";

    /// <summary>All there are, in the order they are documented in.</summary>
    public static IReadOnlyList<TransferSetting> All { get; } =
    [
        new(
            "chunkSizeBytes",
            $"a size of at least {TransferOptions.MinChunkSizeBytes} bytes and less than 2GiB, {SizeExamples}",
            SettingReader.BufferSize(TransferOptions.MinChunkSizeBytes),
            static (options, value) => options with { ChunkSizeBytes = (int)value! }),
        new(
            "parallelTransfers",
            $"a whole number from 1 to {TransferOptions.MaxParallelTransfers}",
            SettingReader.Integer(1, TransferOptions.MaxParallelTransfers),
            static (options, value) => options with { ParallelTransfers = (int)value!, SmallFilesAtOnce = null }),
        new(
            "smallFilesAtOnce",
            $"a whole number from 1 to {TransferOptions.MaxSmallFilesAtOnce}",
            SettingReader.Integer(1, TransferOptions.MaxSmallFilesAtOnce),
            static (options, value) => options with { SmallFilesAtOnce = (int)value! }),
        Flag("preserveTimestamps", static (options, value) => options with { PreserveTimestamps = value }),
        Flag("preservePermissions", static (options, value) => options with { PreservePermissions = value }),
        Flag("useAtomicRename", static (options, value) => options with { UseAtomicRename = value }),
        Flag("sftpOnly", static (options, value) => options with { SftpOnly = value }),
        Flag("verifyChecksum", static (options, value) => options with { VerifyChecksum = value }),
        Flag("requireChecksum", static (options, value) => options with { RequireChecksum = value }),
        Flag("verifySize", static (options, value) => options with { VerifySize = value }),
        Flag("preserveOwner", static (options, value) => options is UploadOptions upload ? upload with { PreserveOwner = value } : options),
        Flag("recursive", static (options, value) => options with { Recursive = value }),
        Flag("overwrite", static (options, value) => options with { Overwrite = value }),
        Flag("createParentDirectories", static (options, value) => options with { CreateParentDirectories = value }),
        Flag("enableResume", static (options, value) => options with { EnableResume = value }),
        Flag("stopOnFirstError", static (options, value) => options with { StopOnFirstError = value }),
        new(
            "timeout",
            TimeAllowed,
            SettingReader.TimeLimit(TransferOptions.MaxTimeLimit),
            static (options, value) => options with { Timeout = (TimeSpan)value! }),
        new(
            "idleTimeout",
            TimeAllowed,
            SettingReader.TimeLimit(TransferOptions.MaxTimeLimit),
            static (options, value) => options with { IdleTimeout = (TimeSpan)value! }),
        new(
            "globPattern",
            "a pattern such as '**/*.dll', or null for all files",
            SettingReader.Text,
            static (options, value) => options with { GlobPattern = (string?)value }),
        new(
            "include",
            "a list of patterns such as '**/*.dll'",
            SettingReader.TextList,
            static (options, value) => options with { Include = (IReadOnlyList<string>)value! }),
        new(
            "exclude",
            "a list of patterns such as '**/*.log'",
            SettingReader.TextList,
            static (options, value) => options with { Exclude = (IReadOnlyList<string>)value! }),
        new(
            "symbolicLinks",
            "skip, follow or preserve",
            SettingReader.Choice<SymbolicLinkHandling>,
            static (options, value) => options with { SymbolicLinks = (SymbolicLinkHandling)value! }),
        new(
            "maxFileSize",
            $"a size, {SizeExamples}, or none",
            SettingReader.SizeLimit(0),
            static (options, value) => options with { MaxFileSize = (long?)value }),
        new(
            "maxTotalSize",
            $"a size, {SizeExamples}, or none",
            SettingReader.SizeLimit(0),
            static (options, value) => options with { MaxTotalSize = (long?)value }),
        new(
            "bandwidthLimit",
            "bytes a second, such as 1048576, 512KiB/s or 10MB/s, more than nothing, or none",
            SettingReader.SizeLimit(1, "/s"),
            static (options, value) => options with { BandwidthLimit = (long?)value }),
    ];

    private static readonly Dictionary<string, TransferSetting> ByKey = All.ToDictionary(setting => setting.Key, StringComparer.Ordinal);

    /// <summary>The setting of a key, or null.</summary>
    public static TransferSetting? Find(string key) => ByKey.GetValueOrDefault(key);

    private static TransferSetting Flag(string key, Func<TransferOptions, bool, TransferOptions> set) =>
        new(key, TrueOrFalse, SettingReader.Boolean, (options, value) => set(options, (bool)value!));
}
