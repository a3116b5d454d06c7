namespace AcodeSftp.Bench;

/// <summary>This program once more, compiled natively: beside it where it was built with <c>-p:Native=true</c>.</summary>
internal static class NativeProgram
{
    /// <summary>The argument with which it says what version of .NET was compiled into it.</summary>
    public const string RuntimeVerb = "runtime";

    public static string Path { get; } = System.IO.Path.Join(AppContext.BaseDirectory, "native", "AcodeSftp.Bench");

    /// <summary>Why there is none here; null where there is.</summary>
    public static string? UnavailableReason { get; } = File.Exists(Path) ? null : "It is not in this build (-p:Native=true).";
}
