using System.Globalization;
using System.Management.Automation;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Shell.Display;

/// <summary>How the view shows what a transfer did. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class TransferResultDisplay
{
    /// <summary>The other side.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text.</returns>
    public static string AuthorityText(PSObject item) => TerminalText.Clean(Result(item).Authority);

    /// <summary>The bytes that arrived, for a person.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text, such as <c>812</c>, <c>4.0K</c> or <c>12M</c>.</returns>
    public static string SizeString(PSObject item) => SftpFileDisplay.Size(Result(item).BytesTransferred);

    /// <summary>How long it took.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text, such as <c>0:02.5</c> or <c>1:02:03</c>.</returns>
    public static string DurationString(PSObject item) => Duration(Result(item).Duration);

    /// <summary>How what arrived was verified.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The text.</returns>
    public static string VerifiedString(PSObject item) => Verified(Result(item));

    /// <summary>How many paths did not arrive.</summary>
    /// <param name="item">The result.</param>
    /// <returns>The number.</returns>
    public static int ErrorCount(PSObject item) => Result(item).Errors.Count;

    /// <summary>A time for a person.</summary>
    /// <param name="time">The time.</param>
    /// <returns>The text.</returns>
    internal static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss}")
        : time.ToString(@"m\:ss\.f", CultureInfo.InvariantCulture);

    /// <summary>How what arrived was verified, in a word: by what was done to each of the files.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The text; empty where nothing arrived.</returns>
    internal static string Verified(TransferResult result) =>
        result.Files.Count == 0 ? "" : result.Files.Min(static file => file.Verification).ToString();

    private static TransferResult Result(PSObject item) => (TransferResult)item.BaseObject;
}
