using Microsoft.Extensions.FileSystemGlobbing;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Which files of a directory are transferred: those that match <see cref="TransferOptions.GlobPattern"/> and one of
/// <see cref="TransferOptions.Include"/>, where given, and none of <see cref="TransferOptions.Exclude"/>. Patterns are
/// matched against the path below the directory, with <c>/</c> between components; upper and lower case differ, as they
/// do on servers. In the two lists a pattern without a slash matches at any depth.
/// </summary>
public sealed class FileSelection
{
    private readonly Matcher? _glob;
    private readonly Matcher? _include;
    private readonly Matcher? _exclude;

    /// <summary>Reads the patterns.</summary>
    /// <param name="options">The options that have them.</param>
    /// <exception cref="SftpException">One is empty (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public FileSelection(TransferOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _glob = options.GlobPattern is { Length: > 0 } glob ? Matching([glob], anyDepth: false) : null;
        _include = options.Include.Count > 0 ? Matching(options.Include, anyDepth: true) : null;
        _exclude = options.Exclude.Count > 0 ? Matching(options.Exclude, anyDepth: true) : null;
    }

    /// <summary>
    /// Whether only some files are wanted. Directories are then created for the files in them and not for themselves.
    /// </summary>
    public bool IsPartial => _glob is not null || _include is not null;

    /// <summary>Whether a file is wanted.</summary>
    /// <param name="relativePath">Its path below the directory that is transferred.</param>
    /// <returns>Whether it is.</returns>
    public bool IncludesFile(string relativePath) =>
        _glob?.Match(relativePath).HasMatches != false
        && _include?.Match(relativePath).HasMatches != false
        && _exclude?.Match(relativePath).HasMatches != true;

    /// <summary>Whether a subdirectory may hold wanted files.</summary>
    /// <param name="relativePath">Its path below the directory that is transferred.</param>
    /// <returns>False where it is left out with all that is in it.</returns>
    public bool EntersDirectory(string relativePath) => _exclude?.Match(relativePath).HasMatches != true;

    private static Matcher Matching(IReadOnlyList<string> patterns, bool anyDepth)
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        foreach (var pattern in patterns)
        {
            var clean = pattern.TrimStart('/');
            if (clean.StartsWith("./", StringComparison.Ordinal))
                clean = clean[2..];
            if (clean.Length == 0)
                throw new SftpException(SftpErrorCode.InvalidArgument, $"The pattern '{pattern}' is empty.");
            matcher.AddInclude(anyDepth && !clean.TrimEnd('/').Contains('/', StringComparison.Ordinal)
                ? "**/" + clean.TrimEnd('/')
                : clean);
        }

        return matcher;
    }
}
