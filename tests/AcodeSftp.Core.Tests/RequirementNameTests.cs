using System.Text.RegularExpressions;

namespace AcodeSftp.Tests;

/// <summary>
/// The identifiers of <c>tests/requirements.csv</c> against those that tests name: as <c>[Trait("Requirement", "FR-030C-31")]</c>
/// in C#, as <c>-Tag</c> in Pester. Only the sources are read, so it is the same wherever the tests run.
/// </summary>
public sealed partial class RequirementNameTests
{
    private static readonly string Tests = Path.Combine(RepositoryRoot(), "tests");

    [Fact]
    public void Every_requirement_that_a_test_names_exists()
    {
        var known = Known();

        Assert.Equal(262, known.Count);
        Assert.Empty(Named().Except(known.Keys).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_requirement_is_named_by_a_test()
    {
        var named = Named();

        Assert.Empty(Known().Where(known => !named.Contains(known.Key)).Select(known => $"{known.Key}: {known.Value}"));
    }

    [Fact]
    public void A_name_is_that_of_a_test_and_not_one_in_a_comment()
    {
        Assert.Equal(
            ["A-1", "B-2"],
            NamedInCSharp("""
                    [Trait("Requirement", "A-1")]
                // [Trait("Requirement", "C-3")]
                    [Theory, Trait("Requirement", "B-2")]
                """));
        Assert.Equal(
            ["A-1", "B-2", "D-4", "H-8"],
            NamedInPester("""
                It 'does -Tag "E-5"' -Tag 'A-1', "B-2" -ForEach 'F-6' {
                # It 'once did' -Tag 'C-3' {
                Describe 'all' -Tag D-4 {
                ) -Tag 'H-8' {
                Set-Thing -Tag 'G-7'
                """));
    }

    private static Dictionary<string, string> Known() => File.ReadLines(Path.Combine(Tests, "requirements.csv"))
        .Skip(1)
        .Select(line => line.Split(',', 2))
        .ToDictionary(fields => fields[0], fields => fields[1], StringComparer.Ordinal);

    private static HashSet<string> Named() =>
    [
        .. Sources("*.cs").SelectMany(NamedInCSharp),
        .. Sources("*.Tests.ps1").SelectMany(NamedInPester),
    ];

    private static IEnumerable<string> Sources(string pattern) => Directory
        .EnumerateFiles(Tests, pattern, SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(path) != $"{nameof(RequirementNameTests)}.cs")
        .Select(File.ReadAllText);

    private static IEnumerable<string> NamedInCSharp(string source) =>
        Trait().Matches(source).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> NamedInPester(string source) =>
        Tag().Matches(source).SelectMany(match => match.Groups[1].Value.Split(',')).Select(name => name.Trim(' ', '\'', '"'));

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "AcodeSftp.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run from the repository.");
    }

    [GeneratedRegex("""^ *\[(?:\w+, *)?Trait\("Requirement", "([^"]+)"\)""", RegexOptions.Multiline)]
    private static partial Regex Trait();

    // Of a block or a test: behind its name, or behind the cases that it is run for.
    [GeneratedRegex("""^ *(?:(?:Describe|Context|It) +(?:'(?:[^']|'')*'|"[^"]*")|\)) .*?-Tag +((?:['"]?[A-Z0-9-]+['"]?)(?:, *['"]?[A-Z0-9-]+['"]?)*)""", RegexOptions.Multiline)]
    private static partial Regex Tag();
}
