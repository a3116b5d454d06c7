using System.Management.Automation;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Tests.Errors;

public sealed class SftpErrorMapTests
{
    public static TheoryData<SftpErrorCode> Codes => [.. Enum.GetValues<SftpErrorCode>()];

    [Theory, MemberData(nameof(Codes))]
    public void Every_code_has_a_category_and_an_id_of_its_own(SftpErrorCode code)
    {
        var (category, id) = SftpErrorMap.Describe(code);
        Assert.Matches("^Sftp[A-Z][A-Za-z]+$", id);
        Assert.Equal(code == SftpErrorCode.Unknown, category == ErrorCategory.NotSpecified);
        Assert.Equal(code, Assert.Single(Enum.GetValues<SftpErrorCode>(), other => SftpErrorMap.Describe(other).Id == id));
    }

    // Scripts compare these texts; changing one breaks them.
    [Theory]
    [InlineData(SftpErrorCode.NotFound, "SftpNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData(SftpErrorCode.PermissionDenied, "SftpPermissionDenied", ErrorCategory.PermissionDenied)]
    [InlineData(SftpErrorCode.AlreadyExists, "SftpAlreadyExists", ErrorCategory.ResourceExists)]
    [InlineData(SftpErrorCode.NotEmpty, "SftpNotEmpty", ErrorCategory.InvalidOperation)]
    [InlineData(SftpErrorCode.DiskFull, "SftpDiskFull", ErrorCategory.LimitsExceeded)]
    [InlineData(SftpErrorCode.QuotaExceeded, "SftpQuotaExceeded", ErrorCategory.QuotaExceeded)]
    [InlineData(SftpErrorCode.Timeout, "SftpTimeout", ErrorCategory.OperationTimeout)]
    [InlineData(SftpErrorCode.ConnectionLost, "SftpConnectionLost", ErrorCategory.ConnectionError)]
    [InlineData(SftpErrorCode.AuthenticationFailed, "SftpAuthenticationFailed", ErrorCategory.AuthenticationError)]
    [InlineData(SftpErrorCode.HostKeyRejected, "SftpHostKeyRejected", ErrorCategory.SecurityError)]
    [InlineData(SftpErrorCode.ChecksumMismatch, "SftpChecksumMismatch", ErrorCategory.InvalidData)]
    [InlineData(SftpErrorCode.Unsupported, "SftpUnsupported", ErrorCategory.NotImplemented)]
    [InlineData(SftpErrorCode.ProtocolViolation, "SftpProtocolViolation", ErrorCategory.ProtocolError)]
    [InlineData(SftpErrorCode.Unavailable, "SftpUnavailable", ErrorCategory.ResourceUnavailable)]
    [InlineData(SftpErrorCode.InvalidArgument, "SftpInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData(SftpErrorCode.Unknown, "SftpFailure", ErrorCategory.NotSpecified)]
    public void Ids_and_categories_never_change(SftpErrorCode code, string id, ErrorCategory category) =>
        Assert.Equal((category, id), SftpErrorMap.Describe(code));
}
