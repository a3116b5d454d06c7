using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AcodeSftp.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Core.Tests.Diagnostics;

public sealed class JsonLinesLogTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _directory = Directory.CreateTempSubdirectory("acode-").FullName;

    private string LogPath => Path.Join(_directory, "transfers.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_line_has_its_time_level_category_event_message_fields_scopes_and_exception()
    {
        var time = new DateTimeOffset(2026, 2, 3, 4, 5, 6, 789, TimeSpan.FromHours(2));
        using (var provider = new JsonLinesLoggerProvider(LogPath, LogLevel.Trace, null, File.OpenWrite, new FixedTime(time)))
        {
            var logger = provider.CreateLogger("Some.Category");
            using (logger.BeginScope("not by name"))
            using (logger.BeginScope("{Host} {Depth}", "outer", 1))
            using (logger.BeginScope("{Host}", "inner"))
                logger.Log(
                    LogLevel.Warning,
                    new EventId(42, "SomethingHappened"),
                    new SftpException(SftpErrorCode.DiskFull, "No room.", new IOException("ENOSPC")),
                    "{Count} of {Name} at {Rate} in {Time}, {Nothing}, {Flag}, {List}",
                    7,
                    "a \"file\"",
                    1.5,
                    TimeSpan.FromSeconds(90),
                    null,
                    true,
                    (string[])["x", "y"]);
        }

        var line = Assert.Single(File.ReadAllLines(LogPath));
        var expected = JsonDocument.Parse(
            """
            {
              "timestamp": "2026-02-03T02:05:06.7890000Z",
              "level": "Warning",
              "category": "Some.Category",
              "eventId": 42,
              "eventName": "SomethingHappened",
              "message": "7 of a \"file\" at 1.5 in 00:01:30, (null), True, x, y",
              "fields": {
                "Count": 7, "Name": "a \"file\"", "Rate": 1.5, "Time": "00:01:30", "Nothing": null, "Flag": true, "List": ["x", "y"]
              },
              "scope": { "Depth": 1, "Host": "inner" },
              "exception": {
                "type": "AcodeSftp.SftpException", "code": "DiskFull", "message": "No room.",
                "inner": { "type": "System.IO.IOException", "message": "ENOSPC" }
              }
            }
            """);
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(JsonDocument.Parse(line)));
    }

    [Fact]
    public void Any_text_makes_one_line_of_json_that_gives_it_back()
    {
        var texts = Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
            Gen.Elements("\n", "\r\n", "\0", "\x1b[2J", "\u2028", "\u202Eabc", "\"}", "\\", "🐎", "\u007f\u0085"));
        Prop.ForAll(texts.ToArbitrary(), texts.ToArbitrary(), (name, text) =>
        {
            var bytes = JsonLogLine.Format(
                DateTimeOffset.UnixEpoch,
                LogLevel.Information,
                text,
                default,
                text,
                [new(name, text)],
                new LoggerExternalScopeProvider(),
                new SftpException(SftpErrorCode.Unknown, text));
            var line = Encoding.UTF8.GetString(bytes);
            var fields = JsonDocument.Parse(line).RootElement.GetProperty("fields");
            return line.EndsWith('\n')
                && !line[..^1].Any(char.IsControl)
                && !line.Contains('\u202E', StringComparison.Ordinal)
                && (HasLoneSurrogate(text + " " + name) || fields.GetProperty(name).GetString() == text);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Bytes_of_a_name_that_is_not_utf_8_stay_readable()
    {
        Write(logger => logger.LogInformation("{Name}", "c\uDCF4t\uDCE9"));

        Assert.Equal("c\\xf4t\\xe9", Assert.Single(LogLine.ReadAll(LogPath)).FieldText("Name"));
    }

    [Fact]
    public void A_message_is_safe_to_print_after_json_was_undone()
    {
        Write(logger => logger.LogInformation("{Name}", "a\x1b[2Jb\nc"));

        Assert.Equal("a\\x1b[2Jb\\nc", Assert.Single(LogLine.ReadAll(LogPath)).Message);
    }

    [Fact]
    public void Lines_below_the_level_are_left_out()
    {
        using (var provider = new JsonLinesLoggerProvider(LogPath, LogLevel.Warning))
        {
            var logger = provider.CreateLogger("c");
            logger.LogInformation("quiet");
            logger.LogWarning("loud");
            Assert.False(logger.IsEnabled(LogLevel.Information));
            Assert.False(logger.IsEnabled(LogLevel.None));
        }

        Assert.Equal("loud", Assert.Single(LogLine.ReadAll(LogPath)).Message);
    }

    [Fact]
    public void A_file_is_appended_to()
    {
        Write(logger => logger.LogInformation("first"));
        Write(logger => logger.LogInformation("second"));

        Assert.Equal(["first", "second"], LogLine.ReadAll(LogPath).Select(line => line.Message));
    }

    [SkippableFact]
    public void A_new_file_is_for_its_owner_only()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has access control lists in place of modes.");
        Write(logger => logger.LogInformation("secretive"));

#pragma warning disable CA1416 // Not on Windows: see above.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LogPath));
#pragma warning restore CA1416
    }

    [Fact]
    public void Everything_logged_from_many_threads_is_in_the_file_when_the_sink_is_disposed()
    {
        using (var provider = new JsonLinesLoggerProvider(LogPath))
        {
            var logger = provider.CreateLogger("c");
            Parallel.For(0, 5000, number => logger.LogInformation("{Number}", number));
        }

        var numbers = LogLine.ReadAll(LogPath).Select(line => line.Field("Number").GetInt32());
        Assert.Equal(Enumerable.Range(0, 5000), numbers.Order());
    }

    [Fact]
    public void Flush_waits_until_the_lines_are_in_the_file()
    {
        using var provider = new JsonLinesLoggerProvider(LogPath);
        provider.CreateLogger("c").LogInformation("here");

        Assert.True(provider.Flush(Patience));
        using var reader = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Contains("here", reader.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_off_meanwhile_goes_on_from_its_start()
    {
        using (var provider = new JsonLinesLoggerProvider(LogPath))
        {
            var logger = provider.CreateLogger("c");
            logger.LogInformation("old");
            Assert.True(provider.Flush(Patience));
            using (var other = new FileStream(LogPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                other.SetLength(0);
            logger.LogInformation("new");
        }

        Assert.Equal("new", Assert.Single(LogLine.ReadAll(LogPath)).Message);
    }

    [Fact]
    public void A_file_that_cannot_be_created_is_an_error_of_ours()
    {
        var error = Assert.Throws<SftpException>(() => new JsonLinesLoggerProvider(Path.Join(_directory, "none", "x.jsonl")));

        Assert.Equal(SftpErrorCode.NotFound, error.Code);
    }

    [Fact]
    public void A_disk_that_is_full_is_told_once_and_breaks_nothing()
    {
        var told = new List<SftpException>();
        var disk = new StubbornStream { IsFull = true };
        using (var provider = new JsonLinesLoggerProvider("full.jsonl", LogLevel.Trace, told.Add, _ => disk, TimeProvider.System))
        {
            var logger = provider.CreateLogger("c");
            logger.LogInformation("lost");
            Assert.True(provider.Flush(Patience));
            logger.LogInformation("lost too");
            Assert.True(provider.Flush(Patience));
            disk.IsFull = false;
            logger.LogInformation("there is room again");
            Assert.True(provider.Flush(Patience));

            Assert.Equal(SftpErrorCode.DiskFull, Assert.Single(told).Code);
            Assert.Same(told[0], provider.Failure);
            Assert.Equal(2, provider.LinesLost);
        }

        var lines = disk.Written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => new LogLine(JsonDocument.Parse(line).RootElement)).ToList();
        Assert.StartsWith("{torn", disk.Written, StringComparison.Ordinal);
        Assert.Equal(["there is room again", "2 log lines were lost"], lines.Select(line => line.Message));
    }

    [Fact]
    public void Whoever_is_told_of_a_failure_and_throws_breaks_nothing_either()
    {
        var disk = new StubbornStream { IsFull = true };
        using var provider = new JsonLinesLoggerProvider(
            "full.jsonl", LogLevel.Trace, _ => throw new InvalidOperationException(), _ => disk, TimeProvider.System);

        provider.CreateLogger("c").LogInformation("lost");

        Assert.True(provider.Flush(Patience));
        Assert.NotNull(provider.Failure);
    }

    [Fact]
    public void A_file_that_hangs_does_not_hold_up_whoever_logs()
    {
        const int Lines = 20_000;
        var disk = new StubbornStream { IsStuck = true };
        using var provider = new JsonLinesLoggerProvider("stuck.jsonl", LogLevel.Trace, null, _ => disk, TimeProvider.System);
        var logger = provider.CreateLogger("c");
        var longest = TimeSpan.Zero;

        for (var i = 0; i < Lines; i++)
        {
            var started = Stopwatch.GetTimestamp();
            logger.LogInformation("line");
            var took = Stopwatch.GetElapsedTime(started);
            longest = took > longest ? took : longest;
        }

        Assert.True(longest < TimeSpan.FromSeconds(2), $"One line took {longest}.");
        Assert.InRange(provider.LinesLost, 1, Lines - 1);
        var lost = provider.LinesLost;
        disk.IsStuck = false;
        Assert.True(provider.Flush(Patience));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{lost} log lines were lost"), disk.Written, StringComparison.Ordinal);
        Assert.Equal(Lines - lost + 1, disk.Written.Count(c => c == '\n'));
    }

    [Fact]
    public void What_is_logged_after_the_sink_was_disposed_goes_nowhere()
    {
        var provider = new JsonLinesLoggerProvider(LogPath);
        provider.Dispose();

        provider.CreateLogger("c").LogInformation("too late");

        Assert.Empty(File.ReadAllText(LogPath));
        Assert.Equal(1, provider.LinesLost);
    }

    private static bool HasLoneSurrogate(string text) =>
        text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar) && !text.Contains('\uFFFD', StringComparison.Ordinal);

    private void Write(Action<ILogger> log)
    {
        using var provider = new JsonLinesLoggerProvider(LogPath);
        log(provider.CreateLogger("c"));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>A disk that is full, after it took a part of the first write, or that hangs.</summary>
    private sealed class StubbornStream : MemoryStream
    {
        private volatile bool _isStuck;
        private volatile bool _isFull;
        private bool _hasTorn;

        public bool IsStuck
        {
            get => _isStuck;
            set => _isStuck = value;
        }

        public bool IsFull
        {
            get => _isFull;
            set => _isFull = value;
        }

        public string Written => Encoding.UTF8.GetString(ToArray());

        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

        public override void Write(byte[] buffer, int offset, int count)
        {
            SpinWait.SpinUntil(() => !_isStuck);
            if (_isFull)
            {
                if (!_hasTorn)
                    base.Write("{torn"u8.ToArray(), 0, 5);
                _hasTorn = true;
                throw new IOException("No space left on device", 28);
            }

            base.Write(buffer, offset, count);
        }
    }
}
