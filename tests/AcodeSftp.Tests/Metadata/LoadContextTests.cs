using System.Reflection;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Tests.Metadata;

/// <summary>
/// PowerShell lists the public types of AcodeSftp.dll before the module can make its dependencies findable, and the module
/// makes no others findable than those named AcodeSftp.*. Both are easy to break without noticing.
/// </summary>
public sealed class LoadContextTests
{
    private static readonly Assembly Module = typeof(ModuleLifecycle).Assembly;

    public static TheoryData<string> PublicTypes => [.. Module.GetExportedTypes().Select(type => type.FullName!)];

    [Fact]
    public void The_cmdlets_refer_to_nothing_but_the_runtime_PowerShell_and_our_own_assemblies() => Assert.All(
        Module.GetReferencedAssemblies(),
        reference => Assert.True(
            reference.Name is "System.Management.Automation" or "netstandard"
            || reference.Name!.StartsWith("System.", StringComparison.Ordinal)
            || reference.Name.StartsWith("AcodeSftp.", StringComparison.Ordinal),
            $"AcodeSftp.dll refers to {reference.Name}, which only the module's own load context has."));

    [Theory, MemberData(nameof(PublicTypes))]
    public void A_public_type_can_be_listed_without_its_dependencies(string name)
    {
        var type = Module.GetType(name, throwOnError: true)!;
        for (var parent = type.BaseType; parent is not null; parent = parent.BaseType)
            AssertIndependent(parent, $"{name} derives from it");
        foreach (var implemented in type.GetInterfaces())
            AssertIndependent(implemented, $"{name} implements it");
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
        foreach (var field in type.GetFields(All).Where(field => field.FieldType.IsValueType))
            AssertIndependent(field.FieldType, $"{name}.{field.Name} is a value of it");
    }

    private static void AssertIndependent(Type type, string why)
    {
        foreach (var part in type.IsGenericType ? type.GetGenericArguments().Append(type.GetGenericTypeDefinition()) : [type])
        {
            var isDependency = part.Assembly != Module &&
                part.Assembly.GetName().Name!.StartsWith("AcodeSftp.", StringComparison.Ordinal);
            Assert.False(isDependency, $"{part} would have to be loaded too early: {why}.");
        }
    }
}
