using System.Diagnostics;
using System.Text.Json;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace AcodeSftp.Tests.Pester;

/// <summary>
/// Runs the Pester suites of <c>tests/Pester</c> and of the samples in a real PowerShell, one case for each file.
/// </summary>
public sealed class PesterSuites(PesterSuites.Report report) : IClassFixture<PesterSuites.Report>
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(10);
    private static readonly Lazy<string?> Obstacle = new(FindObstacle);

    // Those of tests/Pester by their names, others by their paths in the repository.
    public static TheoryData<string> Suites => [.. Directory
        .GetFiles(Home, "*.Tests.ps1")
        .Select(path => Path.GetFileName(path)!)
        .Concat(Directory
            .GetFiles(RepositoryRoot.File("samples"), "*.Tests.ps1", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(RepositoryRoot.Path, path)))
        .Order(StringComparer.Ordinal)];

    private static string Home => RepositoryRoot.File("tests", "Pester");

    [SkippableTheory, MemberData(nameof(Suites))]
    public void Suite_passes(string suite)
    {
        Skip.If(Obstacle.Value is not null, Obstacle.Value);
        var resultPath = Path.GetTempFileName();
        try
        {
            var (exitCode, text) = Run(
                $$"""
                $configuration = New-PesterConfiguration
                $configuration.Run.Path = '{{Quote(PathOf(suite))}}'
                $configuration.Run.PassThru = $true
                $configuration.Output.Verbosity = 'None'
                $result = Invoke-Pester -Configuration $configuration
                [ordered]@{
                    Passed = $result.PassedCount
                    Failed = $result.FailedCount
                    Skipped = $result.SkippedCount
                    Failures = @(@($result.Failed) + @($result.FailedBlocks) + @($result.FailedContainers) | Where-Object { $_ } | ForEach-Object {
                        "$($_.ExpandedPath)$(if (-not $_.ExpandedPath) { $_.Item }): $($_.ErrorRecord -join "`n")"
                    })
                    Skips = @($result.Skipped | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord)" })
                } | ConvertTo-Json | Set-Content -LiteralPath '{{Quote(resultPath)}}'
                """);
            var json = File.ReadAllText(resultPath);
            Assert.True(json.Length > 0, $"pwsh ended with {exitCode} and no result.\n{text}");
            var result = JsonSerializer.Deserialize<SuiteResult>(json)!;
            report.Write($"Pester {suite}: {result.Passed} passed, {result.Failed} failed, {result.Skipped} skipped");
            foreach (var skip in result.Skips)
                report.Write($"Pester {suite}: skipped {skip}");
            Assert.True(result is { Failed: 0, Failures: [] }, $"{suite}: {result.Failed} failed\n\n{string.Join("\n\n", result.Failures)}");
            Assert.True(result.Passed + result.Skipped > 0, $"{suite} has no tests.\n{text}");
        }
        finally
        {
            File.Delete(resultPath);
        }
    }

    private static string? FindObstacle()
    {
        try
        {
            var (_, version) = Run("(Get-Module -ListAvailable Pester | Sort-Object Version | Select-Object -Last 1).Version.Major");
            return int.TryParse(version.Trim(), out var major) && major >= 5 ? null : "Pester 5 or later is not installed in pwsh.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "pwsh is not on PATH.";
        }
    }

    private static (int ExitCode, string Text) Run(string script)
    {
        var start = new ProcessStartInfo("pwsh")
        {
            ArgumentList = { "-NoProfile", "-NonInteractive", "-Command", script },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = RepositoryRoot.Path,
        };

        // What `dotnet test` sets for its own hosts is not meant for pwsh.
        foreach (var name in (string[])["DOTNET_STARTUP_HOOKS", "MSBuildSDKsPath", "MSBUILD_EXE_PATH"])
            start.Environment.Remove(name);
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var standardOutput = process.StandardOutput.ReadToEndAsync();
        var standardError = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeLimit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"pwsh did not end within {TimeLimit.TotalMinutes} minutes.");
        }

        // A process that the suite left running would hold the pipes open.
        Task.WaitAll([standardOutput, standardError], TimeSpan.FromSeconds(10));
        return (process.ExitCode, (standardOutput.IsCompleted ? standardOutput.Result : "") + (standardError.IsCompleted ? standardError.Result : ""));
    }

    private static string PathOf(string suite) =>
        suite == Path.GetFileName(suite) ? Path.Combine(Home, suite) : RepositoryRoot.File(suite);

    private static string Quote(string text) => text.Replace("'", "''", StringComparison.Ordinal);

    /// <summary>Writes to the console of the test run: the output of a test that passes is not shown there.</summary>
    public sealed class Report
    {
        private readonly IMessageSink _sink;

        public Report(IMessageSink sink)
        {
            _sink = sink;
            if (!File.Exists(RepositoryRoot.File("bin", "dependencies", "AcodeSftp.SshNet.dll")))
                Write("Pester: the module was built without SSH.NET, so no suite runs over it (./build.ps1 builds it in where it can).");
        }

        public void Write(string line) => _sink.OnMessage(new DiagnosticMessage(line));
    }

    private sealed record SuiteResult(int Passed, int Failed, int Skipped, string[] Failures, string[] Skips);
}
