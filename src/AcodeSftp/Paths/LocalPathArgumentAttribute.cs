using System.Collections;
using System.Management.Automation;
using AcodeSftp.Files;

namespace AcodeSftp.Shell.Paths;

/// <summary>Guards a parameter for local paths: what stands for a remote file is refused rather than read as a local path.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LocalPathArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        Check(inputData);
        if (inputData is ICollection many)
        {
            foreach (var item in many)
                Check(item);
        }

        return inputData;
    }

    private static void Check(object? value)
    {
        if ((value is PSObject wrapped ? wrapped.BaseObject : value) is SftpFileInfo remote)
            throw new ArgumentTransformationMetadataException(
                $"'{TerminalText.Clean(remote.ToString())}' is a remote file, and a local path is needed here.");
    }
}
