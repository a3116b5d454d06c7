using System.Diagnostics;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Configuration;

namespace AcodeSftp.Tests.Configuration;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("acode-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("options.yaml", "sftp:\n  overwrite: false\n")]
    [InlineData("options.YML", "\uFEFFsftp:\r\n  overwrite: false\r\n")]
    [InlineData("options.json", "{\"sftp\":{\"overwrite\":false}}")]
    public void The_name_of_a_file_tells_its_format(string name, string content)
    {
        Assert.False(TransferConfiguration.Load(Write(name, content)).Apply(UploadOptions.Default).Overwrite);
    }

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Load(Write("options.txt", "sftp:")));

        Assert.Contains(".yaml, .yml or .json", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("options.txt", error.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_does_not_exist_is_reported_as_not_found()
    {
        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Load(Path.Join(_directory, "none.yaml")));

        Assert.Equal(SftpErrorCode.NotFound, error.Code);
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused_before_it_is_parsed()
    {
        var path = Path.Join(_directory, "large.yaml");
        using (var file = File.Create(path))
            file.SetLength(1L << 40);

        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Load(path));

        Assert.Contains("64 KiB at most", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_utf_8_is_refused()
    {
        var path = Path.Join(_directory, "latin.yaml");
        File.WriteAllBytes(path, [.. "sftp: {globPattern: "u8, 0xE9, (byte)'}']);

        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Load(path));

        Assert.Contains("not UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bomb_of_aliases_is_not_expanded()
    {
        var lines = Enumerable.Range(1, 40).Select(i => $"  - &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");
        var bomb = "sftp:\n  include:\n  - &a0 x\n" + string.Join('\n', lines);
        var clock = Stopwatch.StartNew();

        var error = Assert.Throws<SftpException>(() => Yaml(bomb));

        Assert.Equal("configuration, line 3: anchors (&name) are not allowed.", error.Message);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"It took {clock.Elapsed}.");
    }

    [Theory]
    [InlineData("sftp:\n  include: *x", "line 2: aliases (*name) are not allowed.")]
    [InlineData("sftp: !!python/object:os.system\n  overwrite: true", "line 1: tags (!name) are not allowed.")]
    [InlineData("sftp:\n  overwrite: !!bool 'true'", "line 2: tags (!name) are not allowed.")]
    [InlineData("sftp:\n  &key overwrite: true", "line 2: anchors (&name) are not allowed.")]
    [InlineData("sftp: {}\n---\nsftp: {}", "line 2: there is a second document, and only one is allowed.")]
    [InlineData("sftp:\n  overwrite: true\n  timeout: 5\n  overwrite: false", "line 4: 'overwrite' is set twice.")]
    [InlineData("sftp: {}\nsftp: {}", "line 2: 'sftp' is set twice.")]
    [InlineData("sftp: {}\nscp: {}", "line 2: there is no key 'scp'. Did you mean 'sftp'?")]
    [InlineData("overwrite: true", "line 1: 'overwrite' belongs into the section 'sftp:'.")]
    [InlineData("sftp: 5", "line 1: 'sftp' must consist of keys with values.")]
    [InlineData("- sftp", "line 1: the file must consist of keys with values.")]
    [InlineData("sftp:\n  [a]: 1", "line 2: a key must be a text.")]
    public void Yaml_that_is_not_a_configuration_is_refused_with_its_line(string text, string problem)
    {
        var error = Assert.Throws<SftpException>(() => Yaml(text));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Equal("configuration, " + problem, error.Message);
    }

    [Theory]
    [InlineData("sftp:\n  overwrite: true\n\tx: 1", 2)]
    [InlineData("sftp:\n  include: [a, b\n\n}", 4)]
    [InlineData("sftp:\n  include: @home", 2)]
    [InlineData("sftp: \"open", 1)]
    public void Broken_yaml_is_refused_with_its_line(string text, int line)
    {
        var error = Assert.Throws<SftpException>(() => Yaml(text));

        Assert.StartsWith($"configuration, line {line}: this is not YAML: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\n  \"sftp\": {\n    \"overwrite\": tru\n  }\n}", 3)]
    [InlineData("{\n  \"sftp\": {}\n}\n{", 4)]
    [InlineData("", 1)]
    public void Broken_json_is_refused_with_its_line(string text, int line)
    {
        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Parse(text, TransferConfigurationFormat.Json));

        Assert.StartsWith($"configuration, line {line}: this is not JSON: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_character_in_json_is_refused()
    {
        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Parse(
            "{\"sftp\": {\n\"globPattern\": \"\\ud800\"}}",
            TransferConfigurationFormat.Json));

        Assert.Equal("configuration, line 2: this is not JSON: the text is not Unicode.", error.Message);
    }

    [Fact]
    public void Deep_nesting_does_not_exhaust_the_stack()
    {
        var depth = 30_000;

        Assert.Throws<SftpException>(() => Yaml("sftp: " + new string('[', depth)));
        Assert.Throws<SftpException>(() => TransferConfiguration.Parse(new string('[', depth), TransferConfigurationFormat.Json));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("{}")]
    public void A_file_without_the_section_says_so(string text)
    {
        Assert.Equal("configuration: there is no section 'sftp:'.", Assert.Throws<SftpException>(() => Yaml(text)).Message);
    }

    [Fact]
    public void A_section_of_which_every_line_is_a_comment_sets_nothing()
    {
        Assert.Empty(Yaml("sftp:\n  # overwrite: false\n").Values);
    }

    [Fact]
    public void What_a_file_says_is_not_printed_raw()
    {
        var error = Assert.Throws<SftpException>(() => Yaml("sftp:\n  \"over\\x1b[2Jwrite\": 1"));

        Assert.DoesNotContain('\x1b', error.Message);
        Assert.Contains("\\x1b[2J", error.Message, StringComparison.Ordinal);
    }

    private static TransferConfiguration Yaml(string text) => TransferConfiguration.Parse(text, TransferConfigurationFormat.Yaml);

    private string Write(string name, string content)
    {
        var path = Path.Join(_directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
