using System.Reflection;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Configuration;

namespace AcodeSftp.Tests.Configuration;

public sealed class TransferConfigurationTests
{
    private const string TheDocumentsExample =
        """
        sftp:
          chunkSizeBytes: 131072
          parallelTransfers: 7
          preserveTimestamps: false
          preservePermissions: false
          useAtomicRename: false
          verifyChecksum: false
        """;

    [Fact]
    public void The_keys_of_the_document_are_read_from_yaml()
    {
        var options = Yaml(TheDocumentsExample).Apply(UploadOptions.Default);

        Assert.Equal(
            UploadOptions.Default with
            {
                ChunkSizeBytes = 131072,
                ParallelTransfers = 7,
                PreserveTimestamps = false,
                PreservePermissions = false,
                UseAtomicRename = false,
                VerifyChecksum = false,
            },
            options);
    }

    [Fact]
    public void Json_says_the_same_as_yaml()
    {
        var configuration = Json(
            """
            {
              // what the night run may use
              "sftp": {
                "chunkSizeBytes": "64KiB", "bandwidthLimit": 1000000, "timeout": "01:30:00",
                "include": ["**/*.dll", "**/*.pdb"], "symbolicLinks": "follow", "maxFileSize": null,
              },
            }
            """);
        var same = Yaml(
            """
            sftp:
              chunkSizeBytes: 64KiB
              bandwidthLimit: 1MB/s
              timeout: 5400
              include: ["**/*.dll", '**/*.pdb']
              symbolicLinks: Follow
              maxFileSize:
            """);

        Assert.Equal(6, configuration.Values.Count);
        Assert.Equal(configuration.Values.OrderBy(pair => pair.Key), same.Values.OrderBy(pair => pair.Key), SameValue);
    }

    [Fact]
    public void What_is_not_set_stays_as_it_is()
    {
        var given = new DownloadOptions { Timeout = TimeSpan.FromSeconds(5), Exclude = ["*.tmp"], MaxFileSize = 10, ParallelTransfers = 9 };

        var options = Yaml("sftp: { verifyChecksum: false }").Apply(given);

        Assert.Equal(given with { VerifyChecksum = false }, options);
    }

    [Fact]
    public void The_nearer_one_wins_and_only_where_it_says_something()
    {
        var file = Yaml("sftp: { parallelTransfers: 2, timeout: 60, maxFileSize: 10MB }");
        var option = TransferConfiguration.Empty.With("timeout", TimeSpan.FromMinutes(5)).With("maxFileSize", null);

        var options = file.Merge(option).Apply(UploadOptions.Default);

        Assert.Equal(2, options.ParallelTransfers);
        Assert.Equal(TimeSpan.FromMinutes(5), options.Timeout);
        Assert.Null(options.MaxFileSize);
        Assert.Equal(10_000_000, file.Apply(UploadOptions.Default).MaxFileSize);
    }

    [Fact]
    public void What_only_uploads_have_does_not_disturb_downloads()
    {
        var configuration = Yaml("sftp: { preserveOwner: true }");

        Assert.True(configuration.Apply(UploadOptions.Default).PreserveOwner);
        Assert.Equal(DownloadOptions.Default, configuration.Apply(DownloadOptions.Default));
    }

    [Fact]
    public void Every_option_that_can_be_written_down_has_a_key()
    {
        var options = typeof(UploadOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && !property.PropertyType.IsInterface || property.PropertyType == typeof(IReadOnlyList<string>))
            .Select(property => char.ToLowerInvariant(property.Name[0]) + property.Name[1..]);

        Assert.Equal(options.Order(), TransferConfiguration.KnownKeys.Order());
    }

    [Fact]
    public void Every_key_sets_the_option_of_its_name()
    {
        var values = new Dictionary<string, object?>
        {
            ["chunkSizeBytes"] = 4096,
            ["parallelTransfers"] = 3,
            ["smallFilesAtOnce"] = 7,
            ["timeout"] = TimeSpan.FromSeconds(1),
            ["idleTimeout"] = TimeSpan.FromSeconds(2),
            ["globPattern"] = "*.a",
            ["include"] = new[] { "*.b" },
            ["exclude"] = new[] { "*.c" },
            ["symbolicLinks"] = SymbolicLinkHandling.Preserve,
            ["maxFileSize"] = 4L,
            ["maxTotalSize"] = 5L,
            ["bandwidthLimit"] = 6L,
        };

        foreach (var key in TransferConfiguration.KnownKeys)
        {
            var property = typeof(UploadOptions).GetProperty(char.ToUpperInvariant(key[0]) + key[1..])!;
            var value = values.TryGetValue(key, out var given) ? given : !(bool)property.GetValue(UploadOptions.Default)!;

            var options = TransferConfiguration.Empty.With(key, value).Apply(UploadOptions.Default);

            Assert.Equal(value, property.GetValue(options));
            Assert.NotEqual(value, property.GetValue(UploadOptions.Default));
        }
    }

