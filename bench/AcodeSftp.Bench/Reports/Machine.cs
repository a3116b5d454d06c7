using System.Diagnostics;
using System.Globalization;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AcodeSftp.Bench;

/// <summary>What the benchmark ran on.</summary>
internal static class Machine
{
    private static readonly string[] Contenders = ["ssh", "rclone", "lftp", "pwsh"];

    /// <summary>Names and values for the head of the results.</summary>
    public static IReadOnlyDictionary<string, string> Describe(BenchOptions options, string directory)
    {
        var facts = new Dictionary<string, string>
        {
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["processor"] = $"{Environment.ProcessorCount} × {Processor()}, for both ends",
            ["system"] = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            ["files"] = $"on {new DriveInfo(directory).DriveFormat}",
            ["rounds"] = $"{options.Rounds}; three for who takes more than 20 s, one for who takes more than 60 s",
        };
        if (options.BytesPerSecond > 0)
            facts["relay"] = $"held to {options.BytesPerSecond / 1_000_000} MB/s";
        foreach (var program in Contenders.Where(Programs.Has))
            facts[program] = VersionOf(program);
        facts["AcodeSftp"] = RuntimeFeature.IsDynamicCodeCompiled
            ? CompiledHow(Path.Join(AppContext.BaseDirectory, "AcodeSftp.Core.dll"))
            : "compiled natively";
        // Not the runtime that this program runs on.
        facts[Names.OursNative] = NativeProgram.UnavailableReason is { } none
            ? $"takes no part: {none}"
            : $"with {OutputOf($"'{NativeProgram.Path}' {NativeProgram.RuntimeVerb}")} in it";
        facts["cmdlets"] = Cmdlets.UnavailableReason is { } reason ? $"take no part: {reason}" : CompiledHow(Cmdlets.Assembly!);
        if (!Ours.HasSshNet)
            facts["SSH.NET"] = "takes no part: not in this build (-p:SshNet=true)";
        return facts;
    }

    // Much of a short run is the compiling of what runs for the first time.
    private static string CompiledHow(string assembly)
    {
        using var reader = new PEReader(File.OpenRead(assembly));
        return reader.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0
            ? "compiled ahead of time"
            : "not compiled ahead of time: each run compiles what it uses";
    }

    private static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? "unknown";

    private static string VersionOf(string program) => OutputOf($"{program} {(program == "ssh" ? "-V" : "--version")}");

    // The first line.
    private static string OutputOf(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{command} 2>&1"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n')[0];
    }
}
