using System.Collections;
using System.Management.Automation;
using System.Security;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Lets a parameter for a private key take a string, or the lines that Get-Content writes, beside a secure string.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PrivateKeyArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => Unwrap(inputData) switch
    {
        null => inputData,
        SecureString secure => secure,
        string text => ToSecure([text]),
        IEnumerable lines when lines.Cast<object?>().All(line => Unwrap(line) is string) =>
            ToSecure(lines.Cast<object?>().Select(line => (string)Unwrap(line)!)),
        // The value is not shown: it may hold the secret.
        var other => throw new ArgumentTransformationMetadataException(
            $"A private key is given as a secure string or as its text, not as {other.GetType().Name}. A key file is named with -KeyFilePath."),
    };

    private static SecureString ToSecure(IEnumerable<string> lines)
    {
        var secure = new SecureString();
        foreach (var line in lines)
        {
            if (secure.Length > 0)
                secure.AppendChar('\n');
            foreach (var character in line)
                secure.AppendChar(character);
        }

        secure.MakeReadOnly();
        return secure;
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