    [Theory]
    [InlineData("chunkSizeByte", "chunkSizeBytes")]
    [InlineData("ChunkSizeBytes", "chunkSizeBytes")]
    [InlineData("verify_checksum", "verifyChecksum")]
    [InlineData("paralellTransfers", "parallelTransfers")]
    [InlineData("maxSize", "maxFileSize")]
    [InlineData("symlinks", "symbolicLinks")]
    public void An_unknown_key_is_an_error_with_file_line_and_the_nearest_key(string written, string meant)
    {
        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Parse(
            $"sftp:\n  recursive: true\n  {written}: 1\n",
            TransferConfigurationFormat.Yaml,
            "night.yaml"));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Equal($"night.yaml, line 3: there is no key '{written}'. Did you mean '{meant}'?", error.Message);
    }

    [Fact]
    public void A_key_that_is_like_no_other_gets_no_guess_but_the_list()
    {
        var error = Assert.Throws<SftpException>(() => Json("{\n\"sftp\": {\n\n\"wxyz\": 1}}"));

        Assert.Equal("configuration, line 4: there is no key 'wxyz'.", error.Message);
        Assert.All(TransferConfiguration.KnownKeys, key => Assert.Contains(key, error.Advice!, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("recursive: yes", "'recursive' cannot be 'yes': it must be true or false.")]
    [InlineData("recursive: \"true\"", "'recursive' cannot be 'true': it must be true or false.")]
    [InlineData("recursive:", "'recursive' cannot be null: it must be true or false.")]
    [InlineData("parallelTransfers: 0", "'parallelTransfers' cannot be 0: it must be a whole number from 1 to 256.")]
    [InlineData("parallelTransfers: 257", "'parallelTransfers' cannot be 257: it must be a whole number from 1 to 256.")]
    [InlineData("parallelTransfers: 1.5", "'parallelTransfers' cannot be 1.5: it must be a whole number from 1 to 256.")]
    [InlineData("parallelTransfers: [4]", "'parallelTransfers' cannot be a list with 4 in it: it must be a whole number from 1 to 256.")]
    [InlineData("symbolicLinks: copy", "'symbolicLinks' cannot be 'copy': it must be skip, follow or preserve.")]
    [InlineData("symbolicLinks: 1", "'symbolicLinks' cannot be 1: it must be skip, follow or preserve.")]
    [InlineData("include: [a, {b: c}]", "'include' cannot be a list with a section in it: it must be a list of patterns such as '**/*.dll'.")]
    public void A_value_that_cannot_be_is_an_error_with_key_value_and_what_is_allowed(string line, string problem)
    {
        var error = Assert.Throws<SftpException>(() => Yaml("sftp:\n  " + line));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Equal("configuration, line 2: " + problem, error.Message);
    }

    [Theory]
    [InlineData("chunkSizeBytes: 511")]
    [InlineData("chunkSizeBytes: 2GiB")]
    [InlineData("chunkSizeBytes: none")]
    [InlineData("maxFileSize: -1")]
    [InlineData("maxFileSize: 10 apples")]
    [InlineData("maxFileSize: 1.0001KB1")]
    [InlineData("maxFileSize: 9223372036854775808")]
    [InlineData("maxFileSize: 10000000TB")]
    [InlineData("maxFileSize: 10MB/s")]
    [InlineData("bandwidthLimit: 0")]
    [InlineData("timeout: 0")]
    [InlineData("timeout: -1")]
    [InlineData("timeout: 00:00:00")]
    [InlineData("timeout: 25.00:00:00")]
    [InlineData("timeout: 1e99")]
    [InlineData("timeout: soon")]
    [InlineData("timeout: 61:00")]
    [InlineData("globPattern: ''")]
    [InlineData("exclude: [a, ~]")]
    public void A_value_out_of_range_is_refused(string line) =>
        Assert.Equal(SftpErrorCode.InvalidArgument, Assert.Throws<SftpException>(() => Yaml("sftp:\n  " + line)).Code);

    [Fact]
    public void A_value_set_by_hand_is_checked_like_one_in_a_file()
    {
        var error = Assert.Throws<SftpException>(() => TransferConfiguration.Empty.With("parallelTransfers", 1000));
        Assert.Throws<SftpException>(() => TransferConfiguration.Empty.With("symbolicLinks", (SymbolicLinkHandling)77));
        Assert.Throws<SftpException>(() => TransferConfiguration.Empty.With("paralelTransfers", 1));

        Assert.Equal("transfer options: 'parallelTransfers' cannot be 1000: it must be a whole number from 1 to 256.", error.Message);
    }

    [Fact]
    public void Setting_a_key_leaves_the_configuration_it_was_set_on_as_it_was()
    {
        var before = TransferConfiguration.Empty.With("overwrite", false);

        var after = before.With("overwrite", true);

        Assert.False(before.Apply(UploadOptions.Default).Overwrite);
        Assert.True(after.Apply(UploadOptions.Default).Overwrite);
    }

    private static TransferConfiguration Yaml(string text) => TransferConfiguration.Parse(text, TransferConfigurationFormat.Yaml);

    private static TransferConfiguration Json(string text) => TransferConfiguration.Parse(text, TransferConfigurationFormat.Json);

    private static bool SameValue(KeyValuePair<string, object?> left, KeyValuePair<string, object?> right) =>
        left.Key == right.Key
        && (left.Value is IReadOnlyList<string> list
            ? list.SequenceEqual((IReadOnlyList<string>)right.Value!)
            : Equals(left.Value, right.Value));
}
