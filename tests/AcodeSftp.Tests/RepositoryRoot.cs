using System.Reflection;

namespace AcodeSftp.Tests;

/// <summary>Where the checkout is that these tests were built from.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = typeof(RepositoryRoot).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot")
        .Value!;

    public static string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);
}
