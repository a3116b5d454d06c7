using System.Text;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.FileTransfer.ChannelTests;

namespace AcodeSftp.Core.Tests.FileTransfer;

/// <summary>The parts of the engine that decide something without a server.</summary>
public class TransferPartsTests
{
    [Fact]
    [Trait("Requirement", "UT-030C-07")]
    public void A_temporary_name_follows_from_the_source_and_tells_sources_apart()
    {
        var first = TemporaryName.For("a.zip", TemporaryName.Identity("machine", "/home/a.zip"));

        Assert.Matches(@"^\.~tmp\.a\.zip\.[0-9a-f]{8}$", first);
        Assert.Equal(first, TemporaryName.For("a.zip", TemporaryName.Identity("machine", "/home/a.zip")));
        Assert.NotEqual(first, TemporaryName.For("a.zip", TemporaryName.Identity("other", "/home/a.zip")));
        Assert.NotEqual(first, TemporaryName.For("a.zip", TemporaryName.Identity("machine", "/tmp/a.zip")));
        Assert.NotEqual(TemporaryName.Unique("a"), TemporaryName.Unique("a"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ü")]
    [InlineData("😀")]
    public void A_temporary_name_is_never_longer_than_255_bytes_and_long_names_do_not_become_one(string character)
    {
        var name = string.Concat(Enumerable.Repeat(character, 255 / Encoding.UTF8.GetByteCount(character)));
        var half = name.Length / 2 / character.Length * character.Length;
        var other = name[..half] + "x" + name[(half + character.Length)..];

        var temporary = TemporaryName.For(name, "id");

        Assert.InRange(Encoding.UTF8.GetByteCount(temporary), 200, 255);
        Assert.Equal(temporary, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(temporary)));
        Assert.NotEqual(temporary, TemporaryName.For(other, "id"));
        Assert.True(TemporaryName.IsTemporary(temporary));
    }

    [Theory]
    [InlineData(".~tmp.a.0123abcd", true)]
    [InlineData(".~old.a.0123abcd", true)]
    [InlineData(".~tmp.a.0123abcX", false)]
    [InlineData(".~tmp.a", false)]
    [InlineData("a.0123abcd", false)]
    public void Only_our_own_temporary_names_are_taken_for_them(string name, bool isTemporary) =>
        Assert.Equal(isTemporary, TemporaryName.IsTemporary(name));

    [Theory]
    [InlineData("755", true, false, null, "755")]
    [InlineData("400", true, false, "777", "400")]
    [InlineData("4755", true, false, null, "755")]
    [InlineData("4755", true, true, null, "4755")]
    [InlineData("777", false, false, null, "755")]
    [InlineData("600", false, false, null, "600")]
    [InlineData("600", false, false, "640", "640")]
    [InlineData(null, true, false, null, "644")]
    [Trait("Requirement", "UT-030C-09")]
    public void A_file_gets_no_more_than_its_source_has(string? source, bool preserve, bool withOwner, string? replaced, string expected) =>
        Assert.Equal(
            Mode(expected),
            PermissionMapping.ForFile(source is null ? null : Mode(source), preserve, withOwner, replaced is null ? null : Mode(replaced)));

    [Theory]
    [InlineData("555", true, "555", "755")]
    [InlineData("2775", true, "775", "775")]
    [InlineData("777", false, "755", "755")]
    public void A_directory_can_be_written_while_it_is_filled(string source, bool preserve, string final, string filling)
    {
        var bits = PermissionMapping.ForDirectory(Mode(source), preserve);
        Assert.Equal((Mode(final), Mode(filling)), (bits, PermissionMapping.WhileFilling(bits)));
    }

    [Theory]
    [InlineData("plain", "'plain'")]
    [InlineData("with space", "'with space'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$(x) `y` \\ \"z\" !", "'$(x) `y` \\ \"z\" !'")]
    [InlineData("", "''")]
    public void Posix_quoting_leaves_nothing_special(string text, string quoted) => Assert.Equal(quoted, ShellQuoting.Posix(text));

    [Fact]
    public void Quoting_refuses_what_no_command_line_can_hold() =>
        Assert.Throws<ArgumentException>(() => ShellQuoting.Posix("a\0b"));

    [SkippableFact]
    public void A_real_shell_reads_back_what_was_quoted()
    {
        Skip.IfNot(File.Exists("/bin/sh"), "There is no /bin/sh.");
        var text = string.Concat(Enumerable.Range(1, 126).Select(code => (char)code)) + "'' ü😀";
        var start = new System.Diagnostics.ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("printf %s " + ShellQuoting.Posix(text));
        using var shell = System.Diagnostics.Process.Start(start)!;
        Assert.Equal(text, shell.StandardOutput.ReadToEnd());
    }

    [Theory]
    [InlineData("it's", "'it''s'")]
    [InlineData("a\u2019b", "'a\u2019\u2019b'")]
    [InlineData("$env:x", "'$env:x'")]
    public void PowerShell_literals_double_every_quote_it_knows(string text, string literal) =>
        Assert.Equal(literal, ShellQuoting.PowerShell(text));

    [Fact]
    public void Checksum_tools_are_asked_in_order_and_never_see_a_name_as_an_option()
    {
        Assert.Equal(
            ["sha256sum < '-rf'", "shasum -a 256 < '-rf'", "sha256 -q < '-rf'", "openssl dgst -sha256 < '-rf'"],
            ChecksumTool.All.Take(4).Select(tool => tool.CommandLine("-rf", null)));
        Assert.Equal("head -c 5000000000 < 'a' | sha256sum", ChecksumTool.All[0].CommandLine("a", 5_000_000_000));
        var encoded = ChecksumTool.All[4].CommandLine("/C:/it's", null)!.Split(' ')[^1];
        Assert.Contains("-LiteralPath 'C:/it''s'", Encoding.Unicode.GetString(Convert.FromBase64String(encoded)), StringComparison.Ordinal);
        Assert.Null(ChecksumTool.All[4].CommandLine("/C:/a", 1));
    }

    [Theory]
    [InlineData("{0}  -\n")]
    [InlineData("\\{0}  -\n")]
    [InlineData("SHA2-256(stdin)= {0}\n")]
    [InlineData("\r\n{0}\r\n")]
    public void A_hash_is_found_in_what_each_tool_prints(string output)
    {
        var hash = EmbeddedServer.Sha256([1]);
        Assert.Equal(hash, ChecksumTool.FindHash(output.Replace("{0}", hash, StringComparison.Ordinal)));
        Assert.Equal(hash, ChecksumTool.FindHash(output.Replace("{0}", hash.ToUpperInvariant(), StringComparison.Ordinal)));
        Assert.Null(ChecksumTool.FindHash(output.Replace("{0}", hash + "0", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("**/*.dll", "a.dll", true)]
    [InlineData("**/*.dll", "x/y/a.dll", true)]
    [InlineData("**/*.dll", "a.DLL", false)]
    [InlineData("*.dll", "x/a.dll", false)]
    [InlineData("x/**", "x/y/a.dll", true)]
    [InlineData("./x/*.dll", "x/a.dll", true)]
    [Trait("Requirement", "UT-030C-05")]
    public void A_glob_matches_paths_below_the_directory(string glob, string path, bool matches) =>
        Assert.Equal(matches, new FileSelection(new UploadOptions { GlobPattern = glob }).IncludesFile(path));

    [Fact]
    public void A_file_must_match_the_glob_and_an_include_and_no_exclude()
    {
        var selection = new FileSelection(new UploadOptions
        {
            GlobPattern = "src/**",
            Include = ["*.cs", "*.md"],
            Exclude = ["obj", "*.g.cs", "src/private/**"],
        });

        Assert.True(selection.IncludesFile("src/deep/a.cs"));
        Assert.False(selection.IncludesFile("a.cs"));
        Assert.False(selection.IncludesFile("src/a.txt"));
        Assert.False(selection.IncludesFile("src/a.g.cs"));
        Assert.False(selection.IncludesFile("src/private/a.cs"));
        Assert.False(selection.EntersDirectory("src/obj"));
        Assert.True(selection.EntersDirectory("src/deep"));
    }

    [Fact]
    [Trait("Requirement", "UT-030C-02")]
    public void Progress_is_exact_never_goes_back_and_gives_the_rate_of_the_last_seconds()
    {
        var clock = new ManualClock();
        var meter = new ProgressMeter(clock);
        meter.Found(2, 3000);
        var file = meter.Begin("a");
        file.StartAt(500);
        clock.Advance(TimeSpan.FromSeconds(1));
        file.Reach(1500);

        var first = meter.Sample();
        Assert.Equal((1500, 3000, 50.0), (first.BytesTransferred, first.TotalBytes, first.Percent));
        // What was there already is not part of the rate.
        Assert.Equal(1000, first.BytesPerSecond, 3);
        Assert.Equal(1.5, first.EstimatedRemaining!.Value.TotalSeconds, 3);
        Assert.Equal((1, 2, "a"), (first.CurrentFile, first.TotalFiles, first.FilePath));

        // The second attempt begins again.
        file.StartAt(0);
        file.Reach(100);
        Assert.Equal(1500, meter.Sample().BytesTransferred);
        for (var i = 0; i < 100; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            meter.Sample();
        }

        Assert.Equal(0, meter.Sample().BytesPerSecond);
        Assert.Null(meter.Sample().EstimatedRemaining);
    }

    [Fact]
    public void Progress_of_a_source_that_grows_stays_within_a_hundred_percent()
    {
        var meter = new ProgressMeter(new ManualClock());
        meter.Found(1, 10);
        meter.Begin("a").Reach(50);
        Assert.Equal(100, meter.Sample().Percent);
        Assert.Equal(0, new ProgressMeter(new ManualClock()).Sample().Percent);
    }

    [Fact]
    public async Task A_bandwidth_limit_lets_through_what_the_line_would_carry()
    {
        var limiter = new BandwidthLimiter(10_000_000, TimeProvider.System);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = 0; i < 10; i++)
                await limiter.WaitAsync(100_000, default);
        }));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.38, 2);
    }

    [Theory]
    [InlineData(28, SftpErrorCode.DiskFull)]
    [InlineData(122, SftpErrorCode.QuotaExceeded)]
    [InlineData(17, SftpErrorCode.AlreadyExists)]
    [InlineData(30, SftpErrorCode.PermissionDenied)]
    [InlineData(5, SftpErrorCode.Unknown)]
    [Trait("Requirement", "UT-030C-14")]
    public void Errors_of_the_system_become_ours(int errno, SftpErrorCode code)
    {
        if (OperatingSystem.IsWindows())
            return;
        var error = LocalErrors.From(new IOException("Something", errno), "write", "/a");
        Assert.Equal((code, "/a", false), (error.Code, error.Path, error.IsTransient));
        Assert.Equal(SftpErrorCode.NotFound, LocalErrors.From(new FileNotFoundException(), "read", "/a").Code);
        Assert.Equal(SftpErrorCode.PermissionDenied, LocalErrors.From(new UnauthorizedAccessException(), "read", "/a").Code);
    }
}
