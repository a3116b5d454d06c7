using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Configuration;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Tests.Transfers;

public sealed class TransferParametersTests
{
    [Fact]
    public void Parameters_win_over_the_option_and_the_rest_of_it_stays()
    {
        var option = TransferConfiguration.Parse("sftp: { parallelTransfers: 2, chunkSizeBytes: 4096 }", TransferConfigurationFormat.Yaml);
        var options = Apply(option, ("ThrottleLimit", 7), ("NoClobber", true), ("Session", new object()));
        Assert.Equal((7, 4096, false), (options.ParallelTransfers, options.ChunkSizeBytes, options.Overwrite));
    }

    [Fact]
    public void A_switch_that_is_turned_off_wins_too()
    {
        var option = TransferConfiguration.Empty.With("overwrite", false).With("enableResume", false);
        var options = Apply(option, ("NoClobber", false));
        Assert.Equal((true, false), (options.Overwrite, options.EnableResume));
    }

    [Theory]
    [InlineData("None", false, false, false)]
    [InlineData("Size", false, false, true)]
    [InlineData("checksum", true, true, true)]
    public void Verification_is_what_was_asked_for_and_no_less(string verify, bool checksum, bool required, bool size)
    {
        var options = Apply(TransferConfiguration.Empty.With("requireChecksum", true), ("Verify", verify));
        Assert.Equal((checksum, required, size), (options.VerifyChecksum, options.RequireChecksum, options.VerifySize));
    }

    [Fact]
    public void A_checksum_that_was_not_asked_for_is_not_required() =>
        Assert.Equal((true, false), (UploadOptions.Default.VerifyChecksum, UploadOptions.Default.RequireChecksum));

    [Fact]
    public void Every_parameter_sets_its_option()
    {
        var options = Apply(
            TransferConfiguration.Empty,
            ("NoPreserveTime", true),
            ("NoPreservePermission", true),
            ("NoResume", true),
            ("PreserveOwner", true),
            ("SymbolicLink", SymbolicLinkHandling.Follow),
            ("TimeoutSec", 90),
            ("MaxFileSize", 5L),
            ("BandwidthLimit", 1000L),
            ("Include", new[] { "*.a" }),
            ("Exclude", new[] { "*.b" }));
        Assert.Equal((false, false, false, true), (options.PreserveTimestamps, options.PreservePermissions, options.EnableResume, options.PreserveOwner));
        Assert.Equal((SymbolicLinkHandling.Follow, TimeSpan.FromSeconds(90)), (options.SymbolicLinks, options.Timeout));
        Assert.Equal((5L, 1000L), (options.MaxFileSize, options.BandwidthLimit));
        Assert.Equal("*.a", Assert.Single(options.Include));
        Assert.Equal("*.b", Assert.Single(options.Exclude));
    }

    [Fact]
    public void Nothing_is_no_limit()
    {
        var options = Apply(TransferConfiguration.Empty.With("timeout", 5).With("bandwidthLimit", 9), ("TimeoutSec", 0), ("BandwidthLimit", 0L));
        Assert.Equal((Timeout.InfiniteTimeSpan, null), (options.Timeout, options.BandwidthLimit));
    }

    [Fact]
    public void A_value_that_cannot_be_is_an_error() => Assert.Equal(
        SftpErrorCode.InvalidArgument,
        Assert.Throws<SftpException>(() => Apply(TransferConfiguration.Empty, ("ThrottleLimit", 0))).Code);

    private static UploadOptions Apply(TransferConfiguration option, params (string Name, object Value)[] given) =>
        TransferParameters.Apply(option, given.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value)))
            .Apply(UploadOptions.Default);
}
