using System.Globalization;
using System.Management.Automation;
using AcodeSftp.Files;

namespace AcodeSftp.Shell.Paths;

/// <summary>
/// Lets a parameter take permissions as people write them. A number is read as octal, for that is what <c>0644</c> means to
/// anyone who types it, except that the bits of a remote file's Permissions are taken as they are.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PermissionArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        try
        {
            return value switch
            {
                PermissionChange change => change,
                uint bits => PermissionChange.To(bits),
                _ => PermissionChange.Parse(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
            };
        }
        catch (SftpException e)
        {
            throw new ArgumentTransformationMetadataException($"{e.Message} {e.Advice}", e);
        }
    }
}
