using System.Globalization;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace AcodeSftp.Tests.Configuration;

public sealed class ConfigurationPropertyTests
{
    private static readonly string[] Fragments =
    [
        "sftp", ":", " ", "\n", "  ", "overwrite", "true", "chunkSizeBytes", "64KiB", "timeout", "00:10:00", "[", "]", "{", "}",
        ",", "\"", "'", "&a", "*a", "!t", "|", ">", "-", "---", "...", "#", "?", "~", "1e9", "-1", "\t", "\0", "\uFEFF", "é", "%YAML 1.2",
    ];

    [Fact]
    public void Whatever_a_file_says_it_is_read_or_refused_with_an_error_of_ours() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Elements(Fragments)).ToArbitrary(), fragments =>
        {
            var text = string.Concat(fragments);
            return IsReadOrRefused(text, TransferConfigurationFormat.Yaml) && IsReadOrRefused(text, TransferConfigurationFormat.Json);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void A_text_that_the_yaml_parser_itself_trips_over_is_refused_too()
    {
        // Found by the property above: "The scanner should contain no more tokens."
        const string Text = "...\0\t  \0*a-1\0\0chunkSizeBytesoverwrite|64KiB>\n";

        Assert.True(IsReadOrRefused(Text, TransferConfigurationFormat.Yaml));
    }

    [Fact]
    public void A_number_is_accepted_exactly_where_the_options_accept_it()
    {
        var numbers = Gen.OneOf(
            Gen.Choose(-2, 1100).Select(number => (long)number),
            Gen.Choose(int.MinValue, int.MaxValue).Select(number => (long)number),
            Gen.Elements(long.MaxValue, int.MaxValue, int.MaxValue + 1L, 24L * 86400, (24L * 86400) + 1));

        Prop.ForAll(numbers.ToArbitrary(), number => IsAcceptedAlike(number)).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void A_size_means_the_same_with_every_unit_that_it_is_a_whole_number_of()
    {
        var sizes =
            from number in Gen.Choose(0, 1_000_000)
            from unit in Gen.Elements(("KiB", 1024L), ("MiB", 1024L * 1024), ("GiB", 1024L * 1024 * 1024), ("KB", 1000L), ("GB", 1_000_000_000L))
            select (Text: $"{number}{unit.Item1}", Bytes: number * unit.Item2);

        Prop.ForAll(sizes.ToArbitrary(), size =>
            ByteSize.TryParse(size.Text, out var bytes) && bytes == size.Bytes
            && ByteSize.TryParse(size.Bytes.ToString(CultureInfo.InvariantCulture), out var plain) && plain == size.Bytes)
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void One_mistyped_letter_is_always_understood()
    {
        var typos =
            from key in Gen.Elements(TransferConfiguration.KnownKeys.AsEnumerable())
            from position in Gen.Choose(0, key.Length - 1)
            from kind in Gen.Choose(0, 2)
            select (Key: key, Typo: kind switch
            {
                0 => key.Remove(position, 1),
                1 => key.Insert(position, "q"),
                _ => key.Remove(position, 1).Insert(position, "q"),
            });

        Prop.ForAll(typos.ToArbitrary(), typo => NearestKey.Of(typo.Typo, TransferConfiguration.KnownKeys) == typo.Key)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void The_distance_of_texts_is_symmetric_and_zero_only_for_the_same_text() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((left, right) =>
            NearestKey.Distance(left.Get, right.Get) == NearestKey.Distance(right.Get, left.Get)
            && NearestKey.Distance(left.Get, right.Get) == 0 == string.Equals(left.Get, right.Get, StringComparison.OrdinalIgnoreCase))
            .QuickCheckThrowOnFailure();

    private static bool IsReadOrRefused(string text, TransferConfigurationFormat format)
    {
        try
        {
            TransferConfiguration.Parse(text, format).Apply(UploadOptions.Default).Validate();
            return true;
        }
        catch (SftpException e)
        {
            return e.Code == SftpErrorCode.InvalidArgument;
        }
    }

    private static bool IsAcceptedAlike(long number)
    {
        var upload = UploadOptions.Default;
        var isInt = number is >= int.MinValue and <= int.MaxValue;
        return IsAccepted("parallelTransfers", number) == (isInt && IsValid(upload with { ParallelTransfers = (int)number }))
            && IsAccepted("chunkSizeBytes", number) == (isInt && IsValid(upload with { ChunkSizeBytes = (int)number }))
            && IsAccepted("maxFileSize", number) == IsValid(upload with { MaxFileSize = number })
            && IsAccepted("maxTotalSize", number) == IsValid(upload with { MaxTotalSize = number })
            && IsAccepted("bandwidthLimit", number) == IsValid(upload with { BandwidthLimit = number })
            && (Math.Abs(number) > 1L << 32
                || IsAccepted("timeout", number) == IsValid(upload with { Timeout = TimeSpan.FromSeconds(number) }));
    }

    private static bool IsAccepted(string key, long number)
    {
        try
        {
            TransferConfiguration.Parse($"sftp:\n  {key}: {number}", TransferConfigurationFormat.Yaml);
            return true;
        }
        catch (SftpException)
        {
            return false;
        }
    }

    private static bool IsValid(UploadOptions options)
    {
        try
        {
            options.Validate();
            return true;
        }
        catch (SftpException)
        {
            return false;
        }
    }
}
