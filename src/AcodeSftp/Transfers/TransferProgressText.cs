using System.Globalization;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Shell.Transfers;

/// <summary>What a progress bar says of a transfer.</summary>
internal static class TransferProgressText
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

    // Before that the rate is that of the first few requests, and the rest of the transfer seems to take hours.
    private static readonly TimeSpan RateSettles = TimeSpan.FromSeconds(2);

    /// <summary>The line beside the bar, such as <c>12.3 MB of 1.2 GB, 45.6 MB/s, file 3 of 200</c>.</summary>
    /// <param name="progress">How far the transfer is.</param>
    /// <returns>The line, without a rate while there is none.</returns>
    public static string Status(TransferProgress progress)
    {
        var parts = new List<string>(3);
        parts.Add(progress.TotalBytes > 0
            ? $"{Bytes(progress.BytesTransferred)} of {Bytes(Math.Max(progress.TotalBytes, progress.BytesTransferred))}"
            : Bytes(progress.BytesTransferred));
        if (progress.BytesPerSecond > 0)
            parts.Add($"{Bytes((long)progress.BytesPerSecond)}/s");
        if (progress.TotalFiles > 1)
            parts.Add(string.Create(CultureInfo.CurrentCulture, $"file {progress.CurrentFile} of {progress.TotalFiles}"));
        return string.Join(", ", parts);
    }

    /// <summary>How much is done, 0 to 100; -1 where that is not known.</summary>
    /// <param name="progress">How far the transfer is.</param>
    /// <returns>The percentage.</returns>
    public static int Percent(TransferProgress progress) =>
        progress.TotalBytes > 0 ? (int)Math.Clamp(progress.Percent, 0, 100) : -1;

    /// <summary>Seconds to the end; -1 where that is not known, as while the rate has not settled.</summary>
    /// <param name="progress">How far the transfer is.</param>
    /// <returns>The seconds.</returns>
    public static int SecondsRemaining(TransferProgress progress) =>
        progress.EstimatedRemaining is { } time && progress.TotalBytes > 0 && progress.Elapsed >= RateSettles
            ? (int)Math.Min(Math.Ceiling(time.TotalSeconds), int.MaxValue)
            : -1;

    private static string Bytes(long bytes)
    {
        double value = Math.Max(0, bytes);
        var unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return value.ToString(unit > 0 && value < 99.95 ? "0.0" : "0", CultureInfo.CurrentCulture) + " " + Units[unit];
    }
}
