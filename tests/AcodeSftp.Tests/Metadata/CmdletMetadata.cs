using System.Management.Automation;
using System.Reflection;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Tests.Metadata;

/// <summary>
/// A cmdlet as its attributes describe it. They are read as data and never created: what the tests run with in place of
/// PowerShell is a reference assembly whose constructors do nothing.
/// </summary>
internal sealed class CmdletMetadata(Type type)
{
    public static IReadOnlyList<CmdletMetadata> All { get; } = [.. typeof(ModuleLifecycle).Assembly.GetExportedTypes()
        .Where(type => Find<CmdletAttribute>(type) is not null)
        .Select(type => new CmdletMetadata(type))
        .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];

    public Type Type => type;

    public string Verb => (string)Find<CmdletAttribute>(type)!.ConstructorArguments[0].Value!;

    public string Noun => (string)Find<CmdletAttribute>(type)!.ConstructorArguments[1].Value!;

    public string Name => $"{Verb}-{Noun}";

    public bool SupportsShouldProcess => Find<CmdletAttribute>(type)!.NamedArguments
        .Any(argument => argument.MemberName == "SupportsShouldProcess" && argument.TypedValue.Value is true);

    public bool HasOutputType => Find<OutputTypeAttribute>(type) is not null;

    public IEnumerable<PropertyInfo> Parameters => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => ParameterAttributes(property).Any());

    public static IEnumerable<CustomAttributeData> ParameterAttributes(PropertyInfo property) =>
        property.CustomAttributes.Where(attribute => attribute.AttributeType == typeof(ParameterAttribute));

    public static object? Named(CustomAttributeData attribute, string name) => attribute.NamedArguments
        .Where(argument => argument.MemberName == name)
        .Select(argument => argument.TypedValue.Value)
        .FirstOrDefault();

    public override string ToString() => Name;

    private static CustomAttributeData? Find<TAttribute>(Type type) =>
        type.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType == typeof(TAttribute));
}
