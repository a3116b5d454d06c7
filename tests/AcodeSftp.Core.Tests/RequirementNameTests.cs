using System.Text.RegularExpressions;

namespace AcodeSftp.Tests;

public sealed partial class RequirementNameTests
{
    [Fact]
    public void Every_requirement_that_a_test_names_exists()
    {
        var tests = Path.Combine(RepositoryRoot(), "tests");
        var known = File.ReadLines(Path.Combine(tests, "requirements.csv"))
            .Skip(1)
            .Select(line => line.Split(',', 2)[0])
            .ToHashSet(StringComparer.Ordinal);
        var named = Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => RequirementTrait().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet(StringComparer.Ordinal);

        Assert.Equal(262, known.Count);
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(known));
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "AcodeSftp.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run from the repository.");
    }

    [GeneratedRegex("""Trait\("Requirement", "([^"]+)"\)""")]
    private static partial Regex RequirementTrait();
}
