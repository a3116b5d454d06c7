using System.Collections;
using System.Management.Automation;
using AcodeSftp.Files;

namespace AcodeSftp.Shell.Paths;

/// <summary>
/// Guards a parameter for remote paths: what stands for a local file is refused rather than read as a remote path of the
/// same name, and a remote file stands for its path.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RemotePathArgumentAttribute : ArgumentTransformationAttribute
{
    /// <summary>
    /// Whether remote files are left to another parameter, which takes them from the pipeline. (To throw here would end
    /// PowerShell's search for that parameter.)
    /// </summary>
    public bool LeavesFiles { get; set; }

    /// <summary>Whether the parameter takes wildcards, so that a remote file stands for a pattern that matches it alone.</summary>
    public bool HasWildcards { get; set; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var input = Unwrap(inputData);
        return input is ICollection many
            ? many.Cast<object?>().Select(item => Check(Unwrap(item)) ?? item).ToArray()
            : Check(input) ?? inputData;
    }

    // Null where the value is left as it is.
    private string? Check(object? item) => item switch
    {
        FileSystemInfo local => throw new ArgumentTransformationMetadataException(
            $"'{local.FullName}' is a local file or directory, and a remote path is needed here. " +
            "Give its path as text if the remote path is meant to be the same."),
        SftpFileInfo remote when !LeavesFiles => HasWildcards ? RemoteWildcard.EscapeText(remote.FullPath) : remote.FullPath,
        _ => null,
    };

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
