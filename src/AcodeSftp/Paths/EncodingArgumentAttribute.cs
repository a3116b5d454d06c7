using System.Globalization;
using System.Management.Automation;
using System.Text;
using AcodeSftp.Files.Content;

namespace AcodeSftp.Shell.Paths;

/// <summary>
/// Lets a parameter take an encoding by the names that PowerShell's own commands know, by any name or number of a code page,
/// or as an object.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EncodingArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is Encoding encoding)
            return encoding;
        var name = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        try
        {
            return ByPowerShellName(name) ?? ByCodePage(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{name}' is no encoding. Examples are utf8, utf8BOM, unicode, ascii, latin1 and 1252.", e);
        }
    }

    private static Encoding? ByPowerShellName(string name) => name.ToUpperInvariant() switch
    {
        "UTF8" or "UTF8NOBOM" => TextEncoding.Default,
        "UTF8BOM" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        "UNICODE" => Encoding.Unicode,
        "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
        "UTF32" => Encoding.UTF32,
        "BIGENDIANUTF32" => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        "ANSI" => CodePage(CultureInfo.CurrentCulture.TextInfo.ANSICodePage),
        "OEM" => CodePage(CultureInfo.CurrentCulture.TextInfo.OEMCodePage),
        _ => null,
    };

    private static Encoding ByCodePage(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? CodePage(number)
        : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);

    private static Encoding CodePage(int number) =>
        CodePagesEncodingProvider.Instance.GetEncoding(number) ?? Encoding.GetEncoding(number);
}
